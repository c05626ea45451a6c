"""One case and its advisor: the choice, the change of the case, the line in its log, and the events that tell of it.

Called by the settlement alone, with the bench locked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from services.routing.domain.assignment import Choice, Need, Standing, choose
from services.routing.domain.assignment_reason import reasons_of
from services.routing.domain.case_state import Act, CaseState, is_possible
from services.routing.store import advisors, history
from services.routing.store.advisors import Bench, Seat
from services.routing.store.assignment_source import assignment_rules
from services.routing.store.models import Case
from services.routing.use_cases import instruments, passing_on
from services.routing.use_cases.topics import named, topic_of
from shared.accounts.people import Person
from shared.contracts.case import Advisor, AssignmentUnstaffed, CaseAssigned, CaseReassigned
from shared.messaging.work import Work


class NoRoomError(Exception):
    """The advisor somebody chose has no room left or is away; the case was not moved."""

    def __init__(self, seat: Seat) -> None:
        super().__init__(f"no room: {seat.open_count} of {seat.capacity}")
        self.seat = seat


class NotAnAdvisorError(Exception):
    """The account somebody chose takes no cases."""


class How(StrEnum):
    """What brought a case to its advisor; kept in its log for the fairness report."""

    SCORED = "scored"
    """The best of those eligible."""
    REFILLED = "refilled"
    """It had waited longest when the advisor had room again."""
    TAKEN = "taken"
    """The advisor took it: by name, or as the next that waits."""
    CHOSEN = "chosen"
    """A person decided it."""
    LEAVE = "leave"
    """Whoever had it went on leave, or left."""
    IDLE = "idle"
    """Whoever had it left it untouched."""
    REBALANCED = "rebalanced"
    """A supervisor spread the whole backlog anew."""


@dataclass(slots=True)
class Placement:
    """A case that needs an advisor. `voice` emits its events with the origin of what happened to it.

    - `preferred_id`: who knows the case; `excluded_id`: who must not get it; `chosen_id`: who gets it, no choice.
    - `returns_to_id`: who had it before an act that is undone; they get it back if they have room.
    - `cause_es`, `cause_en`: said before the reason, when the case comes from somebody else.
    - `stays_if_nobody`: nothing changes when nobody is eligible; else it waits without an advisor.
    - `keeps_room`: the room it leaves behind is not filled at once.
    - `is_optional`: who was chosen and has no room any more does not get it, and nothing else happens.
    - `is_placed`: afterwards, whether it went to somebody.
    """

    case: Case
    voice: Work
    preferred_id: UUID | None = None
    excluded_id: UUID | None = None
    returns_to_id: UUID | None = None
    chosen_id: UUID | None = None
    chosen_by: Person | None = None
    note: str = ""
    cause_es: str = ""
    cause_en: str = ""
    how: How = How.SCORED
    stays_if_nobody: bool = False
    keeps_room: bool = False
    is_optional: bool = False
    is_placed: bool = False


def place(bench: Bench, placement: Placement, offices: Mapping[str, UUID]) -> None:
    """Give a case to whom it suits best, or to whom a person chose; leave it waiting when nobody is eligible."""
    if placement.chosen_id is not None:
        _place_as_chosen(bench, placement, placement.chosen_id)
        return
    former = bench.seats.get(placement.returns_to_id) if placement.returns_to_id is not None else None
    if former is not None and former.free:
        placement.how = How.CHOSEN
        es, en = f"Vuelve a {former.full_name}, que ya tenía el caso", f"Back to {former.full_name}, who had the case"
        _give(bench, placement, former.id, es, en)
        return
    case, now = placement.case, placement.voice.now
    need = need_of(placement, offices)
    standings = bench.standings(case.topic)
    choice = choose(need, standings, now, assignment_rules())
    reason_es, reason_en = reasons_of(choice, need, standings, now)
    if choice.advisor is not None:
        if not (case.is_load and choice.advisor.id == case.advisor_id):
            _give(bench, placement, choice.advisor.id, reason_es, reason_en, choice)
    elif not placement.stays_if_nobody:
        _leave_waiting(bench, placement, choice, reason_es, reason_en)


def need_of(placement: Placement, offices: Mapping[str, UUID]) -> Need:
    """What a case asks of an advisor. `offices`: who handled the last case of each office."""
    case = placement.case
    topic = named(case.topic)
    return Need(
        topic_es=topic.es,
        topic_en=topic.en,
        is_urgent=case.is_urgent,
        due_at=case.next_due_at,
        language=case.language,
        preferred_id=placement.preferred_id,
        office_id=offices.get(case.ubigeo),
        excluded_id=placement.excluded_id,
    )


def refill(bench: Bench, case: Case, work: Work, seat: Seat) -> None:
    """Let an advisor with room take a case that waited; nothing happens when the room is gone."""
    placement = Placement(case, work, how=How.REFILLED)
    need, standings = need_of(placement, {}), [seat.standing(case.topic)]
    choice = choose(need, standings, work.now, assignment_rules())
    if choice.advisor is not None:
        _give(bench, placement, seat.id, *reasons_of(choice, need, standings, work.now), choice)


def _place_as_chosen(bench: Bench, placement: Placement, advisor_id: UUID) -> None:
    seat = bench.seats.get(advisor_id)
    if seat is None:
        raise NotAnAdvisorError
    case, person = placement.case, placement.chosen_by
    if case.is_load and case.advisor_id == advisor_id:
        return
    is_own = person is not None and person.id == advisor_id
    if (seat.room if is_own else seat.free) == 0:
        if placement.is_optional:
            return
        raise NoRoomError(seat)
    if is_own:
        es, en = f"{seat.full_name} tomó el caso", f"{seat.full_name} took the case"
    else:
        by = person.full_name if person is not None else "Ventanilla"
        es, en = f"A {seat.full_name}: lo decidió {by}", f"To {seat.full_name}: decided by {by}"
    note = f". {placement.note}" if placement.note else ""
    if placement.how is How.SCORED:
        placement.how = How.TAKEN if is_own else How.CHOSEN
    _give(bench, placement, advisor_id, es + note, en + note)


def _give(
    bench: Bench, placement: Placement, advisor_id: UUID, reason_es: str, reason_en: str, choice: Choice | None = None
) -> None:
    case, work = placement.case, placement.voice
    if case.is_load and case.advisor_id is not None:
        bench.release(case.advisor_id, 1, case.effort)
    previous_id, was_unstaffed_told = case.last_advisor_id, case.is_unstaffed_told
    case.undergo(Act.ASSIGN)
    rules = assignment_rules()
    case.effort = rules.effort_of(case.kind, case.topic, is_urgent=case.is_urgent)
    bench.take(advisor_id, work.now, case.effort)
    seat = bench.seats[advisor_id]
    case.advisor_id = case.last_advisor_id = advisor_id
    case.assigned_at, case.waiting_since, case.is_unstaffed_told = work.now, None, False
    is_working = case.state == CaseState.ASSIGNED
    case.idle_at = seat.after_work(rules.idle_limit_seconds(is_urgent=case.is_urgent)) if is_working else None
    case.assignment_reason_es = placement.cause_es + reason_es
    case.assignment_reason_en = placement.cause_en + reason_en
    case.version += 1
    placement.is_placed = True
    by = placement.chosen_by
    history.add(
        work.session, case, "assigned" if previous_id is None else "reassigned", work.now,
        actor_id=by.id if by else None, actor_name=by.full_name if by else "",
        advisor=seat.full_name, advisor_id=str(advisor_id), reason_es=case.assignment_reason_es,
        reason_en=case.assignment_reason_en, **_kept(placement, choice),
    )  # fmt: skip
    instruments.OUTCOMES.labels("assigned", case.topic).inc()
    if previous_id is None:
        instruments.ASSIGNMENT_SECONDS.observe(max((work.now - case.submitted_at).total_seconds(), 0))
    _tell_given(work, case, seat, previous_id, was_unstaffed_told=was_unstaffed_told)


def _kept(placement: Placement, choice: Choice | None) -> dict[str, Any]:
    """What the log keeps of a choice, for the fairness report and for whoever disputes it."""
    case = placement.case
    kept: dict[str, Any] = {"how": str(placement.how), "topic": case.topic, "effort": case.effort}
    if placement.note:
        kept["handover"] = placement.note
    if choice is not None:
        kept["points"] = dict(choice.points)
        kept["eligible"] = choice.eligible_count
        if choice.skips:
            kept["skips"] = {str(one): str(why) for one, why in choice.skips.items()}
    return kept


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
    event: CaseAssigned | CaseReassigned
    if previous_id is None:
        event = CaseAssigned(**facts)
    elif previous_id != seat.id or was_unstaffed_told:
        event = CaseReassigned(**facts, previous_advisor_id=previous_id)
    else:
        return
    work.emit(event)
    passing_on.note_advisor(work, event)


def _leave_waiting(bench: Bench, placement: Placement, choice: Choice, reason_es: str, reason_en: str) -> None:
    case, work = placement.case, placement.voice
    if case.is_load:
        if not is_possible(case.standing, Act.RETURN):
            return  # paused for the official: nothing is owed now, and it keeps its advisor
        _return(bench, case)
    case.waiting_since = case.waiting_since or work.now
    case.assignment_reason_es = placement.cause_es + reason_es
    case.assignment_reason_en = placement.cause_en + reason_en
    if case.is_unstaffed_told:
        return
    case.is_unstaffed_told = True
    history.add(
        work.session, case, "unstaffed", work.now, reason_es=case.assignment_reason_es,
        reason_en=case.assignment_reason_en, **_kept(placement, choice),
    )  # fmt: skip
    instruments.OUTCOMES.labels("unstaffed", case.topic).inc()
    work.emit(
        AssignmentUnstaffed(
            consultation_id=case.case_id,
            code=case.code,
            subject_line=case.subject_line,
            topic=topic_of(case.topic),
            reason=case.assignment_reason_es,
            supervisor_ids=advisors.supervisor_ids(work.session),
            waiting_since=case.waiting_since,
        )
    )


def _return(bench: Bench, case: Case) -> None:
    """Take a case from its advisor; it waits without one."""
    if case.advisor_id is not None:
        bench.release(case.advisor_id, 1, case.effort)
    case.undergo(Act.RETURN)
    case.advisor_id = case.assigned_at = case.idle_at = None
    case.version += 1


__all__ = ["How", "NoRoomError", "NotAnAdvisorError", "Placement", "Standing", "need_of", "place", "refill"]
