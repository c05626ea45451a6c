"""Closed days: the rules of places and years, the table of decrees, and the national holidays."""

from datetime import date

import pytest

from services.routing.domain.closed_days import closures_for, district_code, parse_rules
from services.routing.domain.sla_errors import InvalidClosureRuleError
from services.routing.domain.working_time import add_working_time
from services.routing.store.holiday_source import decreed_days, desk_calendar, national_holidays
from tests.support.sla_cases import HOUR, LIMA, lima, wall

HEADER = "ubigeo_prefix,when,effect,closed_window,is_made_up,name,name_en,norm,first_year,last_year\n"


def closed(ubigeo: str, day: date) -> list[str]:
    return [closure.norm for closure in closures_for(decreed_days(), ubigeo, day, day)]


@pytest.mark.parametrize(
    ("ubigeo", "day", "norms"),
    [
        ("040103", date(2026, 8, 15), ["Ley 24875, art. 8"]),  # another district of the province of Arequipa
        ("040201", date(2026, 8, 15), []),  # another province of Arequipa
        ("100101", date(2026, 8, 15), ["Ley 24704"]),
        ("130901", date(2026, 8, 15), ["Ordenanza Municipal 067 (Huamachuco)"]),
        ("130902", date(2026, 8, 15), []),
        ("230101", date(2026, 5, 26), ["Ley 24681"]),
        ("180301", date(2026, 5, 26), ["Ley 31667"]),
        ("180301", date(2022, 5, 26), []),  # before the law
        ("050403", date(2026, 11, 27), ["Norma local (número por confirmar)"]),
        ("230401", date(2025, 9, 1), ["Ordenanza Regional 012-2025-CR/GOB.REG.TACNA"]),
        ("230401", date(2026, 9, 1), []),  # one year only
        ("150101", date(2026, 1, 2), ["DS 042-2025-PCM"]),
        ("040103", date(2025, 12, 26), ["DS 042-2025-PCM"]),
        ("", date(2025, 5, 2), ["DS 042-2025-PCM"]),
        ("04", date(2026, 8, 15), []),  # a department does not close for one of its provinces
    ],
)
def test_each_decreed_day_closes_its_places_in_its_years(ubigeo, day, norms):
    assert closed(ubigeo, day) == norms


def test_the_national_holidays_are_the_sixteen_of_the_law():
    days = [closure for rule in national_holidays(2026, 2026) for closure in rule.closures(date.min, date.max)]
    assert [(one.day.month, one.day.day) for one in days] == [
        *((1, 1), (4, 2), (4, 3), (5, 1), (6, 7), (6, 29), (7, 23), (7, 28), (7, 29)),
        *((8, 6), (8, 30), (10, 8), (11, 1), (12, 8), (12, 9), (12, 25)),
    ]
    assert {one.reason for one in days if one.day.month == 7 and one.day.day > 23} == {"Fiestas Patrias"}
    assert all(one.norm and one.reason_en for one in days)


def test_the_calendar_of_a_municipality_adds_its_local_days_to_the_desk():
    assert desk_calendar("150132") is desk_calendar("040201")  # no local days of their own: one calendar
    arequipa = desk_calendar("040101")
    assert arequipa.version != desk_calendar().version
    assert arequipa.zone == LIMA
    assert wall(add_working_time(arequipa, lima("2025-08-14 16:00"), 2 * HOUR).due_at) == "2025-08-18 09:00"
    assert wall(add_working_time(desk_calendar(), lima("2025-08-14 16:00"), 2 * HOUR).due_at) == "2025-08-15 09:00"


def test_two_readings_of_the_sources_have_one_version():
    before = desk_calendar("230101").version
    desk_calendar.cache_clear()
    assert desk_calendar("230101").version == before


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("4,08-15,closed,,no,Día,,Ley,,", "prefijo de ubigeo"),
        ("99,08-15,closed,,no,Día,,Ley,,", "prefijo de ubigeo"),
        ("04,15-08,closed,,no,Día,,Ley,,", "columna when"),
        ("04,,closed,,no,Día,,Ley,,", "columna when"),
        ("04,2026-02-29,closed,,no,Día,,Ley,,", "columna when"),
        ("04,08-15,open,,no,Día,,Ley,,", "columna effect"),
        ("04,08-15,closed,,maybe,Día,,Ley,,", "columna is_made_up"),
        ("04,08-15,closed,,no,,,Ley,,", "lleva su nombre"),
        ("04,08-15,closed,,no,Día,,,,", "lleva su nombre"),
        ("04,08-15,partial,,no,Día,,Ley,,", "cierre parcial"),
        ("04,08-15,closed,08:00-12:00,no,Día,,Ley,,", "cierre parcial"),
        ("04,08-15,partial,12:00-08:00,no,Día,,Ley,,", "termina antes de empezar"),
        ("04,08-15,closed,,no,Día,,Ley,25,", "columna first_year"),
    ],
)
def test_a_wrong_row_is_refused_with_its_line(row, says):
    with pytest.raises(InvalidClosureRuleError, match=r"^Line 3: ") as error:
        parse_rules(f"# comment\n{HEADER}{row}\n")
    assert error.value.spanish.startswith("Fila 3: ")
    assert says in error.value.spanish


def test_a_partial_rule_closes_its_hours_only():
    (rule,) = parse_rules(f"{HEADER},12-24,partial,12:00-24:00,no,Nochebuena,Christmas Eve,Directiva 1,,\n")
    (closure,) = closures_for([rule], "150101", date(2026, 1, 1), date(2026, 12, 31))
    assert (closure.day, str(closure.window)) == (date(2026, 12, 24), "12:00-24:00")


@pytest.mark.parametrize("code", ["1", "990101", "15010", "1501011", "15O101", "²50101", ""])
def test_what_is_no_district_code_is_refused(code):
    with pytest.raises(InvalidClosureRuleError):
        district_code(code)
    if code:
        with pytest.raises(InvalidClosureRuleError):
            closures_for((), code, date(2026, 1, 1), date(2026, 1, 2))
