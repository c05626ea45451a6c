"""Files of answers as the API takes and gives them."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema
from marshmallow import fields as mm
from marshmallow.validate import Length, OneOf

from services.routing.domain.attachments import MOST_FILES


def seen_attachments() -> mm.List[Any]:
    """The field of an answer: which files go with it, so that none is sent unseen; left out: whichever are held."""
    return mm.List(mm.UUID(), load_default=None, allow_none=True, validate=Length(max=MOST_FILES))


class HeldAttachmentSchema(Schema):
    """A file held for an answer."""

    id = mm.UUID(required=True)
    name = mm.String(required=True)
    media_type = mm.String(required=True)
    byte_count = mm.Integer(required=True)
    sha256 = mm.String(required=True)


class SentAttachmentSchema(HeldAttachmentSchema):
    """A file that went out; `withdrawn_at`: since when its links open nothing."""

    withdrawn_at = mm.AwareDateTime(allow_none=True)
    withdrawn_by = mm.String(required=True)


class ChangedAttachmentSchema(HeldAttachmentSchema):
    """A file in a round of a review: `same`, `added` or `removed` since the round before."""

    change = mm.String(required=True, validate=OneOf(("same", "added", "removed")))
