"""Delivery reports: kept as they came, once each, and what they prove about their message."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from services.notifications.domain.message import State, sources_of


@dataclass(frozen=True, slots=True)
class Receipt:
    """One delivery report: `attempt` is the one it was asked for with, `raw` the whole of it."""

    message_id: UUID
    attempt: int
    type: int
    answer: str
    raw: str


def keep(session: Session, receipt: Receipt) -> bool | None:
    """Keep a report; False when it is here already, None when there is no such SMS."""
    row = session.execute(
        text("""
            WITH sms AS (SELECT message_id FROM message WHERE message_id = :id AND channel = 'sms'),
            kept AS (
                INSERT INTO message_receipt (message_id, attempt, type, answer, raw)
                SELECT message_id, :attempt, :type, :answer, :raw FROM sms
                ON CONFLICT (message_id, attempt, type) DO NOTHING RETURNING message_id
            )
            SELECT EXISTS (SELECT FROM sms) AS is_known, EXISTS (SELECT FROM kept) AS is_new
        """),
        {
            "id": receipt.message_id,
            "attempt": receipt.attempt,
            "type": receipt.type,
            "answer": receipt.answer,
            "raw": receipt.raw,
        },
    ).one()
    return bool(row.is_new) if row.is_known else None


def apply(session: Session, receipt: Receipt, proven: State) -> bool:
    """Move the message to what the report proves, forward only; False when it was there or further already.

    A report of failure speaks for its own attempt: it changes nothing once a later one has begun.
    """
    sources = [state for state in sources_of(proven) if state not in _NOT_BY_RECEIPT.get(proven, ())]
    moved = session.execute(
        text("""
            UPDATE message
               SET state = CAST(:state AS text), lease_until = NULL, last_reply = :answer, is_outage = false,
                   untold = coalesce(CAST(:untold AS text), untold),
                   submitted_at = coalesce(submitted_at, clock_timestamp()),
                   settled_at = CASE WHEN CAST(:state AS text) = 'submitted' THEN settled_at
                                     ELSE clock_timestamp() END
             WHERE message_id = :id AND state = ANY(:sources) AND (:is_for_any OR attempts = :attempt)
            RETURNING message_id
        """),
        {
            "id": receipt.message_id,
            "state": proven,
            "answer": receipt.answer,
            "sources": sources,
            "untold": {State.DELIVERED: "delivered", State.FAILED: "failed"}.get(proven),
            "is_for_any": proven is not State.FAILED,
            "attempt": receipt.attempt,
        },
    ).one_or_none()
    return moved is not None


def do_come(session: Session) -> bool:
    """Whether the gateway reports at all: a report came for something that was sent within the last hour."""
    found = session.execute(
        text("""
            SELECT EXISTS (
                SELECT FROM message_receipt WHERE received_at > clock_timestamp() - interval '1 hour')
        """)
    )
    return bool(found.scalar_one())


# Moves that end in these states for other reasons than a report: an expiry is no business of the gateway.
_NOT_BY_RECEIPT = {State.FAILED: (State.PENDING,)}
