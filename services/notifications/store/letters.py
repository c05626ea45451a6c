"""Writing messages into the ledger: all of a transaction's in one statement, each at most once per event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from services.notifications.domain.message import Channel, OwnReply, State
from shared.db.hints import hint


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message, ready to be sent: rendered, addressed, and counted in segments when it is an SMS.

    `digest_items`: the gathered notices it tells, if it is a digest; not a column.
    """

    message_id: UUID
    event_id: UUID
    correlation_id: str
    consultation_id: UUID | None
    code: str | None
    recipient_id: UUID
    recipient_kind: str
    recipient_name: str
    channel: Channel
    template: str
    locale: str
    address: str
    subject: str
    body_text: str
    body_html: str
    segments: int
    expires_at: datetime | None
    is_capped: bool
    digest_items: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """A letter that is in the ledger now, and the state it began in: pending, or held by the cap."""

    channel: str
    template: str
    state: str
    segments: int


def write(session: Session, letters: Sequence[Letter], *, hourly_cap: int) -> list[Written]:
    """Add letters; one that its event has already caused is left out.

    A recipient who got `hourly_cap` messages by the channel within the hour gets the further ones held, visibly;
    0 means no cap. The letters of one call do not count against each other.
    """
    columns = {name: [getattr(letter, name) for letter in letters] for name in _COLUMNS}
    rows = session.execute(_WRITE, {**columns, "cap": hourly_cap, "cap_reply": OwnReply.CAP}).all()
    for channel in {row.channel for row in rows}:
        hint(session, hint_channel(channel))
    return [Written(*row) for row in rows]


def hint_channel(channel: str) -> str:
    """Where the sender of a channel is told that something waits for it."""
    return f"messages_{channel}"


_COLUMNS = tuple(name for name in Letter.__dataclass_fields__ if name != "digest_items")
_WRITE = text(f"""
    WITH incoming AS MATERIALIZED (
        SELECT * FROM unnest(
            CAST(:message_id AS uuid[]), CAST(:event_id AS uuid[]), CAST(:correlation_id AS text[]),
            CAST(:consultation_id AS uuid[]), CAST(:code AS text[]), CAST(:recipient_id AS uuid[]),
            CAST(:recipient_kind AS text[]), CAST(:recipient_name AS text[]), CAST(:channel AS text[]),
            CAST(:template AS text[]), CAST(:locale AS text[]), CAST(:address AS text[]),
            CAST(:subject AS text[]), CAST(:body_text AS text[]),
            CAST(:body_html AS text[]), CAST(:segments AS integer[]), CAST(:expires_at AS timestamptz[]),
            CAST(:is_capped AS boolean[]))
            AS letter (message_id, event_id, correlation_id, consultation_id, code, recipient_id, recipient_kind,
                       recipient_name, channel, template, locale, address, subject, body_text, body_html, segments,
                       expires_at, is_capped)
    ),
    judged AS MATERIALIZED (
        SELECT incoming.*, is_capped AND CAST(:cap AS integer) > 0 AND CAST(:cap AS integer) <= (
                   SELECT count(*) FROM (
                       SELECT FROM message AS earlier
                        WHERE earlier.recipient_id = incoming.recipient_id AND earlier.channel = incoming.channel
                          AND earlier.created_at > clock_timestamp() - interval '1 hour'
                        LIMIT CAST(:cap AS integer)) AS recent) AS is_over
          FROM incoming
    ),
    written AS (
        INSERT INTO message (message_id, event_id, correlation_id, consultation_id, code, recipient_id,
                             recipient_kind, recipient_name, channel, template, locale, address, segments,
                             expires_at, next_at, state, untold, last_reply)
        SELECT message_id, event_id, correlation_id, consultation_id, code, recipient_id, recipient_kind,
               recipient_name, channel, template, locale, address, segments, expires_at,
               -- Somebody waits for what expires, so it goes before all that is due; the rest in the order of writing.
               clock_timestamp() - CASE WHEN expires_at IS NULL THEN interval '0' ELSE interval '30 days' END,
               CASE WHEN is_over THEN '{State.HELD}' ELSE '{State.PENDING}' END,
               CASE WHEN is_over THEN 'held' END,
               CASE WHEN is_over THEN CAST(:cap_reply AS text) END
          FROM judged
        ON CONFLICT (event_id, recipient_id, channel, template) DO NOTHING
        RETURNING message_id, channel, template, state, segments
    ),
    contents AS (
        INSERT INTO message_content (message_id, subject, body_text, body_html)
        SELECT message_id, subject, body_text, body_html FROM judged JOIN written USING (message_id)
    )
    SELECT channel, template, state, segments FROM written
""")  # noqa: S608 - the two inserted words are our own enumeration
