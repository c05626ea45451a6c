"""Which days are closed, where, and by what norm: rules keyed by ubigeo prefix, turned into closures.

A decree of the Prime Minister's office closes the whole public sector (empty prefix), a law a department,
a province (2, 4 digits), an ordinance one district (6). Whether the hours are made up later is kept for the
people who ask, and changes nothing here: nobody answers on a day that is made up on another.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.routing.domain.sla_errors import InvalidClosureRuleError, InvalidHoursError
from services.routing.domain.weekly_hours import Window
from services.routing.domain.working_calendar import Closure

_PREFIX_LENGTHS = (0, 2, 4, 6)
_DEPARTMENTS = range(1, 26)
_UBIGEO_LENGTH = 6
_TRUTH = {"yes": True, "no": False}
# Any leap year: a yearly day is checked against it so that 29 February is a valid rule.
_LEAP_YEAR = 2000


class Effect(StrEnum):
    """What a rule does to its day."""

    CLOSED = "closed"
    PARTIAL = "partial"


@dataclass(frozen=True, slots=True)
class ClosedDayRule:
    """One row of the closed-days table.

    - `ubigeo_prefix`: "" (national), or the first 2, 4 or 6 digits of the INEI codes it reaches.
    - `day` for one date, or `month_day` for every year (29 February only in leap years), between
      `first_year` and `last_year` where given.
    - `window`: the closed part of the day, for Effect.PARTIAL only.
    - `is_made_up`: the hours are worked on another day.
    """

    ubigeo_prefix: str
    effect: Effect
    is_made_up: bool
    name: str
    norm: str
    name_en: str = ""
    day: date | None = None
    month_day: tuple[int, int] | None = None
    window: Window | None = None
    first_year: int | None = None
    last_year: int | None = None

    def __post_init__(self) -> None:
        prefix = self.ubigeo_prefix
        if len(prefix) not in _PREFIX_LENGTHS or (prefix and not _is_ubigeo_start(prefix)):
            raise InvalidClosureRuleError(
                f"«{prefix}» no es un prefijo de ubigeo: se espera vacío, 2, 4 o 6 dígitos.",
                f"“{prefix}” is no ubigeo prefix: empty, 2, 4 or 6 digits are expected.",
            )
        if (self.day is None) == (self.month_day is None):
            raise InvalidClosureRuleError(
                "Una regla tiene una fecha o un día de cada año, no ambos.",
                "A rule has one date or one day of every year, not both.",
            )
        if (self.effect is Effect.PARTIAL) != (self.window is not None):
            raise InvalidClosureRuleError(
                "Un cierre parcial indica sus horas, y solo un cierre parcial.",
                "A partial closure names its hours, and only a partial closure does.",
            )
        if not self.name.strip() or not self.norm.strip():
            raise InvalidClosureRuleError(
                "Un día cerrado lleva su nombre y la norma que lo dispone.",
                "A closed day carries its name and the norm that orders it.",
            )

    def applies_to(self, ubigeo: str) -> bool:
        """Whether the rule reaches the place: a department is reached by no rule of its provinces."""
        return ubigeo.startswith(self.ubigeo_prefix)

    def closures(self, first: date, last: date) -> Iterable[Closure]:
        """The days it closes from `first` to `last`, both included."""
        for day in self._days(first, last):
            if first <= day <= last and self._is_in_force(day.year):
                yield Closure(day, self.name, self.norm, self.name_en or self.name, self.window)

    def _days(self, first: date, last: date) -> Iterable[date]:
        if self.day is not None:
            yield self.day
        elif self.month_day is not None:
            for year in range(first.year, last.year + 1):
                try:
                    yield date(year, *self.month_day)
                except ValueError:  # 29 February in a common year
                    continue

    def _is_in_force(self, year: int) -> bool:
        return (self.first_year is None or year >= self.first_year) and (
            self.last_year is None or year <= self.last_year
        )


def closures_for(rules: Iterable[ClosedDayRule], ubigeo: str, first: date, last: date) -> tuple[Closure, ...]:
    """Every closure of a place between two days, both included, in order of day.

    `ubigeo`: "" for what is national only, else 2, 4 or 6 digits. Raises InvalidClosureRuleError for a code
    that cannot be one.
    """
    if ubigeo and (len(ubigeo) not in _PREFIX_LENGTHS or not _is_ubigeo_start(ubigeo)):
        raise invalid_ubigeo(ubigeo)
    reached = (rule for rule in rules if rule.applies_to(ubigeo))
    found = {closure for rule in reached for closure in rule.closures(first, last)}
    return tuple(sorted(found, key=lambda closure: (closure.day, closure.reason, str(closure.window))))


def district_code(text: str) -> str:
    """A district's six-digit INEI code. Raises InvalidClosureRuleError; whether it exists is not checked."""
    code = text.strip()
    if len(code) != _UBIGEO_LENGTH or not _is_ubigeo_start(code):
        raise invalid_ubigeo(text)
    return code


def invalid_ubigeo(text: str) -> InvalidClosureRuleError:
    """The error for a code that cannot be a ubigeo."""
    return InvalidClosureRuleError(
        f"«{text}» no es un ubigeo del INEI: se esperan 6 dígitos y un departamento del 01 al 25.",
        f"“{text}” is no INEI ubigeo: 6 digits and a department from 01 to 25 are expected.",
    )


def parse_rules(text: str) -> tuple[ClosedDayRule, ...]:
    """Read the CSV table: a header line, then one rule a line; lines beginning with # are comments.

    Columns: ubigeo_prefix, when (YYYY-MM-DD or MM-DD), effect (closed, partial), closed_window, is_made_up
    (yes, no), name, name_en, norm, first_year, last_year. No line breaks inside cells. Raises
    InvalidClosureRuleError with the line.
    """
    numbered = [
        (number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip() and not line.startswith("#")
    ]
    rules = []
    for (number, _), row in zip(numbered[1:], csv.DictReader(line for _, line in numbered), strict=True):
        try:
            rules.append(rule_of(row))
        except (InvalidClosureRuleError, InvalidHoursError) as error:
            raise InvalidClosureRuleError(
                f"Fila {number}: {error.spanish}", f"Line {number}: {error.english}"
            ) from error
    return tuple(rules)


def rule_of(row: Mapping[str, str | None]) -> ClosedDayRule:
    """One row of the table as a rule. Raises InvalidClosureRuleError naming the column that is wrong."""
    day, month_day = _when(_cell(row, "when"))
    window = _cell(row, "closed_window")
    effect, is_made_up = _cell(row, "effect"), _cell(row, "is_made_up")
    if effect not in set(Effect):
        raise _wrong_cell("effect", effect)
    if is_made_up not in _TRUTH:
        raise _wrong_cell("is_made_up", is_made_up)
    return ClosedDayRule(
        ubigeo_prefix=_cell(row, "ubigeo_prefix"),
        effect=Effect(effect),
        is_made_up=_TRUTH[is_made_up],
        name=_cell(row, "name"),
        name_en=_cell(row, "name_en"),
        norm=_cell(row, "norm"),
        day=day,
        month_day=month_day,
        window=Window.parse(window) if window else None,
        first_year=_year(row, "first_year"),
        last_year=_year(row, "last_year"),
    )


def row_of(rule: ClosedDayRule) -> dict[str, str]:
    """A rule as a row that `rule_of` reads: the columns of the closed-days table."""
    when = rule.day.isoformat() if rule.day else "{:02d}-{:02d}".format(*(rule.month_day or (1, 1)))
    return {
        "ubigeo_prefix": rule.ubigeo_prefix,
        "when": when,
        "effect": str(rule.effect),
        "closed_window": str(rule.window) if rule.window else "",
        "is_made_up": "yes" if rule.is_made_up else "no",
        "name": rule.name,
        "name_en": rule.name_en,
        "norm": rule.norm,
        "first_year": str(rule.first_year or ""),
        "last_year": str(rule.last_year or ""),
    }


def _cell(row: Mapping[str, str | None], column: str) -> str:
    return (row.get(column) or "").strip()


def _when(text: str) -> tuple[date | None, tuple[int, int] | None]:
    try:
        if len(text) == len("MM-DD"):
            yearly = date.fromisoformat(f"{_LEAP_YEAR}-{text}")
            return None, (yearly.month, yearly.day)
        return date.fromisoformat(text), None
    except ValueError as error:
        raise _wrong_cell("when", text) from error


def _year(row: Mapping[str, str | None], column: str) -> int | None:
    text = _cell(row, column)
    if text and not (text.isascii() and text.isdigit() and len(text) == len("YYYY")):
        raise _wrong_cell(column, text)
    return int(text) if text else None


def _wrong_cell(column: str, text: str) -> InvalidClosureRuleError:
    return InvalidClosureRuleError(
        f"«{text}» no es un valor de la columna {column}.", f"“{text}” is no value of the column {column}."
    )


def _is_ubigeo_start(text: str) -> bool:
    return text.isascii() and text.isdigit() and int(text[:2]) in _DEPARTMENTS
