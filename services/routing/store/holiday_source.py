"""The desk's calendar from its sources: the `holidays` library, the decreed days, and the desk's hours."""

from dataclasses import replace
from datetime import date
from functools import lru_cache
from importlib import resources
from typing import Any

import holidays
import yaml

from services.routing.domain.closed_days import (
    ClosedDayRule,
    Effect,
    parse_rules,
)
from services.routing.domain.desk_calendar import DeskCalendar
from services.routing.domain.sla_errors import InvalidCalendarError
from services.routing.domain.weekly_hours import WeeklyHours
from services.routing.domain.working_calendar import Calendar

_COUNTRY = "PE"
_BASE_NORM = "D. Leg. 713, art. 6"
# The library's names for which the law has its own, and the laws that added days after D. Leg. 713. The dates
# come from the library alone: a name it changes falls back to its own wording and to the base norm.
_LEGAL_NAMES = {
    "Día de la Independencia": ("Fiestas Patrias", "Fiestas Patrias", _BASE_NORM),
    "Día de la Gran Parada Militar": ("Fiestas Patrias", "Fiestas Patrias", _BASE_NORM),
    "Batalla de Arica y Día de la Bandera": (
        "Batalla de Arica y Día de la Bandera",
        "Battle of Arica and Flag Day",
        "Ley 31788",
    ),
    "Día de la Fuerza Aérea del Perú": (
        "Día de la Fuerza Aérea del Perú",
        "Peruvian Air Force Day",
        "Ley 31822",
    ),
    "Batalla de Junín": ("Batalla de Junín", "Battle of Junín", "Ley 31530"),
    "Batalla de Ayacucho": ("Batalla de Ayacucho", "Battle of Ayacucho", "Ley 31381"),
}
# The library lists Easter Sunday; the law does not, and a desk open on Sundays would work on it.
_NOT_IN_THE_LAW = frozenset({"Domingo de Resurrección"})


def national_holidays(first_year: int, last_year: int) -> tuple[ClosedDayRule, ...]:
    """The national holidays of whole years, both included, as rules with their norm."""
    years = range(first_year, last_year + 1)
    spanish = holidays.country_holidays(_COUNTRY, years=years, language="es")
    english = holidays.country_holidays(_COUNTRY, years=years, language="en_US")
    rules = []
    for day in sorted(spanish):
        for name, english_name in zip(spanish.get_list(day), english.get_list(day), strict=True):
            if name not in _NOT_IN_THE_LAW:
                rules.append(_national_rule(day, name, english_name))
    return tuple(rules)


@lru_cache(maxsize=1)
def decreed_days() -> tuple[ClosedDayRule, ...]:
    """The days closed by decree, law or ordinance, from the service's data file."""
    return parse_rules(_data_text("decreed_days.csv"))


def desk_hours() -> WeeklyHours:
    """The hours on which promises are counted."""
    return WeeklyHours.parse(_desk()["hours"])


@lru_cache(maxsize=1)
def seed_calendar() -> DeskCalendar:
    """The desk's calendar as the service is delivered, until a supervisor publishes another."""
    desk = _desk()
    return DeskCalendar(
        version=str(desk["version"]),
        zone=str(desk["zone"]),
        hours=desk_hours(),
        ubigeo=str(desk["ubigeo"]),
        first_year=desk["first_year"],
        last_year=desk["last_year"],
        rules=(*national_holidays(desk["first_year"], desk["last_year"]), *decreed_days()),
    )


@lru_cache(maxsize=4096)
def desk_calendar(ubigeo: str = "", hours: WeeklyHours | None = None) -> Calendar:
    """The calendar of a case under the delivered rules: closed when the desk *or* the official's municipality is.

    `ubigeo`: the municipality's district code, "" for the desk alone; `hours`: other hours than the desk's.
    The version names the content: it changes when, and only when, something that moves a deadline does.
    Raises InvalidClosureRuleError for an impossible code.
    """
    seed = seed_calendar()
    return (seed if hours is None else replace(seed, hours=hours)).calendar_for(ubigeo)


def _national_rule(day: date, name: str, english_name: str) -> ClosedDayRule:
    legal_name, legal_english, norm = _LEGAL_NAMES.get(name, (name, english_name, _BASE_NORM))
    return ClosedDayRule(
        ubigeo_prefix="",
        effect=Effect.CLOSED,
        is_made_up=False,
        name=legal_name,
        name_en=legal_english,
        norm=norm,
        day=day,
    )


@lru_cache(maxsize=1)
def _desk() -> dict[str, Any]:
    content = yaml.safe_load(_data_text("working_calendar.yaml"))
    wanted = {"version", "zone", "hours", "ubigeo", "first_year", "last_year"}
    if not isinstance(content, dict) or content.keys() != wanted:
        raise InvalidCalendarError(
            f"El calendario de la mesa debe tener {', '.join(sorted(wanted))}.",
            f"The desk's calendar must have {', '.join(sorted(wanted))}.",
        )
    return content


def _data_text(name: str) -> str:
    return resources.files("services.routing").joinpath("data", name).read_text(encoding="utf-8")
