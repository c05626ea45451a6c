"""The register of norms as the API takes and gives it."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, validates_schema
from marshmallow import fields as mm
from marshmallow.validate import Length, OneOf, Range, Regexp

from services.routing.domain.norms import KINDS, NUMBERLESS, Validity
from services.routing.entrypoints.api.citation_schemas import LONGEST_CITATION
from shared.http.fields import Flag, Line, Text
from shared.http.languages import N_

_HIGHEST = 2**31 - 1
_LONGEST_NAME, _LONGEST_TITLE, _LONGEST_NOTE = 60, 400, 2_000
_MOST_NAMES, _SHORTEST_NAME = 10, 3
_NUMBER = N_("Escriba el número, como 27972 o 004-2019-JUS.")
_ORDER = N_("La norma deja de regir después de empezar.")
_SINCE_WHEN = N_("Diga desde qué día está derogada.")
_ADDRESS = N_("Escriba una dirección que empiece con https://.")


class NormChangeSchema(Schema):
    """What is kept of a norm; `is_checked`: somebody compared it with the official text.

    `valid_until`: the first day it is not in force; `repealed_by` names the norm by which, as in «Ley 32069».
    """

    kind = mm.String(required=True, validate=OneOf(tuple(KINDS)))
    number = Line(longest=_LONGEST_NAME, shortest=0, load_default="",
                  validate=Regexp(r"(\d[\w./-]*)?\Z", error=_NUMBER))  # fmt: skip
    title = Line(longest=_LONGEST_TITLE, shortest=_SHORTEST_NAME, required=True)
    short_name = Line(longest=_LONGEST_NAME, shortest=0, load_default="")
    other_names = mm.List(
        Line(longest=120, shortest=_SHORTEST_NAME), load_default=list, validate=Length(max=_MOST_NAMES)
    )
    issuer = Line(longest=200, shortest=0, load_default="")
    issued_on = mm.Date(load_default=None, allow_none=True)
    url = Line(longest=500, shortest=0, load_default="", validate=Regexp(r"(https?://[^\s/]+\.\S+)?\Z", error=_ADDRESS))
    valid_from = mm.Date(load_default=None, allow_none=True)
    valid_until = mm.Date(load_default=None, allow_none=True)
    repealed_by = Line(longest=LONGEST_CITATION, shortest=0, load_default="")
    amendments = Text(longest=_LONGEST_NOTE, shortest=0, load_default="")
    note = Text(longest=_LONGEST_NOTE, shortest=0, load_default="")
    is_checked = Flag(load_default=False)
    version = mm.Integer(load_default=0, strict=True, validate=Range(0, _HIGHEST))

    @validates_schema
    def _require_sense(self, data: dict[str, Any], **_: Any) -> None:
        if not data["number"] and data["kind"] not in NUMBERLESS:
            raise ValidationError({"number": [_NUMBER]})
        if data["valid_from"] and data["valid_until"] and data["valid_until"] <= data["valid_from"]:
            raise ValidationError({"valid_until": [_ORDER]})
        if data["repealed_by"] and not data["valid_until"]:
            raise ValidationError({"valid_until": [_SINCE_WHEN]})


class NormSchema(Schema):
    """A norm of the register, with whether it is in force today."""

    id = mm.UUID(required=True)
    name = mm.String(required=True)
    kind = mm.String(required=True)
    number = mm.String(required=True)
    title = mm.String(required=True)
    short_name = mm.String(required=True)
    other_names = mm.List(mm.String(), required=True)
    issuer = mm.String(required=True)
    issued_on = mm.Date(allow_none=True)
    url = mm.String(required=True)
    valid_from = mm.Date(allow_none=True)
    valid_until = mm.Date(allow_none=True)
    validity = mm.String(required=True, validate=OneOf([str(one) for one in Validity]))
    repealed_by = mm.String(required=True)
    amendments = mm.String(required=True)
    note = mm.String(required=True)
    is_checked = mm.Boolean(required=True)
    version = mm.Integer(required=True)
    changed_at = mm.AwareDateTime(required=True)
    changed_by = mm.String(required=True)


class NormLineSchema(NormSchema):
    """A norm in the list; `answers`: how many cite it."""

    answers = mm.Integer(required=True)


class NormsSchema(Schema):
    """Norms of the register; `total` counts those found, of which the first `limit` are given."""

    items = mm.List(mm.Nested(NormLineSchema), required=True)
    total = mm.Integer(required=True)


class NormQuerySchema(Schema):
    """Which norms: words of name, title or issuer, blind to accents; and whether they are in force today."""

    q = Line(longest=100, shortest=0, load_default="")
    validity = mm.String(load_default="", validate=OneOf(("", *(str(one) for one in Validity))))
    limit = mm.Integer(load_default=100, validate=Range(1, 500))


class NormVersionSchema(Schema):
    """A norm as it stood in one of its versions."""

    version = mm.Integer(required=True)
    content = mm.Dict(required=True)
    changed_at = mm.AwareDateTime(required=True)
    changed_by = mm.String(required=True)


class NormHistorySchema(NormSchema):
    """A norm with every version of it, newest first."""

    versions = mm.List(mm.Nested(NormVersionSchema), required=True)


class CitingAnswerSchema(Schema):
    """An answer that cites a norm. `was_in_force`: on the day it was sent."""

    code = mm.String(required=True)
    subject = mm.String(required=True)
    topic = mm.String(required=True)
    municipality = mm.String(required=True)
    author = mm.String(required=True)
    answered_at = mm.AwareDateTime(required=True)
    text = mm.String(required=True)
    was_in_force = mm.Boolean(required=True)
    reason = mm.String(required=True)


class CitingAnswersSchema(Schema):
    """Answers that cite a norm, the newest first."""

    items = mm.List(mm.Nested(CitingAnswerSchema), required=True)
    next_cursor = mm.String(allow_none=True)
