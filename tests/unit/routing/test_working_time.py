"""Working time: properties over random calendars, the clock changes, the bounds, and the speed."""

import time
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.domain.sla_errors import DeadlineTooFarError, InvalidCalendarError, InvalidTimeError
from services.routing.domain.working_time import (
    Calendar,
    Closure,
    WeeklyHours,
    add_working_time,
    due_moment,
    skipped_days,
    working_intervals,
    working_seconds_between,
)
from tests.support.sla_cases import DESK, DESK_HOURS, HOUR, LIMA, lima
from tests.support.sla_strategies import calendars, closures, moments, unhurried, work

ALWAYS_OPEN = WeeklyHours.parse("mon-sun 00:00-24:00")


@unhurried
@given(calendars, moments, work)
def test_a_deadline_lies_in_an_open_window_or_at_its_end(calendar, start, seconds):
    due_at = add_working_time(calendar, start, seconds).due_at
    second = timedelta(seconds=1)
    assert due_at >= start
    assert working_seconds_between(calendar, due_at - second, due_at + second) > 0


@unhurried
@given(calendars, moments, work)
def test_counting_back_what_was_added_gives_it_again(calendar, start, seconds):
    deadline = add_working_time(calendar, start, seconds)
    assert working_seconds_between(calendar, start, deadline.due_at) == seconds
    assert sum(interval.seconds for interval in deadline.intervals) == seconds
    assert due_moment(calendar, start, seconds) == deadline.due_at
    if seconds:  # the first such moment, not a later one
        earlier = deadline.due_at - timedelta(seconds=1)
        assert working_seconds_between(calendar, start, earlier) == seconds - 1


@unhurried
@given(calendars, moments, work, work)
def test_adding_in_two_steps_is_adding_at_once(calendar, start, first, second):
    half_way = add_working_time(calendar, start, first).due_at
    assert add_working_time(calendar, half_way, second).due_at == due_moment(calendar, start, first + second)


@unhurried
@given(calendars, moments, moments, work, work)
def test_later_starts_and_longer_targets_never_fall_due_earlier(calendar, one, other, less, more):
    early, late = sorted((one, other))
    less, more = sorted((less, more))
    assert due_moment(calendar, early, less) <= due_moment(calendar, late, less)
    assert due_moment(calendar, early, less) <= due_moment(calendar, early, more)


@unhurried
@given(calendars, st.lists(moments, min_size=3, max_size=3).map(sorted))
def test_splitting_a_stretch_never_changes_the_sum(calendar, three):
    first, middle, last = three
    whole = working_seconds_between(calendar, first, last)
    halves = working_seconds_between(calendar, first, middle) + working_seconds_between(calendar, middle, last)
    assert whole == halves
    assert whole == sum(interval.seconds for interval in working_intervals(calendar, first, last))


@unhurried
@given(calendars, moments, work, closures)
def test_one_more_closed_day_never_brings_a_deadline_forward(calendar, start, seconds, closure):
    more_closed = calendar.also_closed((closure,))
    assert due_moment(more_closed, start, seconds) >= due_moment(calendar, start, seconds)


@unhurried
@given(calendars, moments, work)
def test_intervals_are_ordered_apart_and_never_on_a_closed_day(calendar, start, seconds):
    deadline = add_working_time(calendar, start, seconds)
    closed = {closure.day for closure in calendar.closures if closure.window is None}
    previous = start
    for interval in deadline.intervals:
        assert previous <= interval.from_ < interval.to
        assert interval.from_.astimezone(calendar.time_zone).date() not in closed
        previous = interval.to
    assert {one.date for one in deadline.skipped} <= {closure.day for closure in calendar.closures}


def test_a_window_over_a_change_of_the_clock_is_one_stretch():
    madrid = Calendar("Europe/Madrid", WeeklyHours.parse("mon-sun 01:00-04:00"))
    for day, hours in ((date(2026, 3, 29), 2), (date(2026, 10, 25), 4)):
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        (interval,) = working_intervals(madrid, noon - timedelta(hours=14), noon)
        assert interval.seconds == hours * HOUR


def test_a_day_the_zone_never_had_is_stepped_over():
    samoa = Calendar("Pacific/Apia", ALWAYS_OPEN)
    start = datetime(2011, 12, 29, 0, tzinfo=samoa.time_zone)
    end = datetime(2012, 1, 1, 0, tzinfo=samoa.time_zone)
    dates = [one.from_.astimezone(samoa.time_zone).date().day for one in working_intervals(samoa, start, end)]
    assert dates == [29, 31]


def test_a_fraction_of_a_second_is_dropped():
    start = lima("2026-07-20 08:00") + timedelta(microseconds=999_999)
    assert due_moment(DESK, start, 60) == lima("2026-07-20 08:01")


def test_zero_seconds_are_due_now_when_open_or_just_closed_and_else_at_the_opening():
    expected = {"2026-07-20 09:00": "2026-07-20 09:00", "2026-07-20 13:00": "2026-07-20 13:00"}
    expected |= {"2026-07-20 13:00:01": "2026-07-20 14:00", "2026-07-18 09:00": "2026-07-20 08:00"}
    for start, due_at in expected.items():
        assert due_moment(DESK, lima(start), 0) == lima(due_at)


def test_naive_reversed_negative_and_absurd_times_are_errors_in_both_languages():
    naive = datetime(2026, 7, 20, 8)  # noqa: DTZ001 - the mistake under test
    with pytest.raises(InvalidTimeError, match="offset") as error:
        add_working_time(DESK, naive, 1)
    assert "diferencia con UTC" in error.value.text("es")
    with pytest.raises(InvalidTimeError, match="before the start"):
        working_seconds_between(DESK, lima("2026-07-21 08:00"), lima("2026-07-20 08:00"))
    with pytest.raises(InvalidTimeError, match="negative"):
        add_working_time(DESK, lima("2026-07-20 08:00"), -1)
    for year in (1, 1970, 2200, 9999):
        with pytest.raises(InvalidTimeError, match="range"):
            add_working_time(DESK, datetime(year, 1, 1, tzinfo=UTC), 1)


def test_outside_the_days_a_calendar_knows_it_refuses_to_guess():
    calendar = Calendar(LIMA, DESK_HOURS, known_from=date(2026, 1, 1), known_until=date(2026, 12, 31))
    assert due_moment(calendar, lima("2026-12-31 16:00"), HOUR) == lima("2026-12-31 17:00")
    with pytest.raises(DeadlineTooFarError, match="2026-12-31"):
        due_moment(calendar, lima("2026-12-31 16:00"), HOUR + 1)
    with pytest.raises(DeadlineTooFarError, match="2026-01-01"):
        due_moment(calendar, lima("2025-12-31 16:00"), HOUR)


def test_unknown_zones_and_joins_over_zones_are_refused():
    for zone in ("Lima", "", "../etc/passwd", "America"):
        with pytest.raises(InvalidCalendarError, match="IANA"):
            Calendar(zone, DESK_HOURS)
    with pytest.raises(InvalidCalendarError, match="two time zones"):
        DESK.combined_with(Calendar("Europe/Madrid", DESK_HOURS))


def test_a_calendar_is_known_by_its_content():
    same = Calendar(LIMA, DESK_HOURS, tuple(reversed(DESK.closures)) * 2, version="desk-1")
    assert same == DESK
    assert hash(same) == hash(DESK)
    assert same.fingerprint == DESK.fingerprint
    assert DESK.also_closed((Closure(date(2026, 9, 1), "X"),)).fingerprint != DESK.fingerprint


def test_a_day_closed_twice_is_told_once_with_both_norms():
    twice = DESK.also_closed((Closure(date(2026, 7, 28), "Aniversario", "Ordenanza 1"),))
    (day, _) = skipped_days(twice, lima("2026-07-28 00:00"), lima("2026-07-30 00:00"))
    assert day.reason == "Aniversario / Fiestas Patrias"
    assert day.norm == "Ordenanza 1 / D. Leg. 713"


def test_twenty_thousand_deadlines_take_less_than_a_second_of_processor():
    start = lima("2026-07-20 08:00")
    due_moment(DESK, start, 400_000)
    begun = time.process_time()
    for step in range(20_000):
        add_working_time(DESK, start + timedelta(seconds=37 * step), 4 * HOUR + step)
    assert time.process_time() - begun < 1
