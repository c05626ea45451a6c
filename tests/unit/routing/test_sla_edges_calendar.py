"""The edge cases of the calendar, by their numbers: 1 to 21."""

from datetime import UTC, date, datetime, timedelta

import pytest

from services.routing.domain.closed_days import ClosedDayRule, Effect, closures_for
from services.routing.domain.sla import EventKind, RuleBook
from services.routing.domain.sla_errors import (
    DeadlineTooFarError,
    InvalidCalendarError,
    InvalidHoursError,
)
from services.routing.domain.working_time import (
    Calendar,
    Closure,
    WeeklyHours,
    Window,
    add_working_time,
    working_intervals,
    working_seconds_between,
)
from tests.support.sla_cases import DESK, DESK_HOURS, HOUR, LIMA, Log, due, lima, wall


def days_closed(first: date, count: int) -> tuple[Closure, ...]:
    return tuple(Closure(first + timedelta(step), "Obras", "Resolución") for step in range(count))


def test_edge_01_the_opening_second_counts_and_the_closing_second_does_not():
    assert due("2026-07-20 08:00:00", 1) == "2026-07-20 08:00:01"
    assert due("2026-07-20 16:59:59", 1) == "2026-07-20 17:00"
    assert due("2026-07-20 17:00:00", 1) == "2026-07-21 08:00:01"


def test_edge_02_before_opening_and_after_closing_count_from_the_next_opening():
    assert due("2026-07-20 05:30", HOUR) == "2026-07-20 09:00"
    assert due("2026-07-20 21:15", HOUR) == "2026-07-21 09:00"


def test_edge_03_lunch_does_not_count():
    assert due("2026-07-20 13:20", HOUR) == "2026-07-20 15:00"
    assert due("2026-07-20 12:30", HOUR) == "2026-07-20 14:30"


def test_edge_04_twenty_seconds_before_the_weekend_are_counted_to_the_second():
    assert due("2026-07-17 16:59:40", 60) == "2026-07-20 08:00:40"


def test_edge_05_a_weekend_is_stepped_over_and_not_told_as_skipped():
    deadline = add_working_time(DESK, lima("2026-07-18 11:00"), HOUR)
    assert wall(deadline.due_at) == "2026-07-20 09:00"
    assert deadline.skipped == ()


def test_edge_06_a_holiday_is_stepped_over_and_told_with_its_norm():
    deadline = add_working_time(DESK, lima("2026-07-28 10:00"), HOUR)
    assert wall(deadline.due_at) == "2026-07-30 09:00"
    assert [(one.date.day, one.reason, one.norm) for one in deadline.skipped] == [
        (28, "Fiestas Patrias", "D. Leg. 713"),
        (29, "Fiestas Patrias", "D. Leg. 713"),
    ]


def test_edge_07_four_hours_from_monday_before_fiestas_patrias_fall_due_on_thursday_at_eleven():
    deadline = add_working_time(DESK, lima("2026-07-27 16:00"), 4 * HOUR)
    assert wall(deadline.due_at) == "2026-07-30 11:00"
    assert [(wall(one.from_), wall(one.to), one.seconds) for one in deadline.intervals] == [
        ("2026-07-27 16:00", "2026-07-27 17:00", 3600),
        ("2026-07-30 08:00", "2026-07-30 11:00", 10800),
    ]


def test_edge_08_a_holiday_on_a_sunday_moves_nothing_and_is_not_told():
    flag_day = Calendar(LIMA, DESK_HOURS, (Closure(date(2026, 6, 7), "Día de la Bandera"),))
    deadline = add_working_time(flag_day, lima("2026-06-05 16:00"), 2 * HOUR)
    assert wall(deadline.due_at) == "2026-06-08 09:00"
    assert deadline.skipped == ()


def test_edge_09_a_partial_holiday_takes_only_its_hours():
    christmas_eve = Closure(date(2026, 12, 24), "Nochebuena", "Directiva", window=Window.parse("12:00-24:00"))
    calendar = Calendar(LIMA, DESK_HOURS, (christmas_eve,))
    deadline = add_working_time(calendar, lima("2026-12-24 11:00"), 2 * HOUR)
    assert wall(deadline.due_at) == "2026-12-25 09:00"
    assert [(one.date, str(one.window)) for one in deadline.skipped] == [(date(2026, 12, 24), "12:00-24:00")]


def test_edge_10_a_day_closed_for_the_advisor_or_for_the_municipality_is_closed():
    def yearly(prefix: str, month: int, day: int) -> ClosedDayRule:
        return ClosedDayRule(prefix, Effect.CLOSED, False, "Feriado local", "Ley", month_day=(month, day))

    rules = (yearly("0401", 8, 14), yearly("150101", 8, 13))
    year = (date(2026, 1, 1), date(2026, 12, 31))
    advisor = Calendar(LIMA, DESK_HOURS, closures_for(rules, "150101", *year), version="lima")
    municipality = Calendar(LIMA, DESK_HOURS, closures_for(rules, "040103", *year), version="arequipa")
    both = advisor.combined_with(municipality)
    start = "2026-08-12 16:00"
    assert due(start, 2 * HOUR, advisor) == "2026-08-14 09:00"
    assert due(start, 2 * HOUR, municipality) == "2026-08-13 09:00"
    assert due(start, 2 * HOUR, both) == "2026-08-17 09:00"
    assert both.version == "lima+arequipa"


def test_edge_11_a_day_decreed_today_for_today_moves_open_clocks_only():
    decreed = DESK.also_closed((Closure(date(2026, 7, 20), "Duelo nacional", "DS"),), "desk-2")
    book = RuleBook(calendars={"desk-2": decreed})
    log = Log("2026-07-20 08:00").answers("2026-07-20 09:30")
    log.add(EventKind.RECALCULATED, "2026-07-20 10:00", calendar_version="desk-2")
    first = log.clock("first", "2026-07-20 10:00", rule_book=book)
    final = log.clock("final", "2026-07-20 10:00", rule_book=book)
    assert (first.calendar_version, first.elapsed_seconds) == ("desk-1", 5400)
    assert (final.calendar_version, final.elapsed_seconds) == ("desk-2", 0)
    assert wall(final.due_at) == "2026-07-22 17:00"


def test_edge_12_a_removed_holiday_brings_the_deadline_forward_but_never_into_the_past():
    without = Calendar(LIMA, DESK_HOURS, (), version="desk-2")
    book = RuleBook(calendars={"desk-2": without})
    log = Log("2026-07-27 16:00").add(EventKind.RECALCULATED, "2026-07-27 18:00", calendar_version="desk-2")
    assert wall(log.clock("first", "2026-07-27 18:00", rule_book=book).due_at) == "2026-07-28 11:00"
    late = Log("2026-07-27 16:00").add(EventKind.RECALCULATED, "2026-07-29 15:00", calendar_version="desk-2")
    clock = late.clock("first", "2026-07-29 15:00", rule_book=book)
    assert (clock.state, wall(clock.due_at)) == ("running", "2026-07-29 15:00")


def test_edge_13_around_the_clock_loses_no_minute_at_midnight():
    calendar = Calendar(LIMA, WeeklyHours.parse("mon-sun 00:00-24:00"))
    assert due("2026-07-20 23:59:30", 60, calendar) == "2026-07-21 00:00:30"
    start = lima("2026-07-20 10:00")
    assert working_seconds_between(calendar, start, start + timedelta(days=30)) == 30 * 86_400


def test_edge_14_a_window_may_end_at_midnight():
    calendar = Calendar(LIMA, WeeklyHours.parse("mon 20:00-24:00; tue 08:00-09:00"))
    assert due("2026-07-20 23:30", 1800, calendar) == "2026-07-21 00:00"
    assert due("2026-07-20 23:30", 1801, calendar) == "2026-07-21 08:00:01"


def test_edge_15_an_overnight_window_is_refused_with_the_way_out():
    with pytest.raises(InvalidHoursError) as error:
        WeeklyHours.parse("mon-fri 22:00-06:00")
    assert "divídala en dos" in error.value.spanish
    assert "split it in two" in error.value.english


def test_edge_16_overlapping_windows_are_refused_and_touching_ones_are_not():
    with pytest.raises(InvalidHoursError, match=r"08:00-13:00 and 12:59-17:00 of tue overlap"):
        WeeklyHours.parse("mon-fri 08:00-13:00; tue 12:59-17:00")
    assert WeeklyHours.parse("mon 08:00-13:00,13:00-17:00").seconds == 9 * HOUR


def test_edge_17_a_calendar_without_an_open_hour_is_refused():
    with pytest.raises(InvalidCalendarError):
        Calendar(LIMA, WeeklyHours(((),) * 7))
    with pytest.raises(InvalidCalendarError):
        Calendar(LIMA, WeeklyHours.parse("mon 08:00-08:07"))  # 56 minutes in 60 days
    closed = days_closed(date(2026, 8, 1), 60)
    with pytest.raises(InvalidCalendarError) as error:
        Calendar(LIMA, DESK_HOURS, closed, valid_from=date(2026, 8, 1))
    assert "60 días" in error.value.spanish
    assert Calendar(LIMA, DESK_HOURS, closed[:-1], valid_from=date(2026, 8, 1)).valid_from is not None


@pytest.mark.parametrize(("count", "expected"), [(25, "2026-08-26 09:00"), (400, "2027-09-06 09:00")])
def test_edge_18_long_closures_are_counted_over(count, expected):
    calendar = Calendar(LIMA, DESK_HOURS, days_closed(date(2026, 8, 1), count))
    deadline = add_working_time(calendar, lima("2026-07-31 16:00"), 2 * HOUR)
    assert wall(deadline.due_at) == expected
    assert all(one.date.weekday() < 5 for one in deadline.skipped)


def test_edge_19_one_hour_a_week_reaches_its_deadline_and_the_bound_is_an_error():
    calendar = Calendar(LIMA, WeeklyHours.parse("wed 09:00-10:00"))
    assert due("2026-07-20 08:00", 40 * HOUR, calendar) == "2027-04-21 10:00"
    with pytest.raises(DeadlineTooFarError) as error:
        add_working_time(calendar, lima("2026-07-20 08:00"), 600 * HOUR)
    assert "3660 días" in error.value.spanish


def test_edge_20_leap_day_and_new_year_are_days_like_others():
    calendar = Calendar(LIMA, DESK_HOURS, (Closure(date(2027, 1, 1), "Año Nuevo"),))
    assert due("2026-12-31 16:30", HOUR, calendar) == "2027-01-04 08:30"
    assert due("2028-02-28 16:30", HOUR, calendar) == "2028-02-29 08:30"
    leap = ClosedDayRule("", Effect.CLOSED, False, "Bisiesto", "Norma", month_day=(2, 29))
    found = closures_for((leap,), "", date(2026, 1, 1), date(2032, 12, 31))
    assert [closure.day.year for closure in found] == [2028, 2032]


def test_edge_21_lima_never_changes_its_clock_and_madrid_is_right_both_ways():
    night = WeeklyHours.parse("mon-sun 02:30-04:00")
    madrid = Calendar("Europe/Madrid", night)

    def worked(year: int, month: int, day: int, calendar: Calendar) -> int:
        start = datetime(year, month, day, tzinfo=UTC) - timedelta(hours=4)
        return sum(one.seconds for one in working_intervals(calendar, start, start + timedelta(hours=18)))

    assert worked(2026, 3, 28, madrid) == 5400
    assert worked(2026, 3, 29, madrid) == 3600  # 02:30-03:00 did not exist
    assert worked(2026, 10, 25, madrid) == 7200  # 02:30-03:00 came twice
    lima_night = Calendar(LIMA, night)
    assert {worked(2026, month, 29, lima_night) for month in range(3, 12)} == {5400}
    office = Calendar("Europe/Madrid", WeeklyHours.parse("mon-fri 09:00-17:00"))
    for friday in ("2026-03-27", "2026-10-23"):
        start = datetime.fromisoformat(f"{friday}T16:00").replace(tzinfo=office.time_zone)
        deadline = add_working_time(office, start, 2 * HOUR)
        assert deadline.due_at.astimezone(office.time_zone).strftime("%a %H:%M") == "Mon 10:00"
