"""Who gets which case: everything a transaction means for the load of advisors, settled in one go at its end.

Handlers and pages only note that a case needs an advisor, that an advisor got a case less, or that an advisor's
room or topics changed. The settlement then locks all advisors concerned with one statement, in one order, gives the
cases out, and lets whoever has room now take those that have waited longest. Two batches side by side therefore
never deadlock and never pass anybody's capacity.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.routing.domain.assignment import Choice, choose
from services.routing.domain.case_state import Act
from services.routing.store import advisors, cases, history
from services.routing.store.advisors import Bench, Seat
from services.routing.store.models import Case
from services.routing.use_cases import instruments
from services.routing.use_cases.topics import named, topic_of
from shared.accounts.people import Person
from shared.contracts.case import Advisor, AssignmentUnstaffed, CaseAssigned, CaseReassigned
from shared.messaging.work import Work

_KEY = "routing.settlement"
_MOST_AT_ONCE = 200


class NoRoomError(Exception):
    """The advisor somebody chose has no room left or is away; the case was not moved."""

    def __init__(self, seat: Seat) -> None:
        super().__init__(f"no room: {seat.open_count} of {seat.capacity}")
        self.seat = seat


class NotAnAdvisorError(Exception):
    """The account somebody chose takes no cases."""


@dataclass(slots=True)
class Placement:
    """A case that needs an advisor. `voice` emits its events with the origin of what happened to it."""

    case: Case
    voice: Work
    preferred_id: UUID | None = None
    chosen_id: UUID | None = None
    chosen_by: Person | None = None
    note: str = ""
    stays_if_nobody: bool = False


class Settlement:
    """What one transaction owes to the bench. Get it with `Settlement.of(work)`."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._placements: list[Placement] = []
        self._released: Counter[UUID] = Counter()
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

    def release(self, advisor_id: UUID) -> None:
        """A case is no longer work for its advisor."""
        self._released[advisor_id] += 1
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
        reconsidered, self._reconsidered = self._reconsidered, set()
        if not (placements or released or reconsidered):
            return
        session, now = self._work.session, self._work.now
        chosen = {one.chosen_id for one in placements if one.chosen_id is not None}
        holders = {one.case.advisor_id for one in placements if one.case.advisor_id is not None and one.case.is_load}
        topics = {one.case.topic for one in placements if one.chosen_id is None}
        bench = Bench.locked(session, topics=topics, ids=chosen | holders | released.keys() | reconsidered, now=now)
        for advisor_id, count in released.items():
            bench.release(advisor_id, count)
        for placement in sorted(placements, key=_urgent_then_oldest):
            _place(bench, placement)
        _fill(self._work, bench, holders | released.keys() | reconsidered)
        bench.save(session)


def _urgent_then_oldest(placement: Placement) -> tuple[bool, bool, float]:
    case = placement.case
    return placement.chosen_id is None, not case.is_urgent, (case.waiting_since or case.submitted_at).timestamp()


def _place(bench: Bench, placement: Placement) -> None:
    if placement.chosen_id is not None:
        _place_as_chosen(bench, placement, placement.chosen_id)
        return
    case, topic = placement.case, named(placement.case.topic)
    choice = choose(
        topic.es,
        topic.en,
        bench.standings(topic.code),
        placement.voice.now,
        is_urgent=case.is_urgent,
        preferred_id=placement.preferred_id,
    )
    if choice.advisor is not None:
        if not (case.is_load and choice.advisor.id == case.advisor_id):
            _give(bench, placement, choice.advisor.id, choice.reason_es, choice.reason_en)
    elif not placement.stays_if_nobody:
        _leave_waiting(placement, choice)


def _place_as_chosen(bench: Bench, placement: Placement, advisor_id: UUID) -> None:
    seat = bench.seats.get(advisor_id)
    if seat is None:
        raise NotAnAdvisorError
    case, person = placement.case, placement.chosen_by
    if case.is_load and case.advisor_id == advisor_id:
        return
    if seat.free == 0:
        raise NoRoomError(seat)
    if person is not None and person.id == advisor_id:
        es, en = f"{person.full_name} tomó el caso", f"{person.full_name} took the case"
    else:
        by = person.full_name if person is not None else "Ventanilla"
        es, en = f"A {seat.full_name}: lo decidió {by}", f"To {seat.full_name}: decided by {by}"
    note = f". {placement.note}" if placement.note else ""
    _give(bench, placement, advisor_id, es + note, en + note)


def _give(bench: Bench, placement: Placement, advisor_id: UUID, reason_es: str, reason_en: str) -> None:
    case, work = placement.case, placement.voice
    if case.is_load and case.advisor_id is not None:
        bench.release(case.advisor_id)
    previous_id, was_unstaffed_told = case.last_advisor_id, case.is_unstaffed_told
    case.undergo(Act.ASSIGN)
    bench.take(advisor_id, work.now)
    case.advisor_id = case.last_advisor_id = advisor_id
    case.assigned_at, case.waiting_since, case.is_unstaffed_told = work.now, None, False
    case.assignment_reason_es, case.assignment_reason_en = reason_es, reason_en
    case.version += 1
    seat = bench.seats[advisor_id]
    by = placement.chosen_by
    history.add(
        work.session, case, "assigned" if previous_id is None else "reassigned", work.now,
        actor_id=by.id if by else None, actor_name=by.full_name if by else "",
        advisor=seat.full_name, advisor_id=str(advisor_id), reason_es=reason_es, reason_en=reason_en,
    )  # fmt: skip
    instruments.OUTCOMES.labels("assigned", case.topic).inc()
    if previous_id is None:
        instruments.ASSIGNMENT_SECONDS.observe(max((work.now - case.submitted_at).total_seconds(), 0))
    _tell_given(work, case, seat, previous_id, was_unstaffed_told=was_unstaffed_told)


def _tell_given(work: Work, case: Case, seat: Seat, previous_id: UUID | None, *, was_unstaffed_told: bool) -> None:
    """Who gets a case back that they had before needs no new introduction, unless it was said to have nobody."""
    facts: dict[str, Any] = {
        "consultation_id": case.case_id,
        "code": case.code,
        "official_id": case.official_id,
        "subject_line": case.subject_line,
        "topic": topic_of(case.topic),
        "is_urgent": case.is_urgent,
        "advisor": Advisor(id=seat.id, full_name=seat.full_name),
        "reason": case.assignment_reason_es,
        "promised_at": case.promised_at,
        "assigned_at": work.now,
    }
    if previous_id is None:
        work.emit(CaseAssigned(**facts))
    elif previous_id != seat.id or was_unstaffed_told:
        work.emit(CaseReassigned(**facts, previous_advisor_id=previous_id))


def _leave_waiting(placement: Placement, choice: Choice) -> None:
    case, work = placement.case, placement.voice
    case.waiting_since = case.waiting_since or work.now
    case.assignment_reason_es, case.assignment_reason_en = choice.reason_es, choice.reason_en
    if case.is_unstaffed_told:
        return
    case.is_unstaffed_told = True
    history.add(work.session, case, "unstaffed", work.now, reason_es=choice.reason_es, reason_en=choice.reason_en)
    instruments.OUTCOMES.labels("unstaffed", case.topic).inc()
    work.emit(
        AssignmentUnstaffed(
            consultation_id=case.case_id,
            code=case.code,
            subject_line=case.subject_line,
            topic=topic_of(case.topic),
            reason=choice.reason_es,
            supervisor_ids=advisors.supervisor_ids(work.session),
            waiting_since=case.waiting_since,
        )
    )


def _fill(work: Work, bench: Bench, advisor_ids: Iterable[UUID]) -> None:
    """Let advisors who may have room now take what has waited longest in their topics, urgent cases first."""
    for advisor_id in sorted(set(advisor_ids)):
        seat = bench.seats.get(advisor_id)
        if seat is None or not seat.free or not seat.skills:
            continue
        waiting = advisors.lock_oldest_waiting(work.session, seat.skills, min(seat.free, _MOST_AT_ONCE))
        for case in cases.get_all(work.session, waiting):
            topic = named(case.topic)
            choice = choose(topic.es, topic.en, [seat.standing(topic.code)], work.now, is_urgent=case.is_urgent)
            if choice.advisor is not None:
                _give(bench, Placement(case, work), advisor_id, choice.reason_es, choice.reason_en)
