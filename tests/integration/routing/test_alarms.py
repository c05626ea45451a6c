"""Warnings and breaches: at their moment, once, and never for what is paused or over."""

from __future__ import annotations

import pytest

from services.routing.entrypoints.events import timer_handlers
from services.routing.use_cases import answering
from services.routing.use_cases.clocks import read_clocks
from shared.contracts.case import CaseEscalated, SlaBreached, SlaWarning
from shared.messaging.clock_process import ClockProcess
from tests.support.background import in_background
from tests.support.routing_desk import Desk

pytestmark = pytest.mark.integration


def test_the_advisor_is_warned_once_at_three_quarters(desk: Desk) -> None:
    rosa = desk.advisor()
    sent = desk.submit(submitted_at=desk.received_so_that(0.8))
    assert desk.tick() == 1
    [warning] = desk.events(sent.consultation_id, SlaWarning)
    assert (warning.clock, warning.fraction, warning.advisor_id) == ("first_response", 0.75, rosa.id)
    assert warning.due_at == desk.case(sent.consultation_id).promised_at
    desk.make_timers_due(sent.consultation_id)
    desk.tick()
    assert len(desk.events(sent.consultation_id, SlaWarning)) == 1
    assert desk.events(sent.consultation_id, SlaBreached) == []


def test_a_warning_about_a_case_that_nobody_has_goes_to_the_supervisors(desk: Desk) -> None:
    boss = desk.supervisor()
    sent = desk.submit(submitted_at=desk.received_so_that(0.8))
    desk.tick()
    [escalated] = desk.events(sent.consultation_id, CaseEscalated)
    assert (escalated.cause, escalated.advisor_id) == ("at_risk_without_advisor", None)
    assert escalated.supervisor_ids == (boss.id,)


def test_a_breach_is_recorded_once_at_the_deadline_and_put_before_the_supervisors(desk: Desk) -> None:
    rosa, boss = desk.advisor(), desk.supervisor()
    sent = desk.submit(submitted_at=desk.received_so_that(0.8))
    desk.tick()
    desk.begin_at(sent.consultation_id, desk.received_so_that(1.2))
    desk.tick()
    desk.make_timers_due(sent.consultation_id)
    desk.tick()
    [breach] = desk.events(sent.consultation_id, SlaBreached)
    [escalated] = desk.events(sent.consultation_id, CaseEscalated)
    assert breach.clock == "first_response"
    assert breach.breached_at < breach.recorded_at
    assert breach.breached_at == desk.case(sent.consultation_id).next_due_at
    assert (escalated.advisor_id, escalated.supervisor_ids, escalated.cause) == (rosa.id, (boss.id,), "sla_breached")
    assert len(desk.events(sent.consultation_id, SlaWarning)) == 1


def test_who_comes_late_tells_the_breach_and_not_the_warning_before_it(desk: Desk) -> None:
    desk.advisor()
    sent = desk.submit(submitted_at=desk.received_so_that(1.2))
    desk.tick()
    assert len(desk.events(sent.consultation_id, SlaBreached)) == 1
    assert desk.events(sent.consultation_id, SlaWarning) == []
    [alarm] = desk.rows("SELECT key, late_seconds FROM case_alarm WHERE NOT is_covered")
    assert alarm.key == "first_response:1:breach"
    assert alarm.late_seconds > 0


def test_an_answered_case_raises_no_alarm(desk: Desk) -> None:
    rosa = desk.advisor()
    sent = desk.submit()
    with desk.work() as work:
        answering.answer(work, sent.code, rosa, version=desk.case(sent.consultation_id).version, body="Así.")
    desk.begin_at(sent.consultation_id, desk.received_so_that(3))
    desk.run("UPDATE timer SET state = 'armed', due_at = clock_timestamp(), try_at = clock_timestamp()")
    desk.tick()
    assert "case.sla_breached" not in desk.types(sent.consultation_id)
    assert "case.sla_warning" not in desk.types(sent.consultation_id)


def test_a_paused_case_raises_no_alarm(desk: Desk) -> None:
    rosa = desk.advisor()
    sent = desk.submit(submitted_at=desk.received_so_that(0.5))
    with desk.work() as work:
        answering.ask_for_clarification(
            work, sent.code, rosa, version=desk.case(sent.consultation_id).version, body="¿De qué año?"
        )
    desk.make_timers_due(sent.consultation_id)
    desk.tick()
    assert desk.case(sent.consultation_id).state == "waiting"
    assert desk.events(sent.consultation_id, SlaWarning) == []


def test_two_clocks_warn_once(desk: Desk) -> None:
    desk.advisor(capacity=30)
    events = [desk.a_consultation(submitted_at=desk.received_so_that(0.8)) for _ in range(20)]
    desk.deliver(*events)
    other = ClockProcess(desk.parts.settings, desk.units, desk.consumer, timer_handlers)
    with in_background(desk.tick, other.fire_due):
        pass
    assert len(desk.events(cls=SlaWarning)) == 20


def test_a_broken_promise_stays_broken_after_the_answer(desk: Desk) -> None:
    rosa = desk.advisor()
    sent = desk.submit(submitted_at=desk.received_so_that(1.2))
    desk.tick()
    with desk.work() as work:
        case = answering.answer(work, sent.code, rosa, version=desk.case(sent.consultation_id).version, body="Así.")
        states = {state.name: state.state for state in read_clocks(work.session, case, work.now)}
    assert states == {"first_response": "breached", "resolution": "met"}
