"""Why a deadline is what it is, as a sentence a person can check with a finger on the wall calendar.

"lun. 16:00–17:00 = 1 h; mar. 28 y mié. 29: Fiestas Patrias; jue. 08:00–11:00 = 3 h"
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from services.routing.domain.open_windows import SkippedDay
from services.routing.domain.weekly_hours import DAY_SECONDS, clock_text
from services.routing.domain.working_time import WorkInterval

_ENGLISH, _SPANISH = "en", "es"
_WEEKDAYS = {
    _SPANISH: ("lun.", "mar.", "mié.", "jue.", "vie.", "sáb.", "dom."),
    _ENGLISH: ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
_MONTHS = {
    _SPANISH: (
        *("ene.", "feb.", "mar.", "abr.", "may.", "jun."),
        *("jul.", "ago.", "set.", "oct.", "nov.", "dic."),
    ),
    _ENGLISH: (
        *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
        *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    ),
}
_AND = {_SPANISH: "y", _ENGLISH: "and"}
_STILL = {_SPANISH: "todavía", _ENGLISH: "still"}
_NOTHING = {_SPANISH: "sin tiempo de trabajo contado", _ENGLISH: "no working time counted"}
# Beyond a week "Thursday" names two days, so every day gets its date.
_DAYS_WITH_UNIQUE_NAMES = 7


class PauseReason(StrEnum):
    """Why a clock did not run between two stretches."""

    WAITING = "waiting"
    CLOSED = "closed"


_PAUSED = {
    _SPANISH: {PauseReason.WAITING: "en pausa, esperando al funcionario", PauseReason.CLOSED: "caso cerrado"},
    _ENGLISH: {PauseReason.WAITING: "paused, waiting for the official", PauseReason.CLOSED: "case closed"},
}


@dataclass(frozen=True, slots=True)
class PauseSpan:
    """A stretch in which the clock did not run, aware UTC; `to` is None while it lasts."""

    from_: datetime
    to: datetime | None
    reason: PauseReason = PauseReason.WAITING


@dataclass(frozen=True, slots=True)
class Explanation:
    """The facts behind a deadline; `text` says them. `zone` is the IANA name of the calendar."""

    zone: str
    intervals: tuple[WorkInterval, ...]
    skipped: tuple[SkippedDay, ...] = ()
    pauses: tuple[PauseSpan, ...] = field(default=())

    @property
    def seconds(self) -> int:
        """Working time the intervals add up to."""
        return sum(interval.seconds for interval in self.intervals)

    def text(self, locale: str = _SPANISH) -> str:
        """The sentence, in English for "en…" and in Spanish for everybody else."""
        return _Sentence(self, _ENGLISH if locale.lower().startswith(_ENGLISH) else _SPANISH).text()


def explain(
    zone: str, intervals: tuple[WorkInterval, ...], skipped: tuple[SkippedDay, ...], locale: str = _SPANISH
) -> str:
    """The trace of a Deadline as a sentence in the hours of `zone`."""
    return Explanation(zone, intervals, skipped).text(locale)


def duration_text(seconds: int) -> str:
    """`1 h`, `1 h 30 min`, `20 s`: the same in both languages."""
    hours, rest = divmod(abs(seconds), 3600)
    minutes, second = divmod(rest, 60)
    parts = [f"{number} {unit}" for number, unit in ((hours, "h"), (minutes, "min"), (second, "s")) if number]
    return ("-" if seconds < 0 else "") + (" ".join(parts) or "0 s")


def moment_text(moment: datetime, zone: str, locale: str = _SPANISH) -> str:
    """`jue. 30 jul. 2026 11:00`: a moment on the wall clock of `zone`."""
    language = _ENGLISH if locale.lower().startswith(_ENGLISH) else _SPANISH
    local = moment.astimezone(ZoneInfo(zone))
    day = f"{_WEEKDAYS[language][local.weekday()]} {local.day} {_MONTHS[language][local.month - 1]}"
    return f"{day} {local.year} {clock_text(_second_of_day(local))}"


class _Sentence:
    """One explanation being worded in one language."""

    def __init__(self, explanation: Explanation, language: str) -> None:
        self._explanation = explanation
        self._language = language
        self._zone = ZoneInfo(explanation.zone)
        self._has_dates = self._spans_more_than_a_week()

    def text(self) -> str:
        parts = [*self._work_parts(), *self._skipped_parts(), *self._pause_parts()]
        # Python's sort is stable: work before pauses that begin in the same second.
        return "; ".join(part for _, part in sorted(parts, key=lambda pair: pair[0])) or _NOTHING[self._language]

    def _work_parts(self) -> list[tuple[datetime, str]]:
        by_day: defaultdict[date, list[WorkInterval]] = defaultdict(list)
        for interval in self._explanation.intervals:
            by_day[interval.from_.astimezone(self._zone).date()].append(interval)
        parts = []
        for day, intervals in by_day.items():
            hours = self._listed([self._hours(interval) for interval in intervals])
            total = duration_text(sum(interval.seconds for interval in intervals))
            parts.append((intervals[0].from_, f"{self._day_name(day)} {hours} = {total}"))
        return parts

    def _skipped_parts(self) -> list[tuple[datetime, str]]:
        """Neighbouring days closed for one reason are told together."""
        groups: list[list[SkippedDay]] = []
        for skipped in sorted(self._explanation.skipped, key=lambda one: one.date):
            last = groups[-1][-1] if groups else None
            if last and last[1:] == skipped[1:] and skipped.date - last.date == timedelta(days=1):
                groups[-1].append(skipped)
            else:
                groups.append([skipped])
        return [(self._midnight(group[0].date), self._skipped_group(group)) for group in groups]

    def _skipped_group(self, group: list[SkippedDay]) -> str:
        days = self._listed([self._day_name(one.date, has_number=True) for one in group])
        window = group[0].window
        hours = f" {clock_text(window.opens)}–{clock_text(window.closes)}" if window else ""
        reason = group[0].reason if self._language == _SPANISH else group[0].reason_en or group[0].reason
        return f"{days}{hours}: {reason}"

    def _pause_parts(self) -> list[tuple[datetime, str]]:
        parts = []
        for pause in self._explanation.pauses:
            ends = self._point(pause.to) if pause.to else _STILL[self._language]
            parts.append((pause.from_, f"{_PAUSED[self._language][pause.reason]}: {self._point(pause.from_)} – {ends}"))
        return parts

    def _point(self, moment: datetime) -> str:
        local = moment.astimezone(self._zone)
        return f"{self._day_name(local.date(), has_number=True)} {clock_text(_second_of_day(local))}"

    def _hours(self, interval: WorkInterval) -> str:
        begins, ends = interval.from_.astimezone(self._zone), interval.to.astimezone(self._zone)
        # Midnight at the end of a day is its 24:00.
        closes = DAY_SECONDS if ends.date() != begins.date() else _second_of_day(ends)
        return f"{clock_text(_second_of_day(begins))}–{clock_text(closes)}"

    def _day_name(self, day: date, *, has_number: bool = False) -> str:
        name = _WEEKDAYS[self._language][day.weekday()]
        if self._has_dates:
            return f"{name} {day.day} {_MONTHS[self._language][day.month - 1]}"
        return f"{name} {day.day}" if has_number else name

    def _listed(self, words: list[str]) -> str:
        if len(words) == 1:
            return words[0]
        return f"{', '.join(words[:-1])} {_AND[self._language]} {words[-1]}"

    def _midnight(self, day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=self._zone)

    def _spans_more_than_a_week(self) -> bool:
        moments = [interval.from_ for interval in self._explanation.intervals]
        for pause in self._explanation.pauses:
            moments.extend([pause.from_, pause.to or pause.from_])
        days = [moment.astimezone(self._zone).date() for moment in moments]
        days.extend(one.date for one in self._explanation.skipped)
        return bool(days) and (max(days) - min(days)).days >= _DAYS_WITH_UNIQUE_NAMES


def _second_of_day(local: datetime) -> int:
    return local.hour * 3600 + local.minute * 60 + local.second
