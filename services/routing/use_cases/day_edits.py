"""Closed days of the draft: added one by one or from a file, taken out again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.routing.domain.closed_days import ClosedDayRule, row_of, rule_of
from services.routing.domain.sla_errors import InvalidClosureRuleError
from services.routing.store.day_files import DayRow, FileDefaults, place_of, read_days

NEW, KNOWN, REPEATED, WRONG = "new", "known", "repeated", "wrong"


@dataclass(frozen=True, slots=True)
class JudgedRow:
    """A row of a file against the draft: new, known to it, repeated in the file, or wrong."""

    row: DayRow
    verdict: str


def judge_file(content: dict[str, Any], data: bytes, defaults: FileDefaults) -> list[JudgedRow]:
    """What adding a file to the draft would do. Raises InvalidClosureRuleError when it cannot be read at all."""
    return judge(content, read_days(data, defaults))


def judge(content: dict[str, Any], rows: Sequence[DayRow]) -> list[JudgedRow]:
    """What adding rows to the draft would do, row by row."""
    known = {place_of(rule_of(row)) for row in content["days"]}
    seen = set()
    judged = []
    for row in rows:
        if row.rule is None:
            judged.append(JudgedRow(row, WRONG))
            continue
        place = place_of(row.rule)
        verdict = KNOWN if place in known else REPEATED if place in seen else NEW
        seen.add(place)
        judged.append(JudgedRow(row, verdict))
    return judged


def with_days(content: dict[str, Any], rules: Sequence[ClosedDayRule]) -> dict[str, Any]:
    """The content with these days.

    :raises InvalidClosureRuleError: one of them stands in it already.
    """
    known = {place_of(rule_of(row)) for row in content["days"]}
    for rule in rules:
        if place_of(rule) in known:
            raise InvalidClosureRuleError(
                f"Ese día ya está en el calendario: {rule.name}.", f"That day is in the calendar already: {rule.name}."
            )
        known.add(place_of(rule))
    return content | {"days": [*content["days"], *(row_of(rule) for rule in rules)]}


def without_days(content: dict[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    """The content without the days of these keys (`key_of`)."""
    gone = set(keys)
    return content | {"days": [row for row in content["days"] if key_of(row) not in gone]}


def is_of_year(row: Mapping[str, Any], year: int) -> bool:
    """Whether a day falls in a year: by its date, or every year while it is in force."""
    if len(row["when"]) > len("MM-DD"):
        return str(row["when"]).startswith(str(year))
    return int(row["first_year"] or 0) <= year <= int(row["last_year"] or 9999)


def key_of(row: dict[str, str]) -> str:
    """What names a day of a calendar: its date, place and hours, of which there is one."""
    return f"{row['when']}|{row['ubigeo_prefix']}|{row['closed_window']}|{row['first_year']}"
