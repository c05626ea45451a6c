"""What the API takes and gives about the library of canned texts and macros."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, validates_schema
from marshmallow import fields as mm
from marshmallow.validate import OneOf, Range

from services.routing.entrypoints.api.schemas import LONGEST_MESSAGE, LONGEST_NOTE, VersionedSchema
from services.routing.store.library import ANY_TOPIC, KINDS, MACRO, TEXT
from services.routing.use_cases.closing import STAFF_OUTCOMES
from services.routing.use_cases.topics import topics
from shared.http.fields import Flag, Line, Text
from shared.http.languages import N_

_LONGEST_NAME = 120
_HIGHEST = 2**31 - 1
_EMPTY_TEXT = N_("Escriba el texto.")
_EMPTY_MACRO = N_("Una macro hace al menos una cosa: tema, nota, texto o cierre.")
_CLOSING = N_("Escriba qué se le dirá al funcionario.")
CONTENT = ("body", "set_topic", "note", "outcome", "closing")


class ItemChangeSchema(Schema):
    """A canned text (`body`), or a macro: any of `set_topic`, `note`, `body` for the answer, `outcome`, `closing`."""

    kind = mm.String(load_default=TEXT, validate=OneOf(KINDS))
    topic = mm.String(load_default=ANY_TOPIC, validate=OneOf((ANY_TOPIC, *topics())))
    name = Line(longest=_LONGEST_NAME, required=True)
    body = Text(longest=LONGEST_MESSAGE, load_default="", shortest=0)
    set_topic = mm.String(load_default="", validate=OneOf(("", *topics())))
    note = Text(longest=LONGEST_NOTE, load_default="", shortest=0)
    outcome = mm.String(load_default="", validate=OneOf(("", *STAFF_OUTCOMES)))
    closing = Text(longest=LONGEST_NOTE, load_default="", shortest=0)
    is_active = Flag(load_default=True)
    version = mm.Integer(load_default=0, strict=True, validate=Range(0, _HIGHEST))

    @validates_schema
    def _require_content(self, data: dict[str, Any], **_: Any) -> None:
        if data["kind"] == TEXT and not data["body"]:
            raise ValidationError({"body": [_EMPTY_TEXT]})
        if data["kind"] == MACRO and not any(data[name] for name in CONTENT):
            raise ValidationError({"name": [_EMPTY_MACRO]})
        if data["outcome"] not in ("", "answered") and not data["closing"]:
            raise ValidationError({"closing": [_CLOSING]})


class ItemVersionSchema(Schema):
    """An item as it was."""

    topic = mm.String(required=True)
    name = mm.String(required=True)
    content = mm.Dict(required=True)
    is_active = mm.Boolean(required=True)
    version = mm.Integer(required=True)
    changed_at = mm.AwareDateTime(required=True)
    changed_by = mm.String(required=True)


class ItemSchema(ItemVersionSchema):
    """An item as it is."""

    id = mm.UUID(required=True)
    kind = mm.String(required=True)


class ItemHistorySchema(ItemSchema):
    """An item with every version of it, newest first."""

    versions = mm.List(mm.Nested(ItemVersionSchema), required=True)


class FilledSchema(Schema):
    """A canned text filled in for a case; `places` are left for a person to complete before it can be sent."""

    text = mm.String(required=True)
    places = mm.List(mm.String(), required=True)


class MacroRunSchema(VersionedSchema):
    """Which macro to run on a case."""

    item_id = mm.UUID(required=True)
