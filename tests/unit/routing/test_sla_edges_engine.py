"""The edge cases of the engine itself, by their numbers: 53 to 60 (54, 55 and 60 as far as they are pure)."""

import time
from dataclasses import replace
from datetime import timedelta

import pytest

from services.routing.domain.sla import ClockStatus, EventKind, RuleBook, SlaPolicy, clock_states
from services.routing.domain.sla_alarms import alarms_of, due_alarms
from services.routing.domain.sla_errors import InvalidHistoryError
from services.routing.domain.sla_policy import PolicyRule
from services.routing.domain.working_time import Calendar
from tests.support.sla_cases import DESK, DESK_HOURS, FIESTAS_PATRIAS, LIMA, POLICY, Log, hours_targets, lima, wall
from tests.support.sla_random import random_log, seeded

GENEROUS = SlaPolicy("policy-2", (PolicyRule("all", hours_targets(400, 400, 400)),))


def test_edge_53_a_policy_edited_after_the_breach_does_not_undo_it():
    log = Log("2026-07-20 08:00", policy_version="policy-1")
    log.add(EventKind.RECALCULATED, "2026-07-21 09:00", policy_version="policy-2")
    book = RuleBook(policies={"policy-2": GENEROUS})
    clock = log.clock("first", "2026-07-21 10:00", rule_book=book)
    assert (clock.state, clock.policy_version, wall(clock.breached_at)) == (
        ClockStatus.BREACHED,
        "policy-1",
        "2026-07-20 12:00",
    )
    assert log.clock("final", "2026-07-21 10:00", rule_book=book).policy_version == "policy-2"


def test_edge_53_a_case_is_counted_under_its_own_version_or_not_at_all():
    log = Log("2026-07-20 08:00", policy_version="policy-1", calendar_version="desk-1")
    with pytest.raises(InvalidHistoryError, match="policy-1"):
        log.states("2026-07-20 09:00", policy=GENEROUS)
    book = RuleBook(policies={"policy-1": POLICY})
    assert log.states("2026-07-24 09:00", policy=GENEROUS, rule_book=book) == log.states("2026-07-24 09:00")


def test_edge_54_two_schedulers_see_one_alarm_under_one_key():
    log = Log("2026-07-20 08:00")
    seen = [due_alarms(log.states("2026-07-20 11:00"), lima("2026-07-20 11:00")) for _ in range(2)]
    assert seen[0] == seen[1]
    assert [one.alarm.key for one in seen[0]] == ["first_response:1:warning:75"]
    again = due_alarms(log.states("2026-07-20 11:00"), lima("2026-07-20 11:00"), {"first_response:1:warning:75"})
    assert again == ()


def test_edge_55_a_scheduler_that_slept_through_warning_and_breach_gives_one_late_notice():
    now = "2026-07-20 16:00"
    (notice,) = due_alarms(Log("2026-07-20 08:00").states(now), lima(now))
    assert (notice.alarm.key, notice.late_seconds) == ("first_response:1:breach", 4 * 3600 - 1)
    ladder = replace(POLICY, warning_percents=(50, 75))
    now = "2026-07-20 11:30"
    (warning,) = due_alarms(Log("2026-07-20 08:00").states(now, policy=ladder), lima(now))
    assert warning.alarm.step == "warning:75"
    assert warning.covered_keys == ("first_response:1:warning:50",)


def test_edge_56_events_thrice_and_in_any_order_give_the_same_clocks():
    log = Log("2026-07-20 08:00").asks("2026-07-20 09:00").official("2026-07-20 10:00")
    log.answers("2026-07-20 11:00").official("2026-07-20 14:30").answers("2026-07-20 15:00").closes("2026-07-20 16:00")
    straight = log.states("2026-07-21 09:00")
    shuffler = seeded(56)
    for _ in range(20):
        events = log.events * 3
        shuffler.shuffle(events)
        assert clock_states(events, POLICY, DESK, lima("2026-07-21 09:00")) == straight


def test_edge_57_two_minutes_of_clock_skew_cannot_place_an_effect_before_its_cause():
    log = Log("2026-07-20 08:00").asks("2026-07-20 10:00").official("2026-07-20 09:58")
    clock = log.clock("first", "2026-07-20 11:00")
    assert (clock.state, wall(clock.due_at)) == (ClockStatus.RUNNING, "2026-07-20 12:00")
    ahead = Log("2026-07-20 08:00").answers("2026-07-20 09:02")
    assert ahead.clock("first", "2026-07-20 09:00").state is ClockStatus.RUNNING
    assert ahead.clock("first", "2026-07-20 09:02").state is ClockStatus.MET


@pytest.mark.parametrize("count", [1_000, pytest.param(10_000, marks=[pytest.mark.slow, pytest.mark.timeout(300)])])
def test_edge_58_open_cases_are_recalculated_at_the_rate_of_10000_a_minute(count):
    logs = [random_log(seeded(seed)) for seed in range(count)]
    # A new calendar object, as after a new holiday: nothing is laid out yet.
    calendar = Calendar(LIMA, DESK_HOURS, FIESTAS_PATRIAS, version="desk-58")
    begun = time.process_time()
    for log in logs:
        alarms_of(clock_states(log, POLICY, calendar, lima("2026-08-14 12:00")))
    assert time.process_time() - begun < 60 * count / 10_000


def test_edge_59_the_totals_of_a_report_are_the_sums_of_the_traces():
    states = [
        state
        for seed in range(200)
        for state in clock_states(random_log(seeded(seed)), POLICY, DESK, lima("2026-08-14 12:00"))
    ]
    assert len(states) > 400
    assert sum(state.elapsed_seconds for state in states) == sum(
        interval.seconds for state in states for interval in state.intervals
    )
    assert sum(state.elapsed_seconds for state in states) > 0


def test_edge_60_a_first_start_on_old_data_tells_nothing_and_then_tells_what_is_new():
    started = lima("2026-07-21 09:00")
    old = Log("2026-07-20 08:00")
    now = "2026-07-21 09:00"
    assert due_alarms(old.states(now), lima(now), watching_since=started) == ()
    # The final clock of the same case breaches two days later: that is news.
    now = "2026-07-22 09:00"
    told = due_alarms(old.states(now), lima(now), watching_since=started)
    assert [one.alarm.key for one in told] == ["resolution:1:breach"]
    assert told[0].alarm.at == lima("2026-07-21 17:00") + timedelta(seconds=1)


def test_a_log_without_a_beginning_is_refused():
    log = Log("2026-07-20 08:00").answers("2026-07-20 09:00")
    with pytest.raises(InvalidHistoryError):
        clock_states(log.events[1:], POLICY, DESK, lima("2026-07-20 10:00"))
    with pytest.raises(InvalidHistoryError):
        clock_states([], POLICY, DESK, lima("2026-07-20 10:00"))
    assert log.states("2026-07-20 07:59") == ()
