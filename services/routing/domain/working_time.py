"""Counting in working time: when a promise falls due, and how much working time lies between two moments.

Rules, everywhere: UTC in, UTC out; whole seconds (a fraction is dropped); half-open stretches. A deadline is
the *first* moment at which the time has passed, so it lies in an open window or exactly at its end: eight
hours begun at 08:00 end at 17:00 today and not at 08:00 tomorrow.
"""

from datetime import UTC, datetime
from typing import NamedTuple

from services.routing.domain.open_windows import BLOCK_DAYS, SkippedDay, block_number
from services.routing.domain.sla_errors import DeadlineTooFarError, InvalidTimeError
from services.routing.domain.weekly_hours import DAY_SECONDS, WeeklyHours, Window
from services.routing.domain.working_calendar import Calendar, Closure

__all__ = [
    "DAY_SECONDS",
    "MAX_DAYS",
    "Calendar",
    "Closure",
    "Deadline",
    "SkippedDay",
    "WeeklyHours",
    "Window",
    "WorkInterval",
    "add_working_time",
    "due_moment",
    "skipped_days",
    "whole_second",
    "working_intervals",
    "working_seconds_between",
]

# The walk is bounded in days, not in steps: ten years hold a closure of 400 days and a calendar of one hour
# a week, and a target that needs more is a typing error.
MAX_DAYS = 3_660
# Years with known zone rules; outside, `datetime` itself begins to overflow.
_EARLIEST = datetime(1971, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)


class WorkInterval(NamedTuple):
    """A counted stretch of working time, aware UTC, `to` excluded."""

    from_: datetime
    to: datetime
    seconds: int


class Deadline(NamedTuple):
    """When a promise falls due, every stretch counted on the way, and the days the calendar skipped."""

    due_at: datetime
    intervals: tuple[WorkInterval, ...]
    skipped: tuple[SkippedDay, ...]


def whole_second(moment: datetime) -> int:
    """A moment as the UTC second it falls in. Raises InvalidTimeError without an offset or out of range."""
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise InvalidTimeError(
            f"La fecha {moment.isoformat()} no indica su diferencia con UTC.",
            f"The time {moment.isoformat()} does not say its offset from UTC.",
        )
    if not _EARLIEST <= moment < _LATEST:
        raise InvalidTimeError(
            f"La fecha {moment.isoformat()} está fuera del rango admitido (1971 a 2199).",
            f"The time {moment.isoformat()} is outside the supported range (1971 to 2199).",
        )
    return int(moment.timestamp() // 1)


def moment_of(second: int) -> datetime:
    """A UTC second as an aware datetime."""
    return datetime.fromtimestamp(second, UTC)


def add_working_time(calendar: Calendar, start: datetime, seconds: int) -> Deadline:
    """The deadline `seconds` of working time after `start`, with its trace.

    Zero seconds give `start` itself when the desk is open (or has just closed), else the next opening.
    Raises InvalidTimeError (naive start, negative seconds) and DeadlineTooFarError (more than MAX_DAYS, or
    beyond the days the calendar knows).
    """
    begins = whole_second(start)
    due = due_second(calendar, begins, seconds)
    return Deadline(moment_of(due), intervals_between(calendar, begins, due), skipped_between(calendar, begins, due))


def due_moment(calendar: Calendar, start: datetime, seconds: int) -> datetime:
    """The deadline alone, without its trace: same rule, same errors."""
    return moment_of(due_second(calendar, whole_second(start), seconds))


def due_second(calendar: Calendar, begins: int, seconds: int) -> int:
    """`add_working_time` on UTC seconds."""
    if seconds < 0:
        raise InvalidTimeError(
            f"El tiempo de trabajo no puede ser negativo ({seconds} s).",
            f"Working time cannot be negative ({seconds} s).",
        )
    due = _next_open(calendar, begins) if seconds == 0 else _after(calendar, begins, seconds)
    first, last = calendar.known_seconds
    if begins < first or due > last:
        raise DeadlineTooFarError(
            f"El calendario {calendar.version} solo conoce los feriados del {calendar.known_from or '…'} "
            f"al {calendar.known_until or '…'}.",
            f"The calendar {calendar.version} knows the holidays from {calendar.known_from or '…'} "
            f"to {calendar.known_until or '…'} only.",
        )
    return due


def working_seconds_between(calendar: Calendar, start: datetime, end: datetime) -> int:
    """Working seconds in [start, end). Raises InvalidTimeError when `end` lies before `start`."""
    begins, ends = _ordered(start, end)
    return open_seconds(calendar, begins, ends)


def open_seconds(calendar: Calendar, begins: int, ends: int) -> int:
    """`working_seconds_between` on UTC seconds, `begins` not after `ends`."""
    blocks = range(block_number(begins), block_number(ends) + 2)
    return sum(
        block.open_seconds_before(ends) - block.open_seconds_before(begins) for block in map(calendar.block, blocks)
    )


def working_intervals(calendar: Calendar, start: datetime, end: datetime) -> tuple[WorkInterval, ...]:
    """Every open stretch inside [start, end), in order; their seconds add up to the time between."""
    return intervals_between(calendar, *_ordered(start, end))


def skipped_days(calendar: Calendar, start: datetime, end: datetime) -> tuple[SkippedDay, ...]:
    """The closures that took working time from [start, end), in order of date.

    A holiday on a day that is off anyway took nothing and is not told.
    """
    return skipped_between(calendar, *_ordered(start, end))


def _ordered(start: datetime, end: datetime) -> tuple[int, int]:
    begins, ends = whole_second(start), whole_second(end)
    if ends < begins:
        raise InvalidTimeError(
            f"El final ({end.isoformat()}) es anterior al comienzo ({start.isoformat()}).",
            f"The end ({end.isoformat()}) lies before the start ({start.isoformat()}).",
        )
    return begins, ends


def _after(calendar: Calendar, begins: int, seconds: int) -> int:
    """The first moment with `seconds` (1 or more) open seconds since `begins`."""
    first = block_number(begins)
    remaining = seconds
    for number in range(first, first + MAX_DAYS // BLOCK_DAYS + 1):
        block = calendar.block(number)
        # Not zero in the second block either: `begins` may lie in its first day (see block_number).
        passed = block.open_seconds_before(begins)
        if passed + remaining <= block.total:
            return block.moment_at(passed + remaining)
        remaining -= block.total - passed
    raise DeadlineTooFarError(
        f"{seconds} s de trabajo no caben en {MAX_DAYS} días de este calendario.",
        f"{seconds} s of working time do not fit in {MAX_DAYS} days of this calendar.",
    )


def _next_open(calendar: Calendar, begins: int) -> int:
    """`begins` when it is open or exactly at a closing, else the next opening."""
    after = _after(calendar, begins, 1) - 1  # the open second at or after `begins`
    if after == begins or open_seconds(calendar, begins - 1, begins):
        return begins
    return after


def intervals_between(calendar: Calendar, begins: int, ends: int) -> tuple[WorkInterval, ...]:
    """`working_intervals` on UTC seconds."""
    return tuple(
        WorkInterval(moment_of(low), moment_of(high), high - low)
        for number in range(block_number(begins), block_number(ends) + 2)
        for low, high in calendar.block(number).stretches(begins, ends)
    )


def skipped_between(calendar: Calendar, begins: int, ends: int) -> tuple[SkippedDay, ...]:
    """`skipped_days` on UTC seconds."""
    return tuple(
        lost.day
        for number in range(block_number(begins), block_number(ends) + 2)
        for lost in calendar.block(number).lost
        if lost.begins < ends and lost.ends > begins
    )
