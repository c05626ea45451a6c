"""What the API takes and gives about reviews."""

from __future__ import annotations

from marshmallow import Schema
from marshmallow import fields as mm
from marshmallow.validate import Length, OneOf

from services.routing.domain.review import RULES
from services.routing.entrypoints.api.attachment_schemas import ChangedAttachmentSchema, seen_attachments
from services.routing.entrypoints.api.citation_schemas import ChangedCitationSchema, citation_inputs
from services.routing.entrypoints.api.schemas import LONGEST_MESSAGE, LONGEST_NOTE, NamedSchema, VersionedSchema
from services.routing.use_cases.topics import topics
from shared.http.fields import Text

ANY_TOPIC = ""


class ReviewRequestSchema(VersionedSchema):
    """An answer that somebody else must read before it is sent."""

    body = Text(longest=LONGEST_MESSAGE, required=True)
    citations = citation_inputs()
    attachments = seen_attachments()


class ReturnSchema(VersionedSchema):
    """What the author must change."""

    comment = Text(longest=LONGEST_NOTE, required=True)


class CursorSchema(Schema):
    """Which page."""

    cursor = mm.String(load_default=None, validate=Length(max=200))


class RoundSchema(Schema):
    """One text submitted, and what was decided about it."""

    round = mm.Integer(required=True)
    body = mm.String(required=True)
    submitted_at = mm.AwareDateTime(required=True)
    decision = mm.String(allow_none=True)
    comment = mm.String(required=True)
    reviewer_name = mm.String(required=True)
    decided_at = mm.AwareDateTime(allow_none=True)
    citations = mm.List(mm.Nested(ChangedCitationSchema), required=True)
    attachments = mm.List(mm.Nested(ChangedAttachmentSchema), required=True)


class ReviewSchema(Schema):
    """The open review of a case. `has_news`: the case changed since the author submitted the newest round."""

    state = mm.String(required=True)
    author = mm.String(required=True)
    round = mm.Integer(required=True)
    may_decide = mm.Boolean(required=True)
    has_news = mm.Boolean(required=True)
    rounds = mm.List(mm.Nested(RoundSchema), required=True)


class ReviewLineSchema(Schema):
    """A review in a queue."""

    code = mm.String(required=True)
    subject = mm.String(required=True)
    municipality = mm.String(required=True)
    topic = mm.Nested(NamedSchema, required=True)
    is_urgent = mm.Boolean(required=True)
    due_at = mm.AwareDateTime(allow_none=True)
    author = mm.String(required=True)
    state = mm.String(required=True)
    round = mm.Integer(required=True)
    waiting_since = mm.AwareDateTime(required=True)


class ReviewQueueSchema(Schema):
    """What waits for the person to decide, the longest waiting first, and their own texts in review."""

    to_decide = mm.List(mm.Nested(ReviewLineSchema), required=True)
    own = mm.List(mm.Nested(ReviewLineSchema), required=True)
    next_cursor = mm.String(allow_none=True)


class ReviewRulesSchema(Schema):
    """By topic ("" for every other): whoever knows it less than this level has answers reviewed. 0 nobody, 4 all."""

    rules = mm.Dict(
        keys=mm.String(validate=OneOf((ANY_TOPIC, *topics()))),
        values=mm.Integer(strict=True, validate=OneOf(RULES)),
        required=True,
    )
