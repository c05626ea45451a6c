"""Files that go out with a message: each under a link that opens it for who has it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.routing.store import attachments
from services.routing.store.attachments import MessageAttachment
from shared.contracts.case import Attachment
from shared.messaging.work import Work

DOWNLOAD_PATH = "/adjuntos/"
_TOKEN_BYTES = 32


class NoSuchAttachmentError(LookupError):
    """There is no such file, or the person may not see it; the two are not told apart."""


def send(work: Work, message_id: UUID, files: Sequence[dict[str, Any]]) -> tuple[Attachment, ...]:
    """Tie files to the message they go out with; returns them as the event tells them."""
    ids = [UUID(one["id"]) for one in files]
    if not ids:
        return ()
    attachments.mark_sent(work.session, ids, work.now)
    return _link(work, message_id, ids)


def share(work: Work, message_id: UUID, other_id: UUID) -> tuple[Attachment, ...]:
    """An answer told to somebody else too brings its files there, under links of their own."""
    rows = attachments.of_message(work.session, message_id)
    return _link(work, other_id, [row.AnswerAttachment.attachment_id for row in rows]) if rows else ()


def _link(work: Work, message_id: UUID, ids: Sequence[UUID]) -> tuple[Attachment, ...]:
    work.session.flush()  # the message first: the links refer to it
    told = []
    for position, attachment_id in enumerate(ids, 1):
        row, token = attachments.find(work.session, attachment_id), secrets.token_urlsafe(_TOKEN_BYTES)
        if row is None:
            raise NoSuchAttachmentError
        work.session.add(
            MessageAttachment(
                message_id=message_id, attachment_id=attachment_id, position=position, token=token, withdrawn_at=None,
                withdrawn_by="",
            )
        )  # fmt: skip
        told.append(
            Attachment(
                name=row.name, media_type=row.media_type, byte_count=row.byte_count, sha256=row.sha256,
                path=f"{DOWNLOAD_PATH}{token}",
            )
        )  # fmt: skip
    return tuple(told)
