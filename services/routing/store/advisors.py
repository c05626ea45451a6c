"""The bench: advisors under lock, with their topics and load, as assignment needs them.

Every change of a load goes through here. The rows are locked in the order of their identifiers, by one statement per
transaction, so that any number of workers and web requests can assign side by side without a deadlock and without
ever passing anybody's capacity.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cached_property
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from services.routing.domain.assignment import Standing
from services.routing.domain.sla_errors import SlaError
from services.routing.domain.working_calendar import Calendar
from services.routing.domain.working_time import due_moment
from services.routing.store.assignment_source import advisor_calendar

LIMA = ZoneInfo("America/Lima")


@dataclass
class Seat:
    """One advisor on the bench.

    `is_available`: active and taking new cases. `leave_from`, `leave_until`: the leave that covers today, else the next
    one. `hours`: their own working week, None for the desk's. `open_effort` in hundredths of a plain case.
    """

    id: UUID
    full_name: str
    is_available: bool
    leave_from: date | None
    leave_until: date | None
    capacity: int
    open_count: int
    open_effort: int
    last_assigned_at: datetime | None
    languages: list[str]
    hours: str | None
    now: datetime
    calendar: Calendar
    skills: dict[str, int] = field(default_factory=dict)
    is_changed: bool = False

    @property
    def free(self) -> int:
        """How many more cases fit; 0 for who is away."""
        return self.room if self.is_available else 0

    @property
    def room(self) -> int:
        """How many more cases fit whether or not new ones are sent to them; 0 on leave."""
        return 0 if self.is_on_leave else max(self.capacity - self.open_count, 0)

    @property
    def is_on_leave(self) -> bool:
        """Whether a leave covers today, in Lima."""
        return self.leave_from is not None and self.leave_from <= self.now.astimezone(LIMA).date()

    @cached_property
    def works_at(self) -> datetime | None:
        """The first moment from now at which they work; None when no calendar tells."""
        return self.after_work(0)

    def after_work(self, seconds: int) -> datetime | None:
        """When so many working seconds of theirs will have passed."""
        try:
            return due_moment(self.calendar, self.now, seconds)
        except SlaError:  # years the calendar does not know
            return None

    def standing(self, topic: str) -> Standing:
        """What the choice for a case of `topic` needs to know."""
        is_on_leave = self.is_on_leave
        return Standing(
            id=self.id,
            full_name=self.full_name,
            level=self.skills.get(topic, 1),
            is_available=self.is_available,
            leave_until=self.leave_until if is_on_leave else None,
            open_count=self.open_count,
            capacity=self.capacity,
            last_assigned_at=self.last_assigned_at,
            open_effort=self.open_effort,
            languages=frozenset(self.languages),
            works_at=self.works_at,
            leaves_at=None if is_on_leave or self.leave_from is None else lima_midnight(self.leave_from),
        )


def lima_midnight(day: date) -> datetime:
    """The moment at which a day begins in Lima."""
    return datetime.combine(day, time(), LIMA)


class Bench:
    """Advisors locked by this transaction."""

    def __init__(self, seats: dict[UUID, Seat]) -> None:
        self.seats = seats

    @classmethod
    def locked(cls, session: Session, *, topics: Collection[str], ids: Collection[UUID], now: datetime) -> Bench:
        """Lock everybody who knows one of `topics`, and those named by `ids`."""
        return cls._found(session, _LOCK, topics, ids, now)

    @classmethod
    def read(cls, session: Session, *, topics: Collection[str], now: datetime) -> Bench:
        """Everybody who knows one of `topics`, as they stand, without locks: for looking, not for giving."""
        return cls._found(session, _READ, topics, (), now)

    @classmethod
    def _found(
        cls, session: Session, query: TextClause, topics: Collection[str], ids: Collection[UUID], now: datetime
    ) -> Bench:
        rows = session.execute(
            query, {"topics": sorted(topics), "ids": sorted(ids), "today": now.astimezone(LIMA).date()}
        ).mappings()
        seats = {row["id"]: Seat(**row, now=now, calendar=advisor_calendar(session, row["hours"])) for row in rows}
        for row in session.execute(_SKILLS, {"ids": sorted(seats)}):
            seats[row.account_id].skills[row.topic] = row.level
        return cls(seats)

    def standings(self, topic: str) -> list[Standing]:
        """Everybody on the bench who knows a topic, eligible or not."""
        return [seat.standing(topic) for seat in self.seats.values() if topic in seat.skills]

    def take(self, advisor_id: UUID, now: datetime, effort: int) -> None:
        """One more case for an advisor."""
        seat = self.seats[advisor_id]
        seat.open_count += 1
        seat.open_effort += effort
        seat.last_assigned_at = now
        seat.is_changed = True

    def release(self, advisor_id: UUID, count: int, effort: int) -> None:
        """An advisor has fewer cases, which weighed `effort` together."""
        seat = self.seats[advisor_id]
        seat.open_count = max(seat.open_count - count, 0)
        seat.open_effort = max(seat.open_effort - effort, 0) if seat.open_count else 0
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
                "efforts": [seat.open_effort for seat in changed],
                "lasts": [seat.last_assigned_at for seat in changed],
            },
        )
        for seat in changed:
            seat.is_changed = False


_BENCH = """
    SELECT advisor.account_id AS id, account.full_name, advisor.is_available AND account.is_active AS is_available,
           leave.starts_on AS leave_from, leave.ends_on AS leave_until, capacity, open_count, open_effort,
           last_assigned_at, languages, hours
      FROM advisor JOIN account USING (account_id)
      LEFT JOIN LATERAL (
            SELECT starts_on, ends_on FROM advisor_leave
             WHERE advisor_leave.account_id = advisor.account_id AND cancelled_at IS NULL AND ends_on >= :today
             ORDER BY starts_on LIMIT 1) AS leave ON true
     WHERE advisor.account_id = ANY(CAST(:ids AS uuid[]))
        OR advisor.account_id IN (SELECT account_id FROM advisor_skill WHERE topic = ANY(CAST(:topics AS text[])))
     ORDER BY advisor.account_id
"""
_READ = text(_BENCH)
_LOCK = text(f"{_BENCH} FOR UPDATE OF advisor")

_SKILLS = text("SELECT account_id, topic, level FROM advisor_skill WHERE account_id = ANY(CAST(:ids AS uuid[]))")

_SAVE = text("""
    UPDATE advisor SET open_count = changed.open_count, open_effort = changed.open_effort,
           last_assigned_at = changed.last_assigned_at
      FROM unnest(CAST(:ids AS uuid[]), CAST(:counts AS integer[]), CAST(:efforts AS integer[]),
                  CAST(:lasts AS timestamptz[]))
        AS changed (account_id, open_count, open_effort, last_assigned_at)
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


def lock_idle(session: Session, now: datetime, limit: int) -> list[UUID]:
    """Cases that have lain untouched past their limit, locked; those others hold are left for the next look."""
    return list(
        session.execute(
            text("""
                SELECT case_id FROM casefile WHERE state = 'assigned' AND idle_at <= :now
                 ORDER BY idle_at, case_id LIMIT :limit FOR UPDATE SKIP LOCKED
            """),
            {"now": now, "limit": limit},
        ).scalars()
    )


def topics_of(session: Session, advisor_id: UUID) -> list[str]:
    """The topics an advisor knows."""
    return list(
        session.execute(text("SELECT topic FROM advisor_skill WHERE account_id = :id"), {"id": advisor_id}).scalars()
    )


def office_advisors(session: Session, ubigeos: Collection[str]) -> dict[str, UUID]:
    """For each office (its district code) the advisor who handled its last case, where there is one."""
    if not ubigeos:
        return {}
    rows = session.execute(
        text("""
            SELECT office.ubigeo, last.last_advisor_id
              FROM unnest(CAST(:ubigeos AS text[])) AS office (ubigeo)
              CROSS JOIN LATERAL (
                SELECT last_advisor_id FROM casefile
                 WHERE casefile.ubigeo = office.ubigeo AND state IN ('answered', 'closed')
                   AND last_advisor_id IS NOT NULL
                 ORDER BY ended_at DESC LIMIT 1) AS last
        """),
        {"ubigeos": sorted(set(ubigeos))},
    )
    return {row.ubigeo: row.last_advisor_id for row in rows}


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
            WITH locked AS (SELECT account_id FROM advisor ORDER BY account_id FOR UPDATE),
            counted AS (
                SELECT locked.account_id, count(case_id) AS open_count, coalesce(sum(effort), 0) AS open_effort
                  FROM locked LEFT JOIN casefile
                    ON casefile.advisor_id = locked.account_id AND state IN ('assigned', 'waiting')
                 GROUP BY locked.account_id)
            UPDATE advisor SET open_count = counted.open_count, open_effort = counted.open_effort FROM counted
             WHERE advisor.account_id = counted.account_id
               AND (advisor.open_count, advisor.open_effort) IS DISTINCT FROM (counted.open_count, counted.open_effort)
            RETURNING advisor.account_id
        """)
    ).all()
    return len(wrong)
