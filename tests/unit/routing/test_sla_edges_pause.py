"""The edge cases of pauses, by their numbers: 22 to 34."""

from services.routing.domain.sla import ClockStatus, EventKind, RuleBook
from services.routing.domain.sla_alarms import alarms_of
from services.routing.domain.sla_policy import PolicyRule, SlaPolicy
from tests.support.sla_cases import HOUR, POLICY, URGENT, Log, hours_targets, wall


def test_edge_22_a_pause_in_hours_moves_the_deadline_by_its_working_time():
    log = Log("2026-07-20 08:00").asks("2026-07-20 09:00").official("2026-07-20 11:30")
    clock = log.clock("first", "2026-07-20 12:00")
    assert wall(clock.due_at) == "2026-07-20 15:30"
    assert (clock.elapsed_seconds, clock.remaining_seconds) == (5400, 9000)


def test_edge_23_a_pause_out_of_hours_moves_nothing():
    log = Log("2026-07-20 15:00").asks("2026-07-20 18:00").official("2026-07-20 22:00")
    assert wall(log.clock("first", "2026-07-20 22:00").due_at) == "2026-07-21 10:00"


def test_edge_24_a_pause_across_a_holiday_costs_the_working_time_only():
    log = Log("2026-07-27 15:00").asks("2026-07-27 16:00").official("2026-07-30 09:00")
    clock = log.clock("first", "2026-07-30 09:00")
    assert (wall(clock.due_at), clock.elapsed_seconds) == ("2026-07-30 12:00", HOUR)


def test_edge_25_two_pauses_in_a_minute_are_counted_once_each():
    log = Log("2026-07-20 08:00")
    log.asks("2026-07-20 09:00:05").official("2026-07-20 09:00:15")
    log.asks("2026-07-20 09:00:20").official("2026-07-20 09:00:50")
    assert wall(log.clock("first", "2026-07-20 09:01").due_at) == "2026-07-20 12:00:40"


def test_edge_26_a_pause_of_no_length_changes_nothing():
    log = Log("2026-07-20 08:00").asks("2026-07-20 09:00").official("2026-07-20 09:00")
    clock = log.clock("first", "2026-07-20 10:00")
    assert (wall(clock.due_at), clock.elapsed_seconds) == ("2026-07-20 12:00", 2 * HOUR)
    assert len(clock.intervals) == 1
    assert clock.explanation.pauses == ()


def test_edge_27_a_case_paused_from_its_first_second_has_elapsed_nothing():
    log = Log("2026-07-20 08:00").asks("2026-07-20 08:00")
    clock = log.clock("first", "2026-07-20 16:00")
    assert (clock.state, clock.elapsed_seconds, clock.due_at) == (ClockStatus.PAUSED, 0, None)
    log.official("2026-07-20 16:00")
    assert wall(log.clock("first", "2026-07-20 16:00").due_at) == "2026-07-21 11:00"


def test_edge_28_a_clock_paused_now_has_no_deadline_and_no_alarm_of_its_own():
    log = Log("2026-07-20 08:00").asks("2026-07-20 09:00")
    clock = log.clock("first", "2026-07-21 09:00")
    assert (clock.state, clock.due_at, clock.warn_at) == (ClockStatus.PAUSED, None, None)
    assert clock.remaining_seconds == 3 * HOUR
    assert {alarm.step for alarm in alarms_of(log.states("2026-07-21 09:00"))} == {"reminder", "limit"}
    assert "todavía" in clock.explanation.text("es")


def test_edge_29_an_edit_while_paused_past_the_old_deadline_breaks_nothing():
    log = Log("2026-07-20 08:00").asks("2026-07-20 09:00")
    log.add(EventKind.INTERNAL_NOTE, "2026-07-21 15:00").add(EventKind.REASSIGNED, "2026-07-21 15:01")
    assert log.clock("first", "2026-07-21 16:00").state is ClockStatus.PAUSED
    log.official("2026-07-21 16:00")
    clock = log.clock("first", "2026-07-21 16:00")
    assert (clock.state, wall(clock.due_at)) == (ClockStatus.RUNNING, "2026-07-22 10:00")


def test_edge_30_a_pause_after_the_breach_does_not_undo_it():
    log = Log("2026-07-20 08:00").asks("2026-07-20 14:30").official("2026-07-21 09:00")
    clock = log.clock("first", "2026-07-21 09:30")
    assert (clock.state, wall(clock.breached_at)) == (ClockStatus.BREACHED, "2026-07-20 12:00")
    paused = log.clock("first", "2026-07-20 15:00")
    assert (paused.state, paused.is_paused) == (ClockStatus.BREACHED, True)


def test_edge_31_at_the_pause_limit_the_clocks_run_again_by_themselves():
    log = Log("2026-07-20 08:00").asks("2026-07-20 09:00")
    waiting = log.clock("first", "2026-07-24 09:00")
    # 5 and 10 working days of waiting, over Fiestas Patrias
    assert wall(waiting.waiting_reminder_at) == "2026-07-27 09:00"
    assert wall(waiting.waiting_limit_at) == "2026-08-05 09:00"
    assert log.clock("first", "2026-08-05 08:59:59").state is ClockStatus.PAUSED
    assert log.clock("first", "2026-08-05 09:00:00").state is ClockStatus.RUNNING
    clock = log.clock("first", "2026-08-05 10:00")
    assert (clock.state, wall(clock.due_at)) == (ClockStatus.RUNNING, "2026-08-05 12:00")
    late = log.clock("first", "2026-08-06 08:00")
    assert (late.state, wall(late.breached_at)) == (ClockStatus.BREACHED, "2026-08-05 12:00")


def test_edge_31_a_second_request_within_a_wait_does_not_lengthen_it():
    log = Log("2026-07-20 08:00").asks("2026-07-20 09:00").asks("2026-07-24 09:00")
    assert wall(log.clock("first", "2026-07-24 10:00").waiting_limit_at) == "2026-08-05 09:00"


def test_edge_32_the_official_answering_on_a_saturday_resumes_the_clock_on_monday():
    log = Log("2026-07-16 08:00").asks("2026-07-16 09:00").official("2026-07-18 23:00")
    clock = log.clock("first", "2026-07-19 12:00")
    assert (clock.state, wall(clock.due_at)) == (ClockStatus.RUNNING, "2026-07-20 11:00")
    assert clock.elapsed_seconds == HOUR


def test_edge_33_a_reassignment_while_paused_keeps_pause_and_elapsed():
    log = Log("2026-07-20 08:00").asks("2026-07-20 09:00").add(EventKind.REASSIGNED, "2026-07-20 10:00")
    clock = log.clock("first", "2026-07-20 11:00")
    assert (clock.state, clock.elapsed_seconds) == (ClockStatus.PAUSED, HOUR)
    log.official("2026-07-20 11:00")
    assert wall(log.clock("first", "2026-07-20 11:00").due_at) == "2026-07-20 15:00"


def test_edge_34_a_policy_change_while_paused_counts_when_the_official_answers():
    longer = SlaPolicy("policy-2", (PolicyRule("rest", hours_targets(6, 2, 16)),))
    log = Log("2026-07-20 08:00").asks("2026-07-20 09:00")
    log.add(EventKind.RECALCULATED, "2026-07-20 10:00", policy_version="policy-2").official("2026-07-20 11:00")
    clock = log.clock("first", "2026-07-20 11:00", rule_book=RuleBook(policies={"policy-2": longer}))
    assert (clock.policy_version, wall(clock.due_at)) == ("policy-2", "2026-07-20 17:00")


def test_edge_34_a_shorter_target_already_used_up_is_due_when_work_can_go_on():
    log = Log("2026-07-20 08:00").asks("2026-07-20 11:00")
    log.add(EventKind.RECLASSIFIED, "2026-07-20 11:30", classification=URGENT).official("2026-07-20 22:00")
    clock = log.clock("first", "2026-07-20 22:00", policy=POLICY)
    assert (clock.state, wall(clock.due_at)) == (ClockStatus.RUNNING, "2026-07-21 08:00")
