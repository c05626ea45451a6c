"""What the API gives about merged, linked, split and snoozed cases."""

from __future__ import annotations

from marshmallow import Schema
from marshmallow import fields as mm


class RelativeSchema(Schema):
    """The other case of a relation. `title` is empty when the person may not see it."""

    code = mm.String(required=True)
    title = mm.String(required=True)
    state = mm.String(required=True)
    is_visible = mm.Boolean(required=True)


class MergedSchema(RelativeSchema):
    """A case that goes on in this one. `is_told`: its official gets what is written here now."""

    asker = mm.String(required=True)
    municipality = mm.String(required=True)
    merged_at = mm.AwareDateTime(required=True)
    is_told = mm.Boolean(required=True)
    can_undo = mm.Boolean(required=True)


class LinkedSchema(RelativeSchema):
    """A linked case. `kind` is related, duplicate, follows, followed, part or whole, as seen from this one."""

    kind = mm.String(required=True)
    made_by = mm.String(required=True)
    made_at = mm.AwareDateTime(required=True)
    can_unlink = mm.Boolean(required=True)


class PendingPartSchema(Schema):
    """A part that was split off and has no code yet."""

    topic = mm.String(required=True)
    split_at = mm.AwareDateTime(required=True)


class HandoverSchema(Schema):
    """The note of who handed the case on."""

    note = mm.String(required=True)
    by = mm.String(required=True)
    at = mm.AwareDateTime(required=True)


class RelationsSchema(Schema):
    """What a case has to do with others."""

    links = mm.List(mm.Nested(LinkedSchema), required=True)
    pending_parts = mm.List(mm.Nested(PendingPartSchema), required=True)
    merged_into = mm.Nested(RelativeSchema, allow_none=True)
    merged = mm.List(mm.Nested(MergedSchema), required=True)
