"""The bench: advisors under lock, with their topics and load, as assignment needs them.

Every change of a load goes through here. The rows are locked in the order of their identifiers, by one statement per
transaction, so that any number of workers and web requests can assign side by side without a deadlock and without
ever passing anybody's capacity.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from services.routing.domain.assignment import Standing

LIMA = ZoneInfo("America/Lima")


@dataclass(slots=True)
class Seat:
    """One advisor on the bench. `is_present`: active, available and not on leave today."""

    id: UUID
    full_name: str
    is_available: bool
    leave_until: date | None
    capacity: int
    open_count: int
    last_assigned_at: datetime | None
    skills: dict[str, int] = field(default_factory=dict)
    is_changed: bool = False

    @property
    def free(self) -> int:
        """How many more cases fit; 0 for who is away."""
        is_present = self.is_available and self.leave_until is None
        return max(self.capacity - self.open_count, 0) if is_present else 0

    def standing(self, topic: str) -> Standing:
        """What the choice for a case of `topic` needs to know."""
        return Standing(
            self.id,
            self.full_name,
            self.skills.get(topic, 1),
            self.is_available,
            self.leave_until,
            self.open_count,
            self.capacity,
            self.last_assigned_at,
        )


class Bench:
    """Advisors locked by this transaction."""

    def __init__(self, seats: dict[UUID, Seat]) -> None:
        self.seats = seats

    @classmethod
    def locked(cls, session: Session, *, topics: Collection[str], ids: Collection[UUID], now: datetime) -> Bench:
        """Lock everybody who knows one of `topics`, and those named by `ids`."""
        rows = session.execute(
            _LOCK, {"topics": sorted(topics), "ids": sorted(ids), "today": now.astimezone(LIMA).date()}
        ).all()
        seats = {row.account_id: Seat(*row) for row in rows}
        for row in session.execute(_SKILLS, {"ids": sorted(seats)}):
            seats[row.account_id].skills[row.topic] = row.level
        return cls(seats)

    def standings(self, topic: str) -> list[Standing]:
        """Everybody on the bench who knows a topic, eligible or not."""
        return [seat.standing(topic) for seat in self.seats.values() if topic in seat.skills]

    def take(self, advisor_id: UUID, now: datetime) -> None:
        """One more case for an advisor."""
        seat = self.seats[advisor_id]
        seat.open_count += 1
        seat.last_assigned_at = now
        seat.is_changed = True

    def release(self, advisor_id: UUID, count: int = 1) -> None:
        """An advisor has fewer cases."""
        seat = self.seats[advisor_id]
        seat.open_count = max(seat.open_count - count, 0)
        seat.is_changed = True

    def save(self, session: Session) -> None:
        """Write the loads that changed, in one statement."""
        changed = [seat for seat in self.seats.values() if seat.is_changed]
        if not changed:
            return
        session.execute(
            _SAVE,
            {
                "ids": [seat.id for seat in changed],
                "counts": [seat.open_count for seat in changed],
                "lasts": [seat.last_assigned_at for seat in changed],
            },
        )
        for seat in changed:
            seat.is_changed = False


_LOCK = text("""
    SELECT advisor.account_id, account.full_name, advisor.is_available AND account.is_active AS is_available,
           CASE WHEN :today BETWEEN leave_from AND leave_until THEN leave_until END AS leave_until,
           capacity, open_count, last_assigned_at
      FROM advisor JOIN account USING (account_id)
     WHERE advisor.account_id = ANY(CAST(:ids AS uuid[]))
        OR advisor.account_id IN (SELECT account_id FROM advisor_skill WHERE topic = ANY(CAST(:topics AS text[])))
     ORDER BY advisor.account_id
       FOR UPDATE OF advisor
""")

_SKILLS = text("SELECT account_id, topic, level FROM advisor_skill WHERE account_id = ANY(CAST(:ids AS uuid[]))")

_SAVE = text("""
    UPDATE advisor SET open_count = changed.open_count, last_assigned_at = changed.last_assigned_at
      FROM unnest(CAST(:ids AS uuid[]), CAST(:counts AS integer[]), CAST(:lasts AS timestamptz[]))
        AS changed (account_id, open_count, last_assigned_at)
     WHERE advisor.account_id = changed.account_id
""")

_OLDEST_WAITING = text("""
    SELECT case_id FROM casefile
     WHERE state = 'unstaffed' AND topic = ANY(CAST(:topics AS text[]))
     ORDER BY is_urgent DESC, waiting_since, case_id
     LIMIT :limit FOR UPDATE SKIP LOCKED
""")


def lock_oldest_waiting(session: Session, topics: Collection[str], limit: int) -> list[UUID]:
    """The cases of these topics that have waited longest, urgent ones first; those others hold are left out."""
    return list(session.execute(_OLDEST_WAITING, {"topics": sorted(topics), "limit": limit}).scalars())


def waiting_topics(session: Session) -> list[str]:
    """Topics in which at least one case waits for an advisor."""
    return list(session.execute(text("SELECT DISTINCT topic FROM casefile WHERE state = 'unstaffed'")).scalars())


def supervisor_ids(session: Session) -> tuple[UUID, ...]:
    """Who must hear of trouble; looked up once per transaction."""
    known: tuple[UUID, ...] | None = session.info.get("supervisor_ids")
    if known is None:
        known = tuple(
            session.execute(
                text("SELECT account_id FROM account WHERE role = 'supervisor' AND is_active ORDER BY account_id")
            ).scalars()
        )
        session.info["supervisor_ids"] = known
    return known


def recount_loads(session: Session) -> int:
    """Set every load to what the cases say; returns how many were wrong (none, unless somebody edited rows by hand)."""
    wrong = session.execute(
        text("""
            WITH locked AS (SELECT account_id, open_count FROM advisor ORDER BY account_id FOR UPDATE),
            counted AS (
                SELECT locked.account_id, count(case_id) AS open_count
                  FROM locked LEFT JOIN casefile
                    ON casefile.advisor_id = locked.account_id AND state IN ('assigned', 'waiting')
                 GROUP BY locked.account_id)
            UPDATE advisor SET open_count = counted.open_count FROM counted
             WHERE advisor.account_id = counted.account_id AND advisor.open_count <> counted.open_count
            RETURNING advisor.account_id
        """)
    ).all()
    return len(wrong)
