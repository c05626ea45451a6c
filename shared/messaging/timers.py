"""Due times as rows: fired by the clock on the database's time, in the transaction that acts on them.

A timer set again gets a higher generation and the older one is cancelled, so a deadline that moved cannot fire at
its old moment. Any number of clocks is safe: an attempt is counted and leased first, in a transaction of its own, so
a handler that kills its process delays that timer and no other; and the attempt counts only if the row is still
armed, and still on that attempt, when the handler has done its work. That row is locked last, after whatever the
handler locks, because a use case that moves a deadline comes the same way: the case first, then its timers.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.ids import new_id

if TYPE_CHECKING:
    from shared.messaging.work import Work


@dataclass(frozen=True, slots=True)
class Timer:
    """A due time that was reached. `late_ms`: how long after it this attempt to act on it began."""

    id: UUID
    name: str
    subject: UUID
    due_at: datetime
    data: dict[str, Any]
    late_ms: int
    attempts: int = 1


TimerHandler = Callable[[Timer, "Work"], None]


class TimerHandlers:
    """Which function acts when a timer of a name is due."""

    def __init__(self) -> None:
        self._handlers: dict[str, TimerHandler] = {}

    def on(self, name: str) -> Callable[[TimerHandler], TimerHandler]:
        """Register the function for a timer's name."""

        def register(handler: TimerHandler) -> TimerHandler:
            if name in self._handlers:
                raise ValueError(f"timer {name} has two handlers")
            self._handlers[name] = handler
            return handler

        return register

    @property
    def names(self) -> list[str]:
        """The names with a handler: the only ones that this process fires."""
        return sorted(self._handlers)

    def handle(self, timer: Timer, work: Work) -> None:
        """Act on a due timer."""
        self._handlers[timer.name](timer, work)


class TimerMovedError(Exception):
    """While its handler worked, the timer was cancelled, set again, or taken over; nothing must come of the work."""


def arm(
    session: Session, name: str, subject: UUID, due_at: datetime, data: dict[str, Any], *, firing: UUID | None = None
) -> None:
    """Set a timer; see `Work.arm`. The timer that is `firing` in this transaction is closed by its clock."""
    session.execute(
        text("""
            WITH earlier AS (
                UPDATE timer SET state = 'cancelled'
                 WHERE subject = :subject AND name = :name AND state = 'armed'
                   AND timer_id IS DISTINCT FROM CAST(:firing AS uuid)
            )
            INSERT INTO timer (timer_id, name, subject, generation, due_at, try_at, data)
            SELECT :id, :name, :subject, coalesce(max(generation), 0) + 1, :due_at, :due_at, CAST(:data AS jsonb)
              FROM timer WHERE subject = :subject AND name = :name
        """),
        {
            "id": new_id(),
            "name": name,
            "subject": subject,
            "due_at": due_at,
            "data": json.dumps(data),
            "firing": firing,
        },
    )


def disarm(session: Session, subject: UUID, names: tuple[str, ...], *, firing: UUID | None = None) -> None:
    """Cancel timers; see `Work.disarm`. The timer that is `firing` in this transaction is closed by its clock."""
    session.execute(
        text("""
            UPDATE timer SET state = 'cancelled'
             WHERE timer_id IN (
                SELECT timer_id FROM timer
                 WHERE subject = :subject AND state = 'armed' AND (:is_all OR name = ANY(:names))
                   AND timer_id IS DISTINCT FROM CAST(:firing AS uuid)
                 ORDER BY timer_id FOR UPDATE)
        """),
        {"subject": subject, "is_all": not names, "names": list(names), "firing": firing},
    )


def lease_due(session: Session, names: list[str], *, lease_seconds: float) -> Timer | None:
    """Take the timer that has been due longest, counting the attempt; other clocks leave it alone for the lease.

    The lease doubles with each attempt, up to five minutes; it is also the pause after an attempt that failed.
    """
    row = session.execute(
        text("""
            UPDATE timer SET attempts = attempts + 1,
                   try_at = clock_timestamp() + least(:lease * 2 ^ least(attempts, 10), 300) * interval '1 second'
             WHERE timer_id = (
                SELECT timer_id FROM timer
                 WHERE state = 'armed' AND try_at <= (SELECT clock_timestamp()) AND name = ANY(:names)
                 ORDER BY try_at LIMIT 1 FOR UPDATE SKIP LOCKED)
            RETURNING timer_id, name, subject, due_at, data,
                      (extract(epoch FROM clock_timestamp() - due_at) * 1000)::bigint, attempts
        """),
        {"names": names, "lease": lease_seconds},
    ).one_or_none()
    return None if row is None else Timer(*row)


def close(session: Session, timer: Timer) -> None:
    """Mark a timer fired, in the transaction that acted on it, after the handler.

    :raises TimerMovedError: it is no longer ours to fire; the transaction must not commit.
    """
    closed = session.execute(
        text("""
            UPDATE timer SET state = 'fired', fired_at = clock_timestamp(), last_error = NULL,
                   late_ms = (extract(epoch FROM clock_timestamp() - due_at) * 1000)::bigint
             WHERE timer_id = :id AND state = 'armed' AND attempts = :attempts
            RETURNING timer_id
        """),
        {"id": timer.id, "attempts": timer.attempts},
    ).one_or_none()
    if closed is None:
        raise TimerMovedError(f"timer {timer.name} of {timer.subject} moved while it fired")


def record_failure(session: Session, timer: Timer, error: str) -> bool:
    """Note why an attempt failed; the timer stays armed until its lease runs out. False when it is ours no more."""
    noted = session.execute(
        text("""
            UPDATE timer SET last_error = :error
             WHERE timer_id = :id AND state = 'armed' AND attempts = :attempts RETURNING timer_id
        """),
        {"id": timer.id, "attempts": timer.attempts, "error": error},
    ).one_or_none()
    return noted is not None
