"""The sender's half of the ledger: take a message, record what came of it.

A message is `sending` from the transaction that takes it to the one that records its outcome, and in that span
nobody but its sender knows what happens to it. A sender records one message and takes the next in one transaction,
so it never has more than one in that state, and its sudden death leaves at most one in doubt (ADR 10).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from services.notifications.domain.message import Channel, State, sources_of
from services.notifications.domain.policy import Outcome, Verdict
from services.notifications.domain.provider import Result, Taken


def take(session: Session, channel: Channel, sender: str, lease: timedelta) -> Taken | None:
    """Take the message that has been due longest; None when none is, or when the breaker is open."""
    return _take(session, _TAKE_DUE, channel, sender, lease)


def take_probe(session: Session, channel: Channel, sender: str, lease: timedelta) -> Taken | None:
    """While the breaker is open: take one message, due or not, to ask for all; None when it is not time for it."""
    may_probe = session.execute(
        text("""
            SELECT channel FROM channel_breaker
             WHERE channel = :channel AND is_open AND probe_at <= clock_timestamp() FOR UPDATE SKIP LOCKED
        """),
        {"channel": channel},
    ).one_or_none()
    if may_probe is None:
        return None
    taken = _take(session, _TAKE_ANY, channel, sender, lease)
    if taken is not None:
        # The next probe waits for this one's outcome; should its sender die, for its lease.
        session.execute(
            text("UPDATE channel_breaker SET probe_at = clock_timestamp() + :lease WHERE channel = :channel"),
            {"channel": channel, "lease": lease},
        )
    return taken


def _take(session: Session, statement: Any, channel: Channel, sender: str, lease: timedelta) -> Taken | None:
    row = session.execute(statement, {"channel": channel, "sender": sender, "lease": lease}).one_or_none()
    return None if row is None else Taken(*row)


def _take_statement(condition: str) -> Any:
    return text(f"""
        WITH breaker AS MATERIALIZED (SELECT is_open, failures FROM channel_breaker WHERE channel = :channel),
        due AS MATERIALIZED (
            SELECT message_id FROM message
             WHERE channel = :channel AND state = '{State.PENDING}' AND {condition}
               AND (expires_at IS NULL OR expires_at > clock_timestamp())
             ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED
        )
        UPDATE message
           SET state = '{State.SENDING}', attempts = attempts + 1, sender = :sender,
               sending_at = clock_timestamp(), lease_until = clock_timestamp() + :lease
          FROM due JOIN message_content AS content USING (message_id), breaker
         WHERE message.message_id = due.message_id
        RETURNING message.message_id, attempts, channel, template, locale, address, recipient_name, content.subject,
                  content.body_text, content.body_html, tries, doubts, clock_timestamp() - created_at AS age,
                  created_at, correlation_id, breaker.is_open OR breaker.failures > 0 AS is_channel_troubled,
                  breaker.is_open AS is_probe
    """)  # noqa: S608 - the inserted words are our own enumeration and the two constants below


_TAKE_DUE = _take_statement("next_at <= clock_timestamp() AND NOT (SELECT is_open FROM breaker)")
_TAKE_ANY = _take_statement("true")


def record(session: Session, taken: Taken, sender: str, result: Result, verdict: Verdict) -> bool:
    """Record an attempt and what becomes of its message; False when the message had moved on meanwhile.

    It has moved on when this sender was frozen and given up for lost, or when a receipt came first. What was seen is
    kept in any case; and knowing that it *was* sent still prevents a repetition that has not begun.
    """
    row = session.execute(
        _RECORD,
        {
            "id": taken.message_id,
            "attempt": taken.attempt,
            "sender": sender,
            "outcome": result.outcome,
            "reply": result.reply,
            "state": verdict.state,
            "sources": sources_of(State.SUBMITTED) if verdict.state is State.SUBMITTED else [State.SENDING],
            "delay": verdict.delay,
            "tries": verdict.tries,
            "doubts": verdict.doubts,
            "is_outage": result.outcome is Outcome.UNAVAILABLE,
            "untold": _untold(verdict.state, taken),
        },
    ).one()
    return bool(row.has_moved)


def _untold(state: State, taken: Taken) -> str | None:
    """The event that others are owed. A submitted e-mail is delivered as far as we can see; an SMS is not yet."""
    if state is State.SUBMITTED:
        return "delivered" if taken.channel == Channel.EMAIL else None
    return {State.FAILED: "failed", State.HELD: "held"}.get(state)


_RECORD = text(f"""
    WITH moved AS (
        UPDATE message
           SET state = CAST(:state AS text), tries = :tries, doubts = :doubts, is_outage = :is_outage,
               last_reply = :reply, lease_until = NULL, untold = coalesce(CAST(:untold AS text), untold),
               next_at = CASE WHEN CAST(:state AS text) IN ('{State.PENDING}', '{State.UNCERTAIN}')
                              THEN clock_timestamp() + :delay ELSE next_at END,
               submitted_at = CASE WHEN CAST(:state AS text) = '{State.SUBMITTED}'
                                   THEN clock_timestamp() ELSE submitted_at END,
               settled_at = CASE WHEN CAST(:state AS text) IN ('{State.FAILED}', '{State.HELD}')
                                 THEN clock_timestamp() ELSE settled_at END
         WHERE message_id = :id AND attempts = :attempt AND state = ANY(:sources)
        RETURNING message_id
    ),
    noted AS (
        INSERT INTO message_attempt (message_id, number, sender, started_at, ended_at, outcome, reply)
        SELECT message_id, :attempt, :sender, coalesce(sending_at, clock_timestamp()), clock_timestamp(), :outcome,
               :reply
          FROM message WHERE message_id = :id
        ON CONFLICT (message_id, number) DO UPDATE
           SET outcome = excluded.outcome, reply = excluded.reply, ended_at = excluded.ended_at
    )
    SELECT EXISTS (SELECT FROM moved) AS has_moved
""")  # noqa: S608 - the inserted words are our own enumeration


def give_back(session: Session, channel: Channel, sender: str, *, in_hand: UUID | None) -> int:
    """Return what this sender took without ever learning of it, because the answer to its COMMIT was lost.

    It was certainly not sent: a sender sends only what it has in hand. Returns how many messages.
    """
    returned = session.execute(
        text("""
            UPDATE message SET state = :pending, attempts = attempts - 1, lease_until = NULL
             WHERE channel = :channel AND state = :sending AND sender = :sender
               AND message_id IS DISTINCT FROM CAST(:in_hand AS uuid)
            RETURNING message_id
        """),
        {
            "channel": channel,
            "sender": sender,
            "in_hand": in_hand,
            "pending": State.PENDING,
            "sending": State.SENDING,
        },
    ).all()
    return len(returned)
