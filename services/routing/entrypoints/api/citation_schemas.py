"""Citations as the API takes and gives them."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, validates_schema
from marshmallow import fields as mm
from marshmallow.validate import Length, OneOf

from services.routing.domain.citations import Section
from services.routing.domain.norms import Validity
from services.routing.use_cases.citing import MOST_A_TEXT
from shared.http.fields import Line
from shared.http.languages import N_

LONGEST_CITATION = 300
_LONGEST_REASON = 500
_LONGEST_PART = 20
_ONE_WAY = N_("Escriba la cita, o elija la norma del registro: una de las dos cosas.")
_TOO_MANY = N_("Cite veinte normas como máximo.")


class CitationInputSchema(Schema):
    """A citation: `text` as anybody types it, or `norm_id` with the parts. `reason` where the norm is not in force."""

    text = Line(longest=LONGEST_CITATION, shortest=0, load_default="")
    norm_id = mm.UUID(load_default=None, allow_none=True)
    section = mm.String(load_default=Section.BODY, validate=OneOf([str(one) for one in Section]))
    article = Line(longest=_LONGEST_PART, shortest=0, load_default="")
    numeral = Line(longest=_LONGEST_PART, shortest=0, load_default="")
    literal = Line(longest=_LONGEST_PART, shortest=0, load_default="")
    paragraph = Line(longest=_LONGEST_PART, shortest=0, load_default="")
    reason = Line(longest=_LONGEST_REASON, shortest=0, load_default="")

    @validates_schema
    def _require_one(self, data: dict[str, Any], **_: Any) -> None:
        if bool(data["text"]) == bool(data["norm_id"]):
            raise ValidationError({"text": [_ONE_WAY]})


def citation_inputs(**options: Any) -> mm.List[Any]:
    """The field of a schema that takes citations."""
    return mm.List(
        mm.Nested(CitationInputSchema), validate=Length(max=MOST_A_TEXT, error=_TOO_MANY),
        **(options or {"load_default": list}),
    )  # fmt: skip


class CitationSchema(Schema):
    """A citation with whether its norm is in force today; `needs_reason`: it cannot be sent without one."""

    norm_id = mm.UUID(required=True)
    text = mm.String(required=True)
    title = mm.String(required=True)
    url = mm.String(required=True)
    section = mm.String(required=True)
    article = mm.String(required=True)
    numeral = mm.String(required=True)
    literal = mm.String(required=True)
    paragraph = mm.String(required=True)
    validity = mm.String(required=True, validate=OneOf([str(one) for one in Validity]))
    valid_from = mm.Date(allow_none=True)
    valid_until = mm.Date(allow_none=True)
    repealed_by = mm.String(required=True)
    amendments = mm.String(required=True)
    is_checked = mm.Boolean(required=True)
    reason = mm.String(required=True)
    needs_reason = mm.Boolean(required=True)


class SentCitationSchema(CitationSchema):
    """A citation of an answer: as it was sent, `checked_on` that day, and how the norm stands today."""

    checked_on = mm.Date(required=True)
    was_in_force = mm.Boolean(required=True)


class ChangedCitationSchema(CitationSchema):
    """A citation in a round of a review: `same`, `added` or `removed` since the round before."""

    change = mm.String(required=True, validate=OneOf(("same", "added", "removed")))


class TypedCitationSchema(Schema):
    """What somebody is typing."""

    text = Line(longest=LONGEST_CITATION, shortest=0, load_default="")


class SuggestedSchema(Schema):
    """A norm that what was typed may mean, as the whole citation it would make."""

    text = mm.String(required=True)
    title = mm.String(required=True)
    validity_text = mm.String(required=True)


class ReadCitationSchema(Schema):
    """How a typed citation is read: the `citation`, or why it is not one yet (`problem`), and what it may mean."""

    citation = mm.Nested(CitationSchema, allow_none=True)
    validity_text = mm.String(allow_none=True)
    problem = mm.String(allow_none=True)
    suggestions = mm.List(mm.Nested(SuggestedSchema), required=True)
