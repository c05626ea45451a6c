"""Dead letters: events that used up their attempts, and what an operator can do with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A buried or unknown event."""

    event_id: UUID
    source: str
    type: str
    subject: UUID
    status: str
    attempts: int
    last_error: str | None
    received_at: datetime


def find(session: Session, *, limit: int = 100) -> list[DeadLetter]:
    """The oldest dead letters first."""
    rows = session.execute(
        text("""
            SELECT event_id, source, type || '/' || version, subject, status, attempts, last_error, received_at
              FROM inbox WHERE status IN ('dead', 'unknown') ORDER BY received_at LIMIT :limit
        """),
        {"limit": limit},
    ).all()
    return [DeadLetter(*row) for row in rows]


def envelope_of(session: Session, event_id: UUID) -> str | None:
    """The whole event as it arrived, or None when there is none of this id."""
    found: str | None = session.execute(
        text("SELECT envelope FROM inbox WHERE event_id = :id"), {"id": event_id}
    ).scalar()
    return found


def replay(session: Session, event_ids: list[UUID] | None = None) -> int:
    """Give buried events a fresh set of attempts, at once: those named, or all; returns how many."""
    return _change(session, "status = 'pending', attempts = 0, next_at = clock_timestamp()", ["dead"], event_ids)


def discard(session: Session, event_ids: list[UUID]) -> int:
    """Set dead letters aside for good; the rows stay, as discarded; returns how many."""
    return _change(session, "status = 'discarded'", ["dead", "unknown"], event_ids)


def _change(session: Session, assignment: str, statuses: list[str], event_ids: list[UUID] | None) -> int:
    changed = session.execute(
        text(f"""
            UPDATE inbox SET {assignment}
             WHERE event_id IN (
                SELECT event_id FROM inbox WHERE status = ANY(:statuses) AND (:is_all OR event_id = ANY(:ids))
                 ORDER BY event_id FOR UPDATE)
            RETURNING event_id
        """),  # noqa: S608 - the assignment is one of the two constants above
        {"statuses": statuses, "is_all": event_ids is None, "ids": sorted(event_ids or [])},
    ).all()
    return len(changed)
