"""Due times as rows: fired by the clock on the database's time, in the transaction that acts on them.

Any number of clocks is safe (`SKIP LOCKED`, and a fired row is fired). A timer set again gets a higher generation
and the older one is cancelled, so a deadline that moved cannot fire at its old moment.
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
    """A due time that was reached. `late_ms`: how long after it the clock came."""

    id: UUID
    name: str
    subject: UUID
    due_at: datetime
    data: dict[str, Any]
    late_ms: int


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


def arm(session: Session, name: str, subject: UUID, due_at: datetime, data: dict[str, Any]) -> None:
    """Set a timer; see `Work.arm`."""
    session.execute(
        text("""
            WITH earlier AS (
                UPDATE timer SET state = 'cancelled'
                 WHERE subject = :subject AND name = :name AND state = 'armed'
            )
            INSERT INTO timer (timer_id, name, subject, generation, due_at, try_at, data)
            SELECT :id, :name, :subject, coalesce(max(generation), 0) + 1, :due_at, :due_at, CAST(:data AS jsonb)
              FROM timer WHERE subject = :subject AND name = :name
        """),
        {"id": new_id(), "name": name, "subject": subject, "due_at": due_at, "data": json.dumps(data)},
    )


def disarm(session: Session, subject: UUID, names: tuple[str, ...]) -> None:
    """Cancel timers; see `Work.disarm`."""
    session.execute(
        text("""
            UPDATE timer SET state = 'cancelled'
             WHERE subject = :subject AND state = 'armed' AND (:is_all OR name = ANY(:names))
        """),
        {"subject": subject, "is_all": not names, "names": list(names)},
    )


_DUE = """
      FROM timer
     WHERE state = 'armed' AND try_at <= clock_timestamp() AND name = ANY(:names)
     ORDER BY try_at LIMIT 1 FOR UPDATE SKIP LOCKED
"""


def take(session: Session, timer_id: UUID) -> Timer | None:
    """Claim a timer, marking it fired in this transaction; None when it was fired, moved or cancelled meanwhile."""
    row = session.execute(
        text("""
            UPDATE timer SET state = 'fired', fired_at = clock_timestamp(),
                   late_ms = (extract(epoch FROM clock_timestamp() - due_at) * 1000)::bigint
             WHERE timer_id = :id AND state = 'armed' AND due_at <= clock_timestamp()
            RETURNING timer_id, name, subject, due_at, data, late_ms
        """),
        {"id": timer_id},
    ).one_or_none()
    return None if row is None else Timer(*row)


def postpone(session: Session, timer_id: UUID, error: str, *, delay_seconds: float) -> None:
    """Note that acting on a timer failed; it stays armed and is tried again after the delay."""
    session.execute(
        text("""
            UPDATE timer SET attempts = attempts + 1, last_error = :error,
                   try_at = clock_timestamp() + least(:delay * 2 ^ least(attempts, 10), 300) * interval '1 second'
             WHERE timer_id = :id AND state = 'armed'
        """),
        {"id": timer_id, "error": error, "delay": delay_seconds},
    )


def find_due(session: Session, names: list[str]) -> UUID | None:
    """The timer that has been due longest and that nobody else is firing, without claiming it."""
    found: UUID | None = session.execute(
        text(f"SELECT timer_id {_DUE}"),
        {"names": names},
    ).scalar()
    return found
