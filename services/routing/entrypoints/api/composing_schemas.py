"""What the API takes and gives about writing: drafts and presence."""

from __future__ import annotations

from marshmallow import Schema
from marshmallow import fields as mm
from marshmallow.validate import OneOf, Range

from services.routing.entrypoints.api.citation_schemas import citation_inputs
from services.routing.entrypoints.api.schemas import LONGEST_MESSAGE
from services.routing.store.presence import ACTIVITIES
from shared.http.fields import Text

_HIGHEST = 2**31 - 1


class DraftChangeSchema(Schema):
    """What was written so far; without `citations` those kept stay.

    `revision`: of the draft it grew from, 0 for a new one; `version`: the case's.
    """

    body = Text(longest=LONGEST_MESSAGE, shortest=0, required=True)
    revision = mm.Integer(load_default=0, strict=True, validate=Range(0, _HIGHEST))
    version = mm.Integer(required=True, strict=True, validate=Range(1, _HIGHEST))
    citations = citation_inputs(load_default=None, allow_none=True)


class DraftSchema(Schema):
    """A draft as it is kept. `seen_version` is the case's version when it was written."""

    kind = mm.String(required=True)
    body = mm.String(required=True)
    revision = mm.Integer(required=True)
    seen_version = mm.Integer(required=True)
    citations = mm.List(mm.Dict(), required=True)
    saved_at = mm.AwareDateTime(required=True)


class PresenceSchema(Schema):
    """What a person does at a case."""

    activity = mm.String(load_default="viewing", validate=OneOf(ACTIVITIES))


class OtherSchema(Schema):
    """Somebody else at the same case."""

    full_name = mm.String(required=True)
    activity = mm.String(required=True, validate=OneOf(ACTIVITIES))


class OthersSchema(Schema):
    """Who else is at a case now."""

    others = mm.List(mm.Nested(OtherSchema), required=True)


class ColleagueSchema(Schema):
    """Somebody a note may call."""

    handle = mm.String(required=True)
    full_name = mm.String(required=True)


class MentionSchema(Schema):
    """A note that calls the person."""

    code = mm.String(required=True)
    subject = mm.String(required=True)
    author = mm.String(required=True)
    body = mm.String(required=True)
    at = mm.AwareDateTime(required=True)
    is_read = mm.Boolean(required=True)
