"""Untouched cases go on to somebody else once; advisors take the next case, each another; supervisors give a reason."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest

from services.routing.use_cases import assigning, idling, notes, staff
from services.routing.use_cases.assigning import NoteRequiredError, NothingWaitsError
from services.routing.use_cases.settlement import NoRoomError
from services.routing.use_cases.staff import AdvisorChange
from shared.accounts.people import Person
from shared.contracts.case import CaseEscalated, CaseReassigned
from tests.support.background import in_background
from tests.support.routing_desk import Desk

pytestmark = pytest.mark.integration


def let_it_lie(desk: Desk, case_id: UUID) -> None:
    """As if the limit had passed."""
    desk.run("UPDATE casefile SET idle_at = clock_timestamp() - interval '1 second' WHERE case_id = :id", id=case_id)


def look(desk: Desk) -> None:
    with desk.work() as work:
        idling.return_idle(work)


def test_an_untouched_case_goes_to_somebody_else_once(desk: Desk) -> None:
    rosa = desk.advisor("Rosa Huamán", presupuesto=3)
    luis = desk.advisor("Luis Paredes", presupuesto=1)
    sent = desk.submit()
    assert desk.case(sent.consultation_id).advisor_id == rosa.id
    let_it_lie(desk, sent.consultation_id)
    with in_background(*[lambda: look(desk) for _ in range(4)]):
        pass
    case = desk.case(sent.consultation_id)
    assert case.advisor_id == luis.id
    assert case.assignment_reason_es.startswith("Rosa Huamán lo tuvo 16 h de trabajo sin atenderlo. A Luis Paredes")
    assert "Rosa Huamán: lo tuvo sin atender" in case.assignment_reason_es
    assert len(desk.events(sent.consultation_id, CaseReassigned)) == 1
    desk.assert_loads_are_true()


def test_a_case_somebody_works_on_stays(desk: Desk) -> None:
    rosa = desk.advisor("Rosa Huamán", presupuesto=3)
    desk.advisor("Luis Paredes", presupuesto=1)
    sent = desk.submit()
    with desk.work() as work:
        notes.add_note(work, sent.code, rosa, version=desk.case(sent.consultation_id).version, body="Busco la norma.")
    let_it_lie(desk, sent.consultation_id)
    look(desk)
    look(desk)
    case = desk.case(sent.consultation_id)
    assert (case.advisor_id, case.idle_at) == (rosa.id, None)


def test_an_untouched_case_nobody_else_can_take_stays_and_supervisors_are_told_once(desk: Desk) -> None:
    desk.supervisor()
    rosa = desk.advisor("Rosa Huamán")
    sent = desk.submit()
    let_it_lie(desk, sent.consultation_id)
    look(desk)
    look(desk)
    assert desk.case(sent.consultation_id).advisor_id == rosa.id
    assert [one.cause for one in desk.events(sent.consultation_id, CaseEscalated)] == [idling.IDLE_CAUSE]
    desk.assert_loads_are_true()


def test_the_limit_is_working_time_and_shorter_when_urgent(desk: Desk) -> None:
    desk.advisor()
    plain, urgent = desk.submit(), desk.submit()
    desk.run("UPDATE casefile SET is_urgent = true WHERE case_id = :id", id=urgent.consultation_id)
    luis = desk.advisor("Luis Paredes")
    supervisor = desk.supervisor()
    for one in (plain, urgent):
        with desk.work() as work:
            version = desk.case(one.consultation_id).version
            assigning.assign(work, one.code, supervisor, version=version, advisor_id=luis.id, note="Le toca.")
    limits = [desk.case(one.consultation_id).idle_at for one in (plain, urgent)]
    assert limits == sorted(limits, reverse=True)
    assert len(set(limits)) == 2


def test_the_next_case_is_the_oldest_and_urgent_ones_come_first(desk: Desk) -> None:
    rosa = desk.advisor(capacity=8)
    with desk.work() as work:
        staff.change_advisor(work, rosa.id, AdvisorChange(is_available=False))
    sent = [desk.submit() for _ in range(3)]
    desk.run("UPDATE casefile SET is_urgent = true WHERE case_id = :id", id=sent[2].consultation_id)
    taken = []
    for _ in range(3):
        with desk.work() as work:
            taken.append(assigning.take_next(work, rosa).case_id)
    assert taken == [sent[2].consultation_id, sent[0].consultation_id, sent[1].consultation_id]
    with desk.work() as work, pytest.raises(NothingWaitsError):
        assigning.take_next(work, rosa)
    desk.assert_loads_are_true()


def test_advisors_who_ask_at_once_get_different_cases(desk: Desk) -> None:
    people = [desk.advisor(f"Asesora {number}") for number in range(4)]
    for person in people:
        with desk.work() as work:
            staff.change_advisor(work, person.id, AdvisorChange(is_available=False))
    for _ in range(8):
        desk.submit()

    def take(person: Person) -> Callable[[], None]:
        def run() -> None:
            for _ in range(2):
                with desk.work() as work:
                    assigning.take_next(work, person)

        return run

    with in_background(*[take(person) for person in people]):
        pass
    counts = [row.open_count for row in desk.rows("SELECT open_count FROM advisor")]
    assert counts == [2, 2, 2, 2]
    desk.assert_loads_are_true()


def test_nobody_takes_more_than_fits(desk: Desk) -> None:
    rosa = desk.advisor(capacity=1)
    desk.submit()
    desk.submit()
    with desk.work() as work, pytest.raises(NoRoomError):
        assigning.take_next(work, rosa)


def test_a_supervisor_s_decision_needs_a_reason_and_room(desk: Desk) -> None:
    rosa = desk.advisor("Rosa Huamán", capacity=1)
    sent, other = desk.submit(), desk.submit()
    luis, supervisor = desk.advisor("Luis Paredes", capacity=5), desk.supervisor()
    assert desk.case(other.consultation_id).advisor_id == luis.id
    version = desk.case(sent.consultation_id).version
    with desk.work() as work, pytest.raises(NoteRequiredError):
        assigning.assign(work, sent.code, supervisor, version=version, advisor_id=luis.id)
    with desk.work() as work:
        assigning.assign(work, sent.code, supervisor, version=version, advisor_id=luis.id, note="Sabe de esta obra.")
    assert desk.case(sent.consultation_id).assignment_reason_es.endswith(
        "lo decidió Elena Quiñones. Sabe de esta obra."
    )
    third = desk.submit()
    assert desk.case(third.consultation_id).advisor_id == rosa.id
    fourth = desk.submit()
    version = desk.case(fourth.consultation_id).version
    with desk.work() as work, pytest.raises(NoRoomError):
        assigning.assign(work, fourth.code, supervisor, version=version, advisor_id=rosa.id, note="Igual.")
