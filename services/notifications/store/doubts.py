"""Messages of which nobody knows whether they were sent: found here, settled by policy or by receipt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from services.notifications.domain.message import Channel, State
from services.notifications.domain.policy import Outcome, Verdict

_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A message in doubt, locked by this transaction."""

    message_id: UUID
    state: State
    template: str
    attempts: int
    tries: int
    doubts: int
    age: timedelta


def senders_at_work(session: Session, channel: Channel) -> list[str]:
    """Who is sending something now, or was when it died."""
    return list(
        session.execute(
            text("SELECT DISTINCT sender FROM message WHERE channel = :channel AND state = :sending"),
            {"channel": channel, "sending": State.SENDING},
        ).scalars()
    )


def find_abandoned(session: Session, channel: Channel, dead_senders: list[str]) -> list[Doubtful]:
    """What was being sent by somebody who is certainly dead, or whose lease has run out."""
    return _find(
        session,
        "state = :sending AND (lease_until < clock_timestamp() OR sender = ANY(:dead))",
        channel,
        dead=dead_senders,
        sending=State.SENDING,
    )


def find_unanswered(session: Session, channel: Channel) -> list[Doubtful]:
    """What has waited long enough for a receipt."""
    return _find(session, "state = :uncertain AND next_at <= clock_timestamp()", channel, uncertain=State.UNCERTAIN)


def _find(session: Session, condition: str, channel: Channel, **values: object) -> list[Doubtful]:
    rows = session.execute(
        text(f"""
            SELECT message_id, state, template, attempts, tries, doubts, clock_timestamp() - created_at AS age
              FROM message WHERE channel = :channel AND {condition}
             ORDER BY message_id LIMIT {_AT_ONCE} FOR UPDATE SKIP LOCKED
        """),  # noqa: S608 - the conditions are the constants above
        {"channel": channel, **values},
    ).all()
    return [Doubtful(row[0], State(row[1]), *row[2:]) for row in rows]


def settle(session: Session, doubtful: Doubtful, verdict: Verdict, reply: str) -> None:
    """Apply a verdict to a message in doubt."""
    session.execute(
        text("""
            UPDATE message
               SET state = CAST(:state AS text), tries = :tries, doubts = :doubts, lease_until = NULL,
                   is_outage = false, last_reply = :reply, next_at = clock_timestamp() + :delay,
                   untold = CASE WHEN CAST(:state AS text) = :held THEN 'held' ELSE untold END,
                   settled_at = CASE WHEN CAST(:state AS text) = :held THEN clock_timestamp() ELSE settled_at END
             WHERE message_id = :id
        """),
        {
            "id": doubtful.message_id,
            "state": verdict.state,
            "tries": verdict.tries,
            "doubts": verdict.doubts,
            "delay": verdict.delay,
            "reply": reply,
            "held": State.HELD,
        },
    )


def note_lost_attempt(session: Session, doubtful: Doubtful, reply: str) -> None:
    """Keep the attempt whose sender never came back to record it."""
    session.execute(
        text("""
            INSERT INTO message_attempt (message_id, number, sender, started_at, ended_at, outcome, reply)
            SELECT message_id, attempts, coalesce(sender, ''), coalesce(sending_at, created_at), clock_timestamp(),
                   :outcome, :reply
              FROM message WHERE message_id = :id
            ON CONFLICT (message_id, number) DO NOTHING
        """),
        {"id": doubtful.message_id, "outcome": Outcome.UNCERTAIN, "reply": reply},
    )


def settle_each(
    session: Session, found: list[Doubtful], judge: Callable[[Doubtful], Verdict], reply: str
) -> list[tuple[Doubtful, Verdict]]:
    """Judge and settle; returns what became of each."""
    settled = []
    for doubtful in found:
        verdict = judge(doubtful)
        if doubtful.state is State.SENDING:
            note_lost_attempt(session, doubtful, reply)
        settle(session, doubtful, verdict, reply)
        settled.append((doubtful, verdict))
    return settled
