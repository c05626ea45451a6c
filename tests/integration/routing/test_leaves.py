"""Leaves hand cases over once, planned ones are respected, and whoever comes back is eligible again."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.routing.store.staff_models import AdvisorLeave
from services.routing.use_cases import answering, leaves, staff, staff_accounts
from services.routing.use_cases.leaves import LeaveKind, LeaveOverError, LeaveRefusedError
from shared.accounts.people import Person
from shared.contracts.case import AssignmentUnstaffed, CaseReassigned
from tests.support.routing_desk import Desk

pytestmark = pytest.mark.integration

LIMA = ZoneInfo("America/Lima")
DAY = timedelta(days=1)


def today() -> date:
    return datetime.now(LIMA).date()


def enter(desk: Desk, person: Person, first: date, last: date, by: Person | None = None) -> AdvisorLeave:
    with desk.work() as work:
        return leaves.enter(work, person.id, starts_on=first, ends_on=last, kind=LeaveKind.VACATION, by=by)


def test_a_leave_that_begins_hands_the_open_cases_over_once_with_the_reason(desk: Desk) -> None:
    rosa = desk.advisor("Rosa Huamán")
    sent = [desk.submit() for _ in range(3)]
    luis = desk.advisor("Luis Paredes")
    enter(desk, rosa, today(), today() + DAY)

    assert desk.tick() >= 1
    desk.tick()

    for one in sent:
        case = desk.case(one.consultation_id)
        assert case.advisor_id == luis.id
        assert case.assignment_reason_es.startswith("Por licencia de Rosa Huamán hasta el ")
        assert len(desk.events(one.consultation_id, CaseReassigned)) == 1
    desk.assert_loads_are_true()


def test_a_leave_ahead_changes_nothing_until_its_first_day_begins(desk: Desk) -> None:
    rosa = desk.advisor("Rosa Huamán")
    desk.advisor("Luis Paredes", presupuesto=1)
    sent = desk.submit()
    assert desk.case(sent.consultation_id).advisor_id == rosa.id
    leave = enter(desk, rosa, today() + 30 * DAY, today() + 31 * DAY)
    desk.tick()
    assert desk.case(sent.consultation_id).advisor_id == rosa.id
    due = desk.rows("SELECT name, due_at FROM timer WHERE subject = :id ORDER BY name", id=leave.leave_id)
    assert [(row.name, row.due_at.astimezone(LIMA).isoformat()[:19]) for row in due] == [
        ("leave.begin", f"{today() + 30 * DAY}T00:00:00"),
        ("leave.end", f"{today() + 32 * DAY}T00:00:00"),
    ]


def test_two_clocks_hand_over_once(desk: Desk) -> None:
    rosa = desk.advisor("Rosa Huamán")
    sent = desk.submit()
    luis = desk.advisor("Luis Paredes")
    leave = enter(desk, rosa, today(), today())
    desk.tick()
    desk.run("UPDATE timer SET state = 'armed', attempts = 0, try_at = now() WHERE subject = :id", id=leave.leave_id)
    desk.run(
        "UPDATE timer SET due_at = now() + interval '1 day', try_at = now() + interval '1 day' WHERE name = 'leave.end'"
    )
    desk.tick()
    with desk.work() as work:
        leaves.watch(work)
        leaves.hand_over_absent(work)
    assert desk.case(sent.consultation_id).advisor_id == luis.id
    assert len(desk.events(sent.consultation_id, CaseReassigned)) == 1


def test_a_case_nobody_else_can_take_goes_to_the_pool_loudly_and_comes_back_when_the_leave_ends(desk: Desk) -> None:
    supervisor = desk.supervisor()
    rosa = desk.advisor("Rosa Huamán")
    sent = desk.submit()
    leave = enter(desk, rosa, today(), today(), by=supervisor)
    desk.tick()
    case = desk.case(sent.consultation_id)
    assert (case.state, case.advisor_id) == ("unstaffed", None)
    (told,) = desk.events(sent.consultation_id, AssignmentUnstaffed)
    assert told.supervisor_ids == (supervisor.id,)
    assert "Por licencia de Rosa Huamán" in told.reason
    desk.assert_loads_are_true()

    desk.run(
        "UPDATE advisor_leave SET starts_on = starts_on - 5, ends_on = ends_on - 5 WHERE leave_id = :id",
        id=leave.leave_id,
    )
    desk.run("UPDATE timer SET due_at = now(), try_at = now() WHERE name = 'leave.end'")
    desk.tick()
    assert desk.case(sent.consultation_id).advisor_id == rosa.id
    desk.assert_loads_are_true()


def test_a_case_that_waits_for_its_official_is_handed_over_too_or_stays_when_nobody_can_take_it(desk: Desk) -> None:
    rosa = desk.advisor("Rosa Huamán")
    sent = desk.submit()
    with desk.work() as work:
        answering.ask_for_clarification(
            work, sent.code, rosa, version=desk.case(sent.consultation_id).version, body="¿Año?"
        )
    enter(desk, rosa, today(), today() + DAY)
    desk.tick()
    assert (desk.case(sent.consultation_id).state, desk.case(sent.consultation_id).advisor_id) == ("waiting", rosa.id)

    luis = desk.advisor("Luis Paredes")
    with desk.work() as work:
        leaves.hand_over_absent(work)
    assert (desk.case(sent.consultation_id).state, desk.case(sent.consultation_id).advisor_id) == ("waiting", luis.id)
    desk.assert_loads_are_true()


def test_what_the_official_writes_to_somebody_absent_finds_another_advisor_within_a_look_of_the_clock(
    desk: Desk,
) -> None:
    rosa = desk.advisor("Rosa Huamán")
    sent = desk.submit()
    with desk.work() as work:
        answering.ask_for_clarification(
            work, sent.code, rosa, version=desk.case(sent.consultation_id).version, body="¿Año?"
        )
    enter(desk, rosa, today(), today() + DAY)
    desk.tick()
    desk.clarify(sent.consultation_id)
    with desk.work() as work:
        leaves.hand_over_absent(work)
    assert desk.case(sent.consultation_id).state == "unstaffed"
    assert len(desk.events(sent.consultation_id, AssignmentUnstaffed)) == 1


def test_who_leaves_before_the_deadline_gets_a_case_only_when_nobody_else_can_have_it(desk: Desk) -> None:
    rosa = desk.advisor("Rosa Huamán", presupuesto=3)
    luis = desk.advisor("Luis Paredes", presupuesto=1)
    enter(desk, rosa, today() + DAY, today() + 20 * DAY)
    first = desk.submit()
    case = desk.case(first.consultation_id)
    assert case.advisor_id == luis.id
    assert "Rosa Huamán: sale de licencia antes del plazo" in case.assignment_reason_es
    desk.run("UPDATE advisor SET capacity = open_count WHERE account_id = :id", id=luis.id)
    second = desk.submit()
    assert desk.case(second.consultation_id).advisor_id == rosa.id
    assert "nadie disponible llega al plazo" in desk.case(second.consultation_id).assignment_reason_es


def test_an_account_that_was_closed_keeps_no_case(desk: Desk) -> None:
    rosa = desk.advisor("Rosa Huamán")
    sent = desk.submit()
    luis = desk.advisor("Luis Paredes")
    with desk.work() as work:
        staff.rename(work, rosa, full_name=rosa.full_name, phone=None, is_active=False)
    with desk.work() as work:
        leaves.hand_over_absent(work)
    case = desk.case(sent.consultation_id)
    assert case.advisor_id == luis.id
    assert case.assignment_reason_es.startswith("Rosa Huamán ya no atiende en la mesa. A Luis Paredes")


def test_closing_an_account_hands_its_cases_on_at_once_and_opening_it_again_takes_what_waits(desk: Desk) -> None:
    rosa, admin = desk.advisor("Rosa Huamán"), desk.colleague("Julia Espinoza", "admin")
    first, second = desk.submit(), desk.submit()
    luis = desk.advisor("Luis Paredes", capacity=1)
    with desk.work() as work:
        staff_accounts.set_active(work, admin, rosa.id, is_active=False)
    moved = {desk.case(one.consultation_id).advisor_id for one in (first, second)}
    assert moved == {luis.id, None}, "one fits, the other waits without anybody"
    waiting = next(one for one in (first, second) if desk.case(one.consultation_id).advisor_id is None)
    gone = first if waiting is second else second
    [told] = desk.events(gone.consultation_id, CaseReassigned)
    assert (told.previous_advisor_id, told.advisor.id) == (rosa.id, luis.id)
    assert told.reason.startswith("Rosa Huamán ya no atiende en la mesa.")
    assert len(desk.events(waiting.consultation_id, AssignmentUnstaffed)) == 1
    with desk.work() as work:
        staff_accounts.set_active(work, admin, rosa.id, is_active=True)
    assert desk.case(waiting.consultation_id).advisor_id == rosa.id
    desk.assert_loads_are_true()


def test_a_cancelled_leave_makes_eligible_again_and_begins_no_more(desk: Desk) -> None:
    rosa = desk.advisor("Rosa Huamán")
    leave = enter(desk, rosa, today(), today() + DAY)
    sent = desk.submit()
    assert desk.case(sent.consultation_id).state == "unstaffed"
    with desk.work() as work:
        leaves.cancel(work, leave.leave_id)
    assert desk.case(sent.consultation_id).advisor_id == rosa.id
    assert desk.tick() == 0
    with desk.work() as work, pytest.raises(LeaveOverError):
        leaves.cancel(work, leave.leave_id)


@pytest.mark.parametrize(
    ("first", "last", "cause"), [(-3, -1, "past"), (2, 1, "order"), (0, 400, "long"), (5, 9, "overlap")]
)
def test_a_leave_that_cannot_be_is_refused(desk: Desk, first: int, last: int, cause: str) -> None:
    rosa = desk.advisor()
    enter(desk, rosa, today() + 7 * DAY, today() + 8 * DAY)
    with pytest.raises(LeaveRefusedError) as refused:
        enter(desk, rosa, today() + first * DAY, today() + last * DAY)
    assert refused.value.cause == cause
