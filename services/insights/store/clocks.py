"""Warnings and breaches of deadlines. A deadline is known by its clock and its moment, so none is counted twice."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session


def record_warning(session: Session, consultation_id: UUID, clock: str, due_at: datetime, warned_at: datetime) -> None:
    """A clock that runs towards `due_at` was warned about."""
    session.execute(_WARNED, {"id": consultation_id, "clock": clock, "due_at": due_at, "warned_at": warned_at})


def record_breach(
    session: Session, consultation_id: UUID, clock: str, breached_at: datetime, recorded_at: datetime
) -> None:
    """A clock passed its deadline; the moment of the breach is the deadline."""
    session.execute(
        _BREACHED, {"id": consultation_id, "clock": clock, "breached_at": breached_at, "recorded_at": recorded_at}
    )


_WARNED = text("""
    INSERT INTO sla_clock AS held (consultation_id, clock, due_at, warned_at)
    VALUES (:id, :clock, :due_at, :warned_at)
    ON CONFLICT (consultation_id, clock, due_at)
    DO UPDATE SET warned_at = least(held.warned_at, excluded.warned_at)
""")

_BREACHED = text("""
    INSERT INTO sla_clock AS held (consultation_id, clock, due_at, breached_at, recorded_at)
    VALUES (:id, :clock, :breached_at, :breached_at, :recorded_at)
    ON CONFLICT (consultation_id, clock, due_at)
    DO UPDATE SET breached_at = excluded.breached_at, recorded_at = least(held.recorded_at, excluded.recorded_at)
""")
