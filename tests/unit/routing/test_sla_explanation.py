"""Deadlines told to people: the sentinel sentence, long stretches, parts of days, pauses."""

from datetime import date

from services.routing.domain.sla import EventKind
from services.routing.domain.sla_explanation import Explanation, duration_text, explain, moment_text
from services.routing.domain.working_time import Calendar, Closure, WeeklyHours, Window, add_working_time
from tests.support.sla_cases import DESK, DESK_HOURS, HOUR, LIMA, Log, lima


def told(start: str, seconds: int, locale: str = "es", calendar: Calendar = DESK) -> str:
    deadline = add_working_time(calendar, lima(start), seconds)
    return explain(LIMA, deadline.intervals, deadline.skipped, locale)


def test_the_sentinel_is_explained_in_spanish_and_in_english():
    start, seconds = "2026-07-27 16:00", 4 * HOUR
    assert told(start, seconds) == (
        "lun. 16:00–17:00 = 1 h; mar. 28 y mié. 29: Fiestas Patrias; jue. 08:00–11:00 = 3 h"
    )
    assert told(start, seconds, "en") == (
        "Mon 16:00–17:00 = 1 h; Tue 28 and Wed 29: Fiestas Patrias; Thu 08:00–11:00 = 3 h"
    )


def test_two_windows_of_a_day_are_told_together_and_seconds_when_there_are_some():
    assert told("2026-07-20 12:59:40", 80) == "lun. 12:59:40–13:00 y 14:00–14:01 = 1 min 20 s"


def test_beyond_a_week_every_day_has_its_date():
    text = told("2026-07-24 16:00", 30 * HOUR)
    assert text.startswith("vie. 24 jul. 16:00–17:00 = 1 h; lun. 27 jul. 08:00–13:00 y 14:00–17:00 = 8 h; ")
    assert text.endswith("lun. 3 ago. 08:00–13:00 = 5 h")


def test_the_end_of_a_day_is_twenty_four_hours():
    always = Calendar(LIMA, WeeklyHours.parse("mon-sun 00:00-24:00"))
    assert told("2026-07-20 23:00", 2 * HOUR, calendar=always) == "lun. 23:00–24:00 = 1 h; mar. 00:00–01:00 = 1 h"


def test_a_partial_day_is_told_with_its_hours_and_different_reasons_apart():
    calendar = Calendar(
        LIMA,
        DESK_HOURS,
        (
            Closure(date(2026, 7, 21), "Simulacro", "RM", "Drill", Window.parse("10:00-11:00")),
            Closure(date(2026, 7, 22), "Aniversario", "Ordenanza", "Anniversary"),
        ),
    )
    assert told("2026-07-21 09:00", 8 * HOUR, "en", calendar) == (
        "Tue 21 10:00–11:00: Drill; Tue 09:00–10:00, 11:00–13:00 and 14:00–17:00 = 6 h; "
        "Wed 22: Anniversary; Thu 08:00–10:00 = 2 h"
    )


def test_a_pause_is_told_between_the_stretches():
    log = Log("2026-07-20 08:00").asks("2026-07-20 09:00").official("2026-07-21 09:00")
    assert log.clock("first", "2026-07-21 09:30").explanation.text("es") == (
        "lun. 08:00–09:00 = 1 h; en pausa, esperando al funcionario: lun. 20 09:00 – mar. 21 09:00; "
        "mar. 09:00–12:00 = 3 h"
    )


def test_behind_a_breach_the_explanation_ends_at_the_deadline():
    log = Log("2026-07-20 08:00").add(EventKind.INTERNAL_NOTE, "2026-07-21 09:00")
    clock = log.clock("first", "2026-07-22 09:00")
    assert clock.explanation.text("en-US") == "Mon 08:00–12:00 = 4 h"
    assert clock.elapsed_seconds == 17 * HOUR


def test_nothing_counted_is_said_and_not_left_blank():
    assert Explanation(LIMA, ()).text() == "sin tiempo de trabajo contado"
    assert Explanation(LIMA, ()).text("en") == "no working time counted"


def test_durations_and_moments_are_short():
    assert [duration_text(seconds) for seconds in (0, 20, 3600, 5400, 90_061, -60)] == [
        *("0 s", "20 s", "1 h", "1 h 30 min", "25 h 1 min 1 s", "-1 min"),
    ]
    assert moment_text(lima("2026-07-30 11:00"), LIMA) == "jue. 30 jul. 2026 11:00"
    assert moment_text(lima("2026-09-01 08:00:05"), LIMA, "en") == "Tue 1 Sep 2026 08:00:05"
