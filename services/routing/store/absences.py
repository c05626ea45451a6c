"""Leaves in rows: who is away when, and which cases are with somebody who is."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import or_, select, text
from sqlalchemy.orm import Session

from services.routing.store.staff_models import AdvisorLeave


class Absence(NamedTuple):
    """A case that is with somebody who is away; `until`: the last day of their leave, None when they left."""

    case_id: UUID
    full_name: str
    until: date | None


_OF_ABSENT = text("""
    SELECT casefile.case_id, account.full_name, leave.ends_on
      FROM casefile JOIN account ON account.account_id = casefile.advisor_id
      LEFT JOIN advisor_leave AS leave
        ON leave.account_id = casefile.advisor_id AND leave.cancelled_at IS NULL
       AND :today BETWEEN leave.starts_on AND leave.ends_on
     WHERE casefile.state IN ('assigned', 'waiting')
       AND casefile.advisor_id IN (
            SELECT account_id FROM advisor_leave WHERE cancelled_at IS NULL AND :today BETWEEN starts_on AND ends_on
            UNION ALL
            SELECT account_id FROM account JOIN advisor USING (account_id) WHERE NOT is_active)
       AND (CAST(:advisor_id AS uuid) IS NULL OR casefile.advisor_id = :advisor_id)
     ORDER BY casefile.is_urgent DESC, casefile.due_key, casefile.case_id
     LIMIT :limit FOR UPDATE OF casefile SKIP LOCKED
""")


def cases_of_absent(
    session: Session, today: date, advisor_id: UUID | None = None, *, limit: int = 5000
) -> list[Absence]:
    """Open cases of those who are away, locked, urgent ones first; those others hold are left for the next look."""
    rows = session.execute(_OF_ABSENT, {"today": today, "advisor_id": advisor_id, "limit": limit})
    return [Absence(*row) for row in rows]


def count_of_absent(session: Session) -> int:
    """How many open cases are with somebody who is on leave today or no longer of the desk."""
    found: int = session.execute(
        text("""
            SELECT count(*) FROM casefile
             WHERE state IN ('assigned', 'waiting') AND advisor_id IN (
                SELECT account_id FROM advisor_leave
                 WHERE cancelled_at IS NULL
                   AND (clock_timestamp() AT TIME ZONE 'America/Lima')::date BETWEEN starts_on AND ends_on
                UNION ALL
                SELECT account_id FROM account JOIN advisor USING (account_id) WHERE NOT is_active)
        """)
    ).scalar_one()
    return found


def overlaps(session: Session, advisor_id: UUID, starts_on: date, ends_on: date) -> bool:
    """Whether a leave of the advisor shares a day with these."""
    found = session.execute(
        text("""
            SELECT 1 FROM advisor_leave
             WHERE account_id = :id AND cancelled_at IS NULL AND starts_on <= :last AND ends_on >= :first LIMIT 1
        """),
        {"id": advisor_id, "first": starts_on, "last": ends_on},
    ).one_or_none()
    return found is not None


def lock_overdue(session: Session, today: date) -> list[AdvisorLeave]:
    """Leaves that should have begun, or ended, before today's timers could know of them."""
    return list(
        session.scalars(
            select(AdvisorLeave)
            .where(
                AdvisorLeave.cancelled_at.is_(None),
                AdvisorLeave.ended_at.is_(None),
                or_(
                    AdvisorLeave.begun_at.is_(None) & (AdvisorLeave.starts_on <= today),
                    AdvisorLeave.ends_on < today,
                ),
            )
            .order_by(AdvisorLeave.leave_id)
            .with_for_update(skip_locked=True)
            .execution_options(populate_existing=True)
        )
    )


def leaves_between(session: Session, first: date, last: date) -> list[dict[str, Any]]:
    """Leaves that share a day with this stretch and were not cancelled, with the advisor's name, by name and day."""
    rows = session.execute(
        text("""
            SELECT leave_id AS id, account_id AS advisor_id, full_name, starts_on, ends_on, kind, note,
                   approved_by_name, advisor_leave.created_at, begun_at, ended_at, cancelled_at
              FROM advisor_leave JOIN account USING (account_id)
             WHERE cancelled_at IS NULL AND starts_on <= :last AND ends_on >= :first
             ORDER BY full_name, account_id, starts_on
        """),
        {"first": first, "last": last},
    ).mappings()
    return [dict(row) for row in rows]


def find_leave(session: Session, leave_id: UUID) -> dict[str, Any] | None:
    """One leave as `leaves_between` gives it, cancelled or not."""
    row = (
        session.execute(
            text("""
                SELECT leave_id AS id, account_id AS advisor_id, full_name, starts_on, ends_on, kind, note,
                       approved_by_name, advisor_leave.created_at, begun_at, ended_at, cancelled_at
                  FROM advisor_leave JOIN account USING (account_id) WHERE leave_id = :id
            """),
            {"id": leave_id},
        )
        .mappings()
        .one_or_none()
    )
    return None if row is None else dict(row)
