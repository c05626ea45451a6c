"""What officials do after sending, in every order in which it may arrive."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.routing.use_cases import answering, closing
from shared.accounts.people import Person
from shared.contracts.case import CaseClarified, CaseClosed, CaseReassigned, CaseRescheduled
from shared.contracts.consultation import ConsultationClarified, ConsultationWithdrawn
from shared.contracts.official import OfficialRegistered, OfficialUpdated
from shared.ids import new_id
from tests.support.events import an_event
from tests.support.routing_desk import Desk

pytestmark = pytest.mark.integration


def answer(desk: Desk, code: str, person: Person, case_id: object) -> None:
    with desk.work() as work:
        answering.answer(work, code, person, version=desk.case(case_id).version, body="Así se hace.")  # type: ignore[arg-type]  # a UUID


def test_a_message_before_its_consultation_waits_for_it(desk: Desk) -> None:
    desk.advisor()
    event = desk.a_consultation()
    desk.clarify(event.consultation_id, "Olvidé decir…")
    assert desk.rows("SELECT status FROM inbox")[0].status == "waiting"
    desk.deliver(event)
    desk.run("UPDATE inbox SET next_at = clock_timestamp() WHERE status = 'waiting'")
    desk.consumer.sweep()
    assert [row.status for row in desk.rows("SELECT status FROM inbox")] == ["applied", "applied"]
    assert desk.rows("SELECT body FROM case_message")[0].body == "Olvidé decir…"


def test_consultation_message_and_withdrawal_in_one_batch_are_handled_in_turn(desk: Desk) -> None:
    desk.advisor()
    event = desk.a_consultation()
    message = an_event(ConsultationClarified, consultation_id=event.consultation_id, message_id=new_id())
    withdrawal = an_event(ConsultationWithdrawn, consultation_id=event.consultation_id)
    desk.deliver(event, message, withdrawal, sequence=1)
    assert desk.case(event.consultation_id).state == "closed"
    assert desk.types(event.consultation_id)[-1] == "case.closed"
    desk.assert_loads_are_true()


def test_a_withdrawn_case_frees_the_advisor_for_the_oldest_that_waits(desk: Desk) -> None:
    desk.advisor(capacity=1)
    first, second, third = desk.submit(), desk.submit(), desk.submit()
    assert [desk.case(one.consultation_id).state for one in (first, second, third)] == [
        "assigned", "unstaffed", "unstaffed",
    ]  # fmt: skip
    desk.withdraw(first.consultation_id)
    assert desk.case(second.consultation_id).state == "assigned"
    assert desk.case(third.consultation_id).state == "unstaffed"
    [closed] = desk.events(first.consultation_id, CaseClosed)
    assert closed.outcome == "withdrawn"
    desk.assert_loads_are_true()


def test_a_case_that_nobody_had_room_for_is_told_as_given_even_to_who_had_it_before(desk: Desk) -> None:
    rosa = desk.advisor("Rosa", capacity=1)
    first, second = desk.submit(), desk.submit()
    answer(desk, first.code, rosa, first.consultation_id)
    assert desk.case(second.consultation_id).state == "assigned"  # the freed place went to it
    desk.clarify(first.consultation_id, "Gracias, ¿y si ya venció?")
    assert desk.types(first.consultation_id)[-1] == "assignment.unstaffed"
    desk.withdraw(second.consultation_id)
    assert desk.case(first.consultation_id).state == "assigned"
    [given] = desk.events(first.consultation_id, CaseReassigned)
    assert (given.advisor.id, given.previous_advisor_id) == (rosa.id, rosa.id)


def test_a_message_after_the_answer_returns_the_case_to_who_answered(desk: Desk) -> None:
    rosa = desk.advisor("Rosa")
    desk.advisor("Ana", presupuesto=3)
    sent = desk.submit(body=desk.a_consultation().body)
    holder = desk.case(sent.consultation_id).advisor_id
    assert holder is not None
    person = next(one for one in (rosa, *_everybody(desk)) if one.id == holder)
    answer(desk, sent.code, person, sent.consultation_id)
    desk.clarify(sent.consultation_id, "Gracias, ¿y si ya venció?")
    case = desk.case(sent.consultation_id)
    assert (case.state, case.advisor_id) == ("assigned", holder)
    assert "ya conoce el caso" in case.assignment_reason_es
    assert case.promised_at is not None
    assert desk.events(sent.consultation_id, CaseReassigned) == []
    [told] = desk.events(sent.consultation_id, CaseClarified)
    assert told.advisor_id == holder
    [moved] = desk.events(sent.consultation_id, CaseRescheduled)
    assert (moved.reason, moved.promised_at) == ("reopened", case.promised_at)
    desk.assert_loads_are_true()


def test_a_reopened_case_goes_to_another_when_who_answered_has_no_room(desk: Desk) -> None:
    rosa = desk.advisor("Rosa", capacity=1)
    sent = desk.submit()
    answer(desk, sent.code, rosa, sent.consultation_id)
    desk.submit()  # takes Rosa's only place
    ana = desk.advisor("Ana")
    desk.reopen(sent.consultation_id)
    case = desk.case(sent.consultation_id)
    assert (case.state, case.advisor_id) == ("assigned", ana.id)
    [moved] = desk.events(sent.consultation_id, CaseReassigned)
    assert (moved.previous_advisor_id, moved.advisor.full_name) == (rosa.id, "Ana")
    desk.assert_loads_are_true()


def test_a_case_closed_in_triage_and_reopened_is_in_triage_again(desk: Desk) -> None:
    boss = desk.supervisor()
    sent = desk.submit("fuera_de_alcance")
    with desk.work() as work:
        closing.close(work, sent.code, boss, version=1, outcome="out_of_scope", note="No es una consulta.")
    desk.reopen(sent.consultation_id)
    case = desk.case(sent.consultation_id)
    assert (case.state, case.outcome, case.ended_at) == ("triage", None, None)
    assert case.promised_at is not None


def test_an_old_withdrawal_does_not_undo_a_newer_reopening(desk: Desk) -> None:
    rosa = desk.advisor()
    sent = desk.submit()
    answer(desk, sent.code, rosa, sent.consultation_id)
    desk.reopen(sent.consultation_id, sequence=4)
    desk.withdraw(sent.consultation_id, sequence=3)
    assert desk.case(sent.consultation_id).state == "assigned"


def test_a_message_to_a_closed_case_is_kept_and_moves_nothing(desk: Desk) -> None:
    rosa = desk.advisor()
    sent = desk.submit()
    answer(desk, sent.code, rosa, sent.consultation_id)
    with desk.work() as work:
        closing.close(
            work, sent.code, rosa, version=desk.case(sent.consultation_id).version, outcome="answered", note=""
        )
    desk.clarify(sent.consultation_id, "¡Gracias!")
    case = desk.case(sent.consultation_id)
    assert (case.state, case.promised_at) == ("closed", None)
    assert desk.rows("SELECT body FROM case_message ORDER BY at")[-1].body == "¡Gracias!"


def test_the_newest_rating_stands_whatever_the_order(desk: Desk) -> None:
    desk.advisor()
    sent = desk.submit()
    desk.rate(sent.consultation_id, 5, sequence=7)
    desk.rate(sent.consultation_id, 2, sequence=6)
    assert desk.case(sent.consultation_id).rating_score == 5


def test_the_newest_data_of_an_official_stand_and_no_address_is_kept(desk: Desk) -> None:
    official_id = new_id()
    desk.deliver(an_event(OfficialUpdated, official_id=official_id, full_name="Nueva"), sequence=3)
    desk.deliver(an_event(OfficialRegistered, official_id=official_id, full_name="Vieja"), sequence=1)
    [row] = desk.rows("SELECT * FROM official")
    assert row.full_name == "Nueva"
    assert not {"email", "phone"} & set(row._fields)


def test_waiting_for_the_official_ends_at_its_limit(desk: Desk) -> None:
    rosa = desk.advisor()
    sent = desk.submit()
    with desk.work() as work:
        answering.ask_for_clarification(
            work, sent.code, rosa, version=desk.case(sent.consultation_id).version, body="¿De qué año?"
        )
    desk.let_pass(sent.consultation_id, timedelta(days=40))
    desk.tick()
    case = desk.case(sent.consultation_id)
    assert case.state == "assigned"
    assert desk.events(sent.consultation_id, CaseRescheduled)[-1].reason == "resumed"


def _everybody(desk: Desk) -> list[Person]:
    rows = desk.rows("SELECT account_id, email, full_name, role, locale, phone FROM account")
    return [Person(*row) for row in rows]
