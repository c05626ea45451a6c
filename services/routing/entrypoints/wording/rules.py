"""What the pages of rules call lengths, hours, days and outcomes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from babel.dates import format_date
from flask import Flask

from services.routing.domain.closed_days import ClosedDayRule
from services.routing.domain.rule_changes import day_text
from services.routing.domain.weekly_hours import DAY_NAMES, WeeklyHours
from services.routing.domain.work_spans import work_span_text
from shared.http.languages import N_, current_locale, span, translate
from shared.http.languages import moment as in_words

NOTICES = {
    "publicado": N_("La edición quedó publicada."),
    "importado": N_("Los días se agregaron al borrador."),
}
_TOLD = {"advisor": N_("asesor"), "supervisors": N_("supervisión")}
_DAYS = {
    "mon": N_("lun."), "tue": N_("mar."), "wed": N_("mié."), "thu": N_("jue."), "fri": N_("vie."), "sat": N_("sáb."),
    "sun": N_("dom."),
}  # fmt: skip
_LEAP_YEAR = 2000


def work_time(seconds: int) -> str:
    """A length of working time: «2 d», «1 d 4 h»."""
    return work_span_text(seconds)


def told_name(code: str) -> str:
    """Who is told of a step."""
    return translate(_TOLD[code])


def span_words(seconds: int) -> str:
    """A length of calendar time in words."""
    return span(seconds)


def hours_text(hours: WeeklyHours) -> str:
    """The week in one line: «lun. – vie. 08:00–13:00, 14:00–17:00»."""
    parts: list[tuple[list[str], str]] = []
    for name, windows in zip(DAY_NAMES, hours.days, strict=True):
        text = ", ".join(str(window).replace("-", "–") for window in windows)
        if parts and parts[-1][1] == text:
            parts[-1][0].append(name)
        else:
            parts.append(([name], text))
    said = []
    for names, text in parts:
        if text:
            first, last = translate(_DAYS[names[0]]), translate(_DAYS[names[-1]])
            said.append(f"{first if first == last else f'{first} – {last}'} {text}")
    return "; ".join(said)


def day_words(when: str, year: int) -> str:
    """A day of the closed-days table in a year: «jue. 24 dic.»."""
    is_yearly = len(when) == len("MM-DD")
    try:
        day = date.fromisoformat(f"{year}-{when}" if is_yearly else when)
    except ValueError:  # 29 February in a common year
        day = date.fromisoformat(f"{_LEAP_YEAR}-{when}")
    return str(format_date(day, "EEE d MMM", locale=current_locale()))


def day_line(rule: ClosedDayRule) -> str:
    """A closed day in one line."""
    return day_text(rule)


def outcome_sum(by_topic: Mapping[str, list[int]]) -> list[int]:
    """Met and missed before, met and missed after, over all topics."""
    return [sum(row[place] for row in by_topic.values()) for place in range(4)]


def stored_moment(text: str | None) -> datetime | None:
    """A moment of a stored result."""
    return datetime.fromisoformat(text) if text else None


def maybe_moment(moment: datetime | None) -> str:
    """A moment, or that there is none because the case waits."""
    return in_words(moment) if moment else translate(N_("en pausa"))


def install_rule_wording(app: Flask) -> None:
    """Give templates the words."""
    for one in (
        work_time,
        told_name,
        span_words,
        hours_text,
        day_words,
        day_line,
        outcome_sum,
        stored_moment,
        maybe_moment,
    ):
        app.jinja_env.filters[one.__name__] = one
