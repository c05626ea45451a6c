"""Reading the ledger, for operators and programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from services.notifications.domain.message import State


@dataclass(frozen=True, slots=True)
class Entry:
    """A message as the ledger lists it. `told_cases`: of a digest, the codes it tells of."""

    message_id: UUID
    consultation_id: UUID | None
    code: str | None
    recipient_id: UUID
    recipient_kind: str
    recipient_name: str
    channel: str
    template: str
    locale: str
    address: str
    subject: str
    segments: int
    state: str
    attempts: int
    next_at: datetime | None
    last_reply: str | None
    created_at: datetime
    submitted_at: datetime | None
    settled_at: datetime | None
    told_cases: Sequence[str]

    @property
    def codes(self) -> Sequence[str]:
        """The consultations it tells of: one, or the many of a digest."""
        return self.told_cases or ([self.code] if self.code else [])


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to send."""

    number: int
    started_at: datetime
    ended_at: datetime
    outcome: str
    reply: str


@dataclass(frozen=True, slots=True)
class ReceiptEntry:
    """One delivery report."""

    attempt: int
    type: int
    answer: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything about one message."""

    entry: Entry
    body_text: str
    body_html: str
    is_redacted: bool
    attempts: Sequence[Attempt]
    receipts: Sequence[ReceiptEntry]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which messages: all that is given must fit. `before` is the identifier of the last one of the page before."""

    subject: str | None = None
    states: Sequence[State] = ()
    channel: str | None = None
    before: UUID | None = None
    limit: int = 50


_ENTRY = """
    message.message_id, consultation_id, code, recipient_id, recipient_kind, recipient_name, channel, template, locale,
    address, subject, segments, state, attempts,
    CASE WHEN state IN ('pending', 'uncertain') THEN next_at END AS next_at, last_reply, created_at, submitted_at,
    settled_at,
    ARRAY(SELECT told.code FROM message_case AS told WHERE told.message_id = message.message_id ORDER BY told.code)
        AS told_cases
"""


def find(session: Session, wanted: Filter) -> list[Entry]:
    """Messages, newest first, one more than the limit when there are more."""
    conditions, values = ["true"], {"limit": wanted.limit + 1}
    parameters: dict[str, Any] = {**values}
    if wanted.subject:
        # A digest is found by every case it tells of.
        conditions.append(
            "message.message_id IN (SELECT message_id FROM message WHERE code = :code"
            " UNION ALL SELECT message_id FROM message_case WHERE code = :code)"
        )
        parameters["code"] = wanted.subject
    if wanted.states:
        conditions.append("state = ANY(:states)")
        parameters["states"] = list(wanted.states)
        if State.SUBMITTED not in wanted.states and State.DELIVERED not in wanted.states:
            # Said once more in the words of the partial index, which holds only what is not delivered.
            conditions.append("state IN ('pending', 'sending', 'uncertain', 'failed', 'held')")
    if wanted.channel:
        conditions.append("channel = :channel")
        parameters["channel"] = wanted.channel
    if wanted.before:
        conditions.append("message.message_id < :before")
        parameters["before"] = wanted.before
    rows = session.execute(
        text(f"""
            SELECT {_ENTRY} FROM message JOIN message_content USING (message_id)
             WHERE {" AND ".join(conditions)} ORDER BY message.message_id DESC LIMIT :limit
        """),  # noqa: S608 - the conditions are the constants above; values are parameters
        parameters,
    ).all()
    return [Entry(*row) for row in rows]


def find_sheet(session: Session, message_id: UUID) -> Sheet | None:
    """One message with its attempts and receipts."""
    row = session.execute(
        text(f"""
            SELECT {_ENTRY}, body_text, body_html, redacted_at IS NOT NULL AS is_redacted
              FROM message JOIN message_content USING (message_id) WHERE message.message_id = :id
        """),  # noqa: S608 - the inserted columns are a constant
        {"id": message_id},
    ).one_or_none()
    if row is None:
        return None
    attempts = session.execute(
        text("""
            SELECT number, started_at, ended_at, outcome, reply FROM message_attempt
             WHERE message_id = :id ORDER BY number
        """),
        {"id": message_id},
    ).all()
    receipts = session.execute(
        text("""
            SELECT attempt, type, answer, received_at FROM message_receipt
             WHERE message_id = :id ORDER BY received_at
        """),
        {"id": message_id},
    ).all()
    *of_entry, body_text, body_html, is_redacted = row
    return Sheet(
        Entry(*of_entry),
        body_text,
        body_html,
        is_redacted,
        [Attempt(*attempt) for attempt in attempts],
        [ReceiptEntry(*receipt) for receipt in receipts],
    )


def count_not_delivered(session: Session) -> dict[str, int]:
    """How many messages are in each state that an operator may have to act on."""
    rows = session.execute(
        text("""
            SELECT state, count(*) FROM message
             WHERE state IN ('pending', 'sending', 'uncertain', 'failed', 'held') GROUP BY state
        """)
    ).all()
    return {row[0]: row[1] for row in rows}


def send_again(session: Session, message_id: UUID, *, reason: str) -> bool:
    """Put a message that rests back into the line, with all its tries; False when it does not rest."""
    moved = session.execute(
        text("""
            UPDATE message
               SET state = 'pending', next_at = clock_timestamp(), tries = 0, doubts = 0, is_outage = false,
                   settled_at = NULL, last_reply = :reason, untold = NULL
             WHERE message_id = :id AND state = ANY(:resting)
            RETURNING message_id
        """),
        {"id": message_id, "reason": reason, "resting": [State.FAILED, State.HELD, State.UNCERTAIN]},
    ).one_or_none()
    return moved is not None
