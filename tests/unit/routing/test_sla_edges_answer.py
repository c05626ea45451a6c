"""The edge cases of answers, by their numbers: 35 to 44."""

import pytest

from services.routing.domain.sla import ClockStatus, EventKind
from tests.support.sla_cases import Log, wall


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(EventKind.INTERNAL_NOTE, id="edge_35_internal_note"),
        pytest.param(EventKind.AUTOMATIC_REPLY, id="edge_36_autoresponder"),
        pytest.param(EventKind.ANSWER_DRAFTED, id="edge_44_answer_under_review"),
    ],
)
def test_edge_35_36_44_what_is_no_public_answer_by_a_person_meets_nothing(kind):
    log = Log("2026-07-20 08:00").add(kind, "2026-07-20 09:00")
    assert log.clock("first", "2026-07-20 10:00").state is ClockStatus.RUNNING
    assert log.clock("first", "2026-07-20 13:00").state is ClockStatus.BREACHED


def test_edge_37_a_bounced_mail_does_not_take_back_an_answer_that_stands_in_the_thread():
    log = Log("2026-07-20 08:00").answers("2026-07-20 09:00").add(EventKind.DELIVERY_FAILED, "2026-07-20 09:05")
    clock = log.clock("first", "2026-07-21 09:00")
    assert (clock.state, wall(clock.met_at)) == (ClockStatus.MET, "2026-07-20 09:00")


def test_edge_38_an_answer_exactly_at_the_deadline_is_in_time():
    clock = Log("2026-07-20 08:00").answers("2026-07-20 12:00").clock("first", "2026-07-22 09:00")
    assert (clock.state, wall(clock.met_at), clock.breached_at) == (ClockStatus.MET, "2026-07-20 12:00", None)
    assert clock.remaining_seconds == 0


def test_edge_39_one_second_late_is_late_and_the_breach_is_the_deadline():
    clock = Log("2026-07-20 08:00").answers("2026-07-20 12:00:01").clock("first", "2026-07-22 09:00")
    assert (clock.state, wall(clock.breached_at)) == (ClockStatus.BREACHED, "2026-07-20 12:00")
    assert (clock.met_at, wall(clock.stopped_at)) == (None, "2026-07-20 12:00:01")


def test_edge_39_after_hours_is_late_though_no_working_second_has_passed():
    clock = Log("2026-07-20 11:00").answers("2026-07-20 16:00:01").clock("first", "2026-07-20 18:00")
    assert clock.state is ClockStatus.BREACHED
    at_close = Log("2026-07-20 12:00").clock("first", "2026-07-20 17:00")
    assert (at_close.state, at_close.remaining_seconds) == (ClockStatus.RUNNING, 0)
    evening = Log("2026-07-20 12:00").clock("first", "2026-07-20 19:00")
    assert (evening.state, wall(evening.breached_at)) == (ClockStatus.BREACHED, "2026-07-20 17:00")


def test_edge_40_resolved_without_an_answer_is_not_applicable_and_not_met():
    log = Log("2026-07-20 08:00").closes("2026-07-20 09:00")
    for name in ("first", "final"):
        clock = log.clock(name, "2026-07-24 09:00")
        assert (clock.state, clock.met_at, clock.breached_at) == (ClockStatus.NOT_APPLICABLE, None, None)


def test_edge_40_resolved_without_an_answer_after_the_deadline_stays_breached():
    clock = Log("2026-07-20 08:00").closes("2026-07-20 15:00").clock("first", "2026-07-24 09:00")
    assert clock.state is ClockStatus.BREACHED


def test_edge_41_three_messages_before_one_answer_are_one_exchange_from_the_first():
    log = Log("2026-07-20 08:00").answers("2026-07-20 09:00")
    for at in ("2026-07-20 10:00", "2026-07-20 10:30", "2026-07-20 11:00"):
        log.official(at)
    (clock,) = log.next_clocks("2026-07-20 11:30")
    assert (wall(clock.started_at), wall(clock.due_at)) == ("2026-07-20 10:00", "2026-07-20 12:00")
    log.answers("2026-07-20 11:45").official("2026-07-20 15:00")
    first, second = log.next_clocks("2026-07-20 15:30")
    assert (first.state, second.cycle, second.state) == (ClockStatus.MET, 2, ClockStatus.RUNNING)


def test_edge_41_messages_before_the_first_answer_belong_to_the_first_clock():
    log = Log("2026-07-20 08:00").official("2026-07-20 08:30").official("2026-07-20 09:00")
    assert log.next_clocks("2026-07-20 10:00") == []
    assert wall(log.clock("first", "2026-07-20 10:00").due_at) == "2026-07-20 12:00"


def test_edge_41_a_clarification_request_is_no_answer():
    log = Log("2026-07-20 08:00").asks("2026-07-20 09:00").official("2026-07-20 10:00")
    assert log.clock("first", "2026-07-20 10:00").state is ClockStatus.RUNNING


def test_edge_42_thanks_after_the_resolution_start_no_clock():
    log = Log("2026-07-20 08:00").answers("2026-07-20 09:00").closes("2026-07-20 10:00")
    before = log.states("2026-07-24 09:00")
    assert log.official("2026-07-20 11:00").states("2026-07-24 09:00") == before
    assert log.clock("final", "2026-07-24 09:00").state is ClockStatus.MET


def test_edge_43_an_answer_by_another_advisor_is_an_answer():
    log = Log("2026-07-20 08:00").add(EventKind.REASSIGNED, "2026-07-20 08:30").answers("2026-07-20 09:00")
    assert log.clock("first", "2026-07-20 10:00").state is ClockStatus.MET


def test_a_final_answer_meets_all_three_clocks_and_the_closing_adds_nothing():
    log = Log("2026-07-20 08:00").answers("2026-07-20 09:00").official("2026-07-20 09:30")
    log.answers("2026-07-20 10:00", is_final=True).closes("2026-07-31 10:00")
    states = log.states("2026-08-03 10:00")
    assert [(one.name, one.state, wall(one.met_at)) for one in states] == [
        ("first_response", "met", "2026-07-20 09:00"),
        ("next_response", "met", "2026-07-20 10:00"),
        ("resolution", "met", "2026-07-20 10:00"),
    ]
