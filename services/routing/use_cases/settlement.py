"""Who gets which case: everything a transaction means for the load of advisors, settled in one go at its end.

Handlers and pages only note that a case needs an advisor, that an advisor got a case less, or that an advisor's
room or topics changed. The settlement then locks all advisors concerned with one statement, in one order, gives the
cases out, and lets whoever has room now take those that have waited longest. Two batches side by side therefore
never deadlock and never pass anybody's capacity.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from uuid import UUID

from services.routing.domain.assignment_rules import ORDINARY_EFFORT
from services.routing.store import advisors, cases
from services.routing.store.advisors import Bench
from services.routing.use_cases import passing_on
from services.routing.use_cases.placing import How, NoRoomError, NotAnAdvisorError, Placement, place, refill
from shared.messaging.work import Work

__all__ = ["How", "NoRoomError", "NotAnAdvisorError", "Placement", "Settlement"]

_KEY = "routing.settlement"
_MOST_AT_ONCE = 200


class Settlement:
    """What one transaction owes to the bench. Get it with `Settlement.of(work)`."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._placements: list[Placement] = []
        self._released: Counter[UUID] = Counter()
        self._released_effort: Counter[UUID] = Counter()
        self._reconsidered: set[UUID] = set()
        self._preparations: list[Callable[[], None]] = []
        self._is_due = False

    @classmethod
    def of(cls, work: Work) -> Settlement:
        """The settlement of a transaction, made when it is first needed."""
        found: Settlement | None = work.session.info.get(_KEY)
        if found is None:
            found = work.session.info[_KEY] = cls(work)
        return found

    def place(self, placement: Placement) -> None:
        """A case needs an advisor."""
        self._placements.append(placement)
        self._fall_due()

    def release(self, advisor_id: UUID, effort: int = ORDINARY_EFFORT) -> None:
        """A case is no longer work for its advisor. `effort`: what it weighed (`Case.effort`)."""
        self._released[advisor_id] += 1
        self._released_effort[advisor_id] += effort
        self._fall_due()

    def reconsider(self, advisor_id: UUID) -> None:
        """An advisor came back, or has other topics or more room."""
        self._reconsidered.add(advisor_id)
        self._fall_due()

    def prepare(self, act: Callable[[], None]) -> None:
        """Call `act` before settling; what it notes is settled along."""
        self._preparations.append(act)
        self._fall_due()

    def _fall_due(self) -> None:
        if not self._is_due:
            self._is_due = True
            self._work.at_end(self.settle)

    def settle(self) -> None:
        """Do what was noted. May be called before the end, where the outcome is needed for the answer."""
        while self._preparations:
            self._preparations.pop(0)()
        self._is_due = False
        placements, self._placements = self._placements, []
        released, self._released = self._released, Counter()
        efforts, self._released_effort = self._released_effort, Counter()
        reconsidered, self._reconsidered = self._reconsidered, set()
        if not (placements or released or reconsidered):
            return
        session = self._work.session
        holders = {one.case.advisor_id: one for one in placements if one.case.advisor_id and one.case.is_load}
        bench = _locked_bench(self._work, placements, holders.keys() | released.keys() | reconsidered)
        for advisor_id, count in released.items():
            bench.release(advisor_id, count, efforts[advisor_id])
        offices = advisors.office_advisors(session, [one.case.ubigeo for one in placements if _is_scored(one)])
        for placement in sorted(placements, key=_urgent_then_oldest):
            place(bench, placement, offices)
        freed = {advisor_id for advisor_id, one in holders.items() if not one.keeps_room}
        _fill(self._work, bench, freed | released.keys() | reconsidered)
        bench.save(session)
        passing_on.pass_on_advisors(session)


def _locked_bench(work: Work, placements: Iterable[Placement], others: Iterable[UUID]) -> Bench:
    chosen = {one.chosen_id for one in placements if one.chosen_id is not None}
    chosen |= {one.returns_to_id for one in placements if one.returns_to_id is not None}
    topics = {one.case.topic for one in placements if one.chosen_id is None}
    return Bench.locked(work.session, topics=topics, ids=chosen.union(others), now=work.now)


def _is_scored(placement: Placement) -> bool:
    return placement.chosen_id is None


def _urgent_then_oldest(placement: Placement) -> tuple[bool, bool, float]:
    case = placement.case
    return placement.chosen_id is None, not case.is_urgent, (case.waiting_since or case.submitted_at).timestamp()


def _fill(work: Work, bench: Bench, advisor_ids: Iterable[UUID]) -> None:
    """Let advisors who may have room now take what has waited longest in their topics, urgent cases first."""
    for advisor_id in sorted(set(advisor_ids)):
        seat = bench.seats.get(advisor_id)
        if seat is None or not seat.free or not seat.skills:
            continue
        waiting = advisors.lock_oldest_waiting(work.session, seat.skills, min(seat.free, _MOST_AT_ONCE))
        for case in cases.get_all(work.session, waiting):
            refill(bench, case, work, seat)
