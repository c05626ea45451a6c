"""The urgency rules U1 to U4 of the taxonomy, read from the text against the working calendar.

A rule gives *signals*: which rule and the words that show it. The model weighs signals with the rest of the text,
because «mañana» may be a time of day and «5 días» the term of the norm consulted; an explicit date or limit beyond
five working days is a signal too, against urgency.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from services.routing.classifier.urgency_signs import NUMBER, NUMBERS, SIGNS

IsWorkingDay = Callable[[date], bool]
SOON_WORKING_DAYS = 5  # taxonomy, U1: due or happening within five working days
LOOK_AHEAD_DAYS = 400
SATURDAY = 5
LEAP_DAY = (2, 29)
FOR_URGENCY = frozenset({"U1", "U2", "U3", "U4"})


@dataclass(frozen=True, slots=True)
class Signal:
    """One sign for (``U1`` to ``U4``) or against (``far``, ``past``, ``norm``, ``weak``) urgency, and its words."""

    rule: str
    name: str
    words: str


def is_weekday(day: date) -> bool:
    """Monday to Friday: the calendar used where no better one is given."""
    return day.weekday() < SATURDAY


def working_days_until(day: date, today: date, is_working_day: IsWorkingDay) -> int:
    """Working days after ``today`` up to and with ``day``; -1 when ``day`` is past."""
    if day < today:
        return -1
    span = min((day - today).days, LOOK_AHEAD_DAYS)
    return sum(is_working_day(today + timedelta(days=offset)) for offset in range(1, span + 1))


_MONTH_NAMES = (
    "enero ene january", "febrero feb february", "marzo mar march", "abril abr april", "mayo may", "junio jun june",
    "julio jul july", "agosto ago august", "setiembre septiembre set sep sept september",
    "octubre oct october", "noviembre nov november", "diciembre dic december",
)  # fmt: skip
_MONTHS = {name: index for index, names in enumerate(_MONTH_NAMES, start=1) for name in names.split()}
_LIMIT = re.compile(
    r"\b(?:queda\w*|falta\w*|tenemos|tengo|(?:nos |me )?(?:dan|dieron|da|dio)|plazo(?: de)?|vencen? en|en|dentro de|"
    r"within|in|otorg\w+|solo|apenas|left) (?:plazo |plazo de |solo |apenas |nada mas |unos )?"
    + NUMBER
    + r" (?:dias?|days?|working days?)\b(?: habiles| utiles| calendario)?"
)
_DATE = re.compile(
    r"\b(\d{1,2}) (?:del? )?(" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\b(?: (?:del? )?(20\d\d))?"
)


def _limits(text: str) -> Iterator[Signal]:
    for found in _LIMIT.finditer(text):
        days = int(found[1]) if found[1].isdigit() else NUMBERS[found[1]]
        if days <= SOON_WORKING_DAYS:
            yield Signal("U1", "quedan_dias", found[0])
        else:
            yield Signal("far", "quedan_muchos_dias", found[0])


def _day(found: re.Match[str], today: date) -> date:
    """The date written; without a year, the one nearest to ``today``. Raises ValueError for a 31 de febrero."""
    if found[3]:
        return date(int(found[3]), _MONTHS[found[2]], int(found[1]))
    day = date(today.year, _MONTHS[found[2]], int(found[1]))
    if (today - day).days > LOOK_AHEAD_DAYS // 2 and (day.month, day.day) != LEAP_DAY:
        return day.replace(year=today.year + 1)
    return day


def _dates(text: str, today: date, is_working_day: IsWorkingDay) -> Iterator[Signal]:
    for found in _DATE.finditer(text):
        try:
            left = working_days_until(_day(found, today), today, is_working_day)
        except ValueError:  # a slip of the pen, not a date
            continue
        if left < 0:
            yield Signal("past", "hace_tiempo", found[0])
        elif left <= SOON_WORKING_DAYS:
            yield Signal("U1", "este_dia", found[0])  # as good as «este viernes», which the corpus knows better
        else:
            yield Signal("far", "sin_apuro", found[0])


def signals(words: str, today: date, is_working_day: IsWorkingDay = is_weekday) -> list[Signal]:
    """Every sign for or against urgency in the normalised text ``words`` (tokens joined by spaces)."""
    found = [
        Signal(rule, name, match[0].strip())
        for rule, name, pattern in SIGNS
        if (match := pattern.search(words)) is not None
    ]
    found.extend(_limits(words))
    found.extend(_dates(words, today, is_working_day))
    return found
