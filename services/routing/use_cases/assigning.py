"""Assignment by people, the next case for whoever asks, and the regular look at who still waits."""

from __future__ import annotations

from uuid import UUID

from services.routing.domain.case_state import Act, ImpossibleActError, is_possible, transition
from services.routing.store import advisors, cases
from services.routing.store.cases import SEES_ALL
from services.routing.store.models import Case, CaseNote
from services.routing.use_cases.acting import NotInChargeError, case_for
from services.routing.use_cases.settlement import Placement, Settlement
from services.routing.use_cases.sorting import reclassify
from shared.accounts import audit
from shared.accounts.people import Person
from shared.ids import new_id
from shared.messaging.work import Work

_MOST_AT_ONCE = 500


class NoteRequiredError(ValueError):
    """A transfer to somebody else needs a hand-over note, and a supervisor's decision a reason."""


class NothingWaitsError(LookupError):
    """No case of the advisor's topics waits for anybody."""


def assign(
    work: Work, code: str, person: Person, *, version: int, advisor_id: UUID | None = None, note: str = ""
) -> Case:
    """Give a case to an advisor; to oneself when `advisor_id` is None.

    Advisors take cases from triage or the pool, and hand their own on with a note; supervisors decide who gets which,
    with a reason. Capacity and leave bind everybody.

    :raises CaseNotFoundError, StaleVersionError, NotInChargeError, NoteRequiredError, ImpossibleActError,
        NoRoomError, NotAnAdvisorError: nothing changed.
    """
    case = case_for(work, code, person, version=version)
    chosen_id = advisor_id or person.id
    transition(case.standing, Act.ASSIGN)
    if person.role not in SEES_ALL:
        if case.is_load and case.advisor_id != person.id:
            raise NotInChargeError
        if not case.is_load and chosen_id != person.id:
            raise NotInChargeError
    is_override = person.role in SEES_ALL and chosen_id != person.id
    if not note and (is_override or (case.is_load and chosen_id not in (case.advisor_id, person.id))):
        raise NoteRequiredError
    if case.needs_triage:
        reclassify(work, case, person, topic=case.topic)
    if note:
        work.session.add(
            CaseNote(
                note_id=new_id(), case_id=case.case_id, author_id=person.id, author_name=person.full_name,
                body=note, at=work.now,
            )
        )  # fmt: skip
    if is_override:
        given = {"from": str(case.advisor_id) if case.advisor_id else None, "to": str(chosen_id)}
        audit.append(work.session, person, "assignment.overridden", f"case:{case.code}", given)
    settlement = Settlement.of(work)
    settlement.place(Placement(case, work, chosen_id=chosen_id, chosen_by=person, note=note))
    settlement.settle()
    return case


def take_next(work: Work, person: Person) -> Case:
    """Give an advisor the case that waits longest in their topics, urgent ones first, even if none are sent to them.

    Side by side, two advisors get two cases: one that another transaction holds is passed over.

    :raises NothingWaitsError: none waits. NotAnAdvisorError: the account takes no cases.
    :raises NoRoomError: the person has no room, or is on leave.
    """
    topics = advisors.topics_of(work.session, person.id)
    waiting = advisors.lock_oldest_waiting(work.session, topics, 1) if topics else []
    if not waiting:
        raise NothingWaitsError
    case = cases.get_all(work.session, waiting)[0]
    settlement = Settlement.of(work)
    settlement.place(Placement(case, work, chosen_id=person.id, chosen_by=person))
    settlement.settle()
    return case


def assign_waiting(work: Work, *, most: int = _MOST_AT_ONCE) -> int:
    """Look again at the cases that wait for an advisor: a leave ended, or an event crossed another on its way.

    Run by the clock; each freed place is filled at once elsewhere, this is the net below. Any number may run side by
    side. Takes `most` at a time, those that waited longest and urgent ones first; returns how many found somebody.
    """
    topics = advisors.waiting_topics(work.session)
    if not topics:
        return 0
    waiting = advisors.lock_oldest_waiting(work.session, topics, most)
    settlement = Settlement.of(work)
    placements = [
        Placement(case, work, preferred_id=case.last_advisor_id) for case in cases.get_all(work.session, waiting)
    ]
    for placement in placements:
        settlement.place(placement)
    settlement.settle()
    return sum(placement.is_placed for placement in placements)


def look_again(work: Work) -> None:
    """`assign_waiting` as a job of the clock."""
    assign_waiting(work)


def may_assign(case: Case) -> bool:
    """Whether pages offer to assign the case."""
    return is_possible(case.standing, Act.ASSIGN)


__all__ = [
    "ImpossibleActError", "NoteRequiredError", "NothingWaitsError",
    "assign", "assign_waiting", "look_again", "may_assign", "take_next",
]  # fmt: skip
