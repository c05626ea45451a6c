"""What others are owed: the message.* events about states that are not told yet, and the secrets to forget."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from services.notifications.domain.message import Channel, OwnReply, State

REDACTED = "[retirado / removed]"


@dataclass(frozen=True, slots=True)
class Fact:
    """A state to be told: `kind` is delivered, failed or held."""

    message_id: UUID
    kind: str
    consultation_id: UUID | None
    recipient_id: UUID
    channel: str
    template: str
    reply: str
    at: datetime
    correlation_id: str
    event_id: UUID


def take_untold(session: Session, channel: Channel, limit: int) -> list[Fact]:
    """Take facts to tell, in the transaction that tells them."""
    rows = session.execute(
        text("""
            WITH untold AS MATERIALIZED (
                SELECT message_id, untold AS kind FROM message
                 WHERE channel = :channel AND untold IS NOT NULL
                 ORDER BY message_id LIMIT :limit FOR UPDATE SKIP LOCKED
            )
            UPDATE message SET untold = NULL FROM untold WHERE message.message_id = untold.message_id
            RETURNING message.message_id, untold.kind, consultation_id, recipient_id, channel, template,
                      coalesce(last_reply, '') AS reply,
                      coalesce(settled_at, submitted_at, clock_timestamp()) AS at, correlation_id, event_id
        """),
        {"channel": channel, "limit": limit},
    ).all()
    return [Fact(*row) for row in rows]


def redact(session: Session, message_ids: Sequence[UUID]) -> None:
    """Take the texts of messages out of the ledger."""
    session.execute(
        text("""
            UPDATE message_content
               SET body_text = :redacted, body_html = '', redacted_at = clock_timestamp()
             WHERE message_id = ANY(:ids) AND redacted_at IS NULL
        """),
        {"ids": list(message_ids), "redacted": REDACTED},
    )


def expire(session: Session, secret_templates: Iterable[str]) -> int:
    """Give up what has expired unsent, and forget every text that no longer opens anything; returns how many."""
    gone = list(
        session.execute(
            text("""
                UPDATE message
                   SET state = :failed, untold = 'failed', settled_at = clock_timestamp(),
                       last_reply = :reply
                 WHERE message_id IN (
                    SELECT message_id FROM message
                     WHERE expires_at <= clock_timestamp() AND state = ANY(:waiting)
                     ORDER BY message_id FOR UPDATE SKIP LOCKED)
                RETURNING message_id
            """),
            {
                "failed": State.FAILED,
                "reply": OwnReply.EXPIRED,
                "waiting": [State.PENDING, State.UNCERTAIN, State.HELD],
            },
        ).scalars()
    )
    session.execute(
        text("""
            UPDATE message_content AS content
               SET body_text = :redacted, body_html = '', redacted_at = clock_timestamp()
              FROM message
             WHERE message.message_id = content.message_id AND redacted_at IS NULL
               AND template = ANY(:secret) AND expires_at <= clock_timestamp() AND state <> :sending
        """),
        {"redacted": REDACTED, "secret": list(secret_templates), "sending": State.SENDING},
    )
    return len(gone)
