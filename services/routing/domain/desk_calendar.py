"""The desk's calendar as one thing that is edited and published: hours, zone, years, and the rules of closed days.

From it comes the calendar of any case: the desk's hours, closed when the desk *or* the official's municipality is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.routing.domain.closed_days import ClosedDayRule, closures_for, row_of, rule_of
from services.routing.domain.sla_errors import InvalidCalendarError
from services.routing.domain.weekly_hours import WeeklyHours
from services.routing.domain.working_calendar import Calendar, Closure

MOST_DAYS = 5_000
"""Rows of one calendar: forty years of holidays and every district's feast fit many times."""
_KEYS = frozenset({"zone", "hours", "ubigeo", "first_year", "last_year", "days"})
_EARLIEST_YEAR, _LATEST_YEAR = 2000, 2100


@dataclass(frozen=True, eq=False)
class DeskCalendar:
    """A version of the desk's calendar.

    - `version`: its name; a case quotes it with a digest of what applies at its municipality.
    - `ubigeo`: where the advisors sit, whose regional and local days close the desk too.
    - `first_year`, `last_year`: the years whose holidays are known.
    """

    version: str
    zone: str
    hours: WeeklyHours
    ubigeo: str
    first_year: int
    last_year: int
    rules: tuple[ClosedDayRule, ...]
    # Municipalities without days of their own share one calendar object, and so its laid-out days.
    _by_place: dict[str, Calendar] = field(default_factory=dict, init=False, repr=False)
    _by_closures: dict[frozenset[Closure], Calendar] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        if not _EARLIEST_YEAR <= self.first_year <= self.last_year <= _LATEST_YEAR:
            raise InvalidCalendarError(
                f"Los años del calendario van de {_EARLIEST_YEAR} a {_LATEST_YEAR}, en orden.",
                f"The years of the calendar go from {_EARLIEST_YEAR} to {_LATEST_YEAR}, in order.",
            )
        if len(self.rules) > MOST_DAYS:
            raise InvalidCalendarError(
                f"El calendario admite {MOST_DAYS} días como máximo.", f"The calendar takes {MOST_DAYS} days at most."
            )

    def calendar_for(self, ubigeo: str = "") -> Calendar:
        """The calendar of a municipality, "" for the desk alone. Raises InvalidClosureRuleError for no ubigeo."""
        found = self._by_place.get(ubigeo)
        if found is None:
            found = self._by_place[ubigeo] = self._shared(self._closures(ubigeo))
        return found

    def require_open(self, today: date) -> None:
        """Refuse hours and days that leave the desk no open hour in 60 days. Raises InvalidCalendarError."""
        Calendar(self.zone, self.hours, tuple(self._closures("")), valid_from=today)

    def _closures(self, ubigeo: str) -> frozenset[Closure]:
        first, last = date(self.first_year, 1, 1), date(self.last_year, 12, 31)
        return frozenset(
            closure for place in {self.ubigeo, ubigeo} for closure in closures_for(self.rules, place, first, last)
        )

    def _shared(self, closures: frozenset[Closure]) -> Calendar:
        found = self._by_closures.get(closures)
        if found is None:
            plain = Calendar(
                zone=self.zone,
                hours=self.hours,
                closures=tuple(closures),
                version="",
                known_from=date(self.first_year, 1, 1),
                known_until=date(self.last_year, 12, 31),
            )
            found = self._by_closures[closures] = plain.also_closed((), f"{self.version}-{plain.fingerprint}")
        return found


def digest_of(version: str) -> str:
    """The digest in the version of a case's calendar: equal digests count alike, whatever the edition's name."""
    return version.rpartition("-")[2]


def desk_calendar_of(version: str, content: Mapping[str, Any]) -> DeskCalendar:
    """The calendar that `calendar_content_of` wrote down. Raises SlaError subclasses for what cannot be one."""
    if content.keys() != _KEYS:
        raise InvalidCalendarError(
            f"El calendario de la mesa debe tener {', '.join(sorted(_KEYS))}.",
            f"The desk's calendar must have {', '.join(sorted(_KEYS))}.",
        )
    return DeskCalendar(
        version=version,
        zone=str(content["zone"]),
        hours=WeeklyHours.parse(str(content["hours"])),
        ubigeo=str(content["ubigeo"]),
        first_year=int(content["first_year"]),
        last_year=int(content["last_year"]),
        rules=tuple(rule_of(row) for row in content["days"]),
    )


def calendar_content_of(calendar: DeskCalendar) -> dict[str, Any]:
    """Everything of the desk's calendar, JSON-ready; its days as rows of the closed-days table."""
    return {
        "zone": calendar.zone,
        "hours": str(calendar.hours),
        "ubigeo": calendar.ubigeo,
        "first_year": calendar.first_year,
        "last_year": calendar.last_year,
        "days": [row_of(rule) for rule in calendar.rules],
    }
