"""A working calendar: a time zone, the hours of a week, and the days the law or a decree closes.

Terms in working days skip the non-working days of the service and the national or regional holidays
(TUO of Ley 27444, DS 004-2019-JUS, art. 145), so a case counts on the hours of the desk with the closures
of the desk *and* of the official's municipality: a day closed in either is closed.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from hashlib import sha256
from typing import Self
from zoneinfo import ZoneInfo

from services.routing.domain.open_windows import (
    DayPlan,
    OpenBlock,
    SkippedDay,
    build_block,
    subtract,
)
from services.routing.domain.sla_errors import InvalidCalendarError
from services.routing.domain.weekly_hours import WeeklyHours, Window

# A calendar that opens less than one hour in 60 days is a mistake: nobody could keep a promise on it.
OPENING_CHECK_DAYS = 60
OPENING_CHECK_SECONDS = 3600


@dataclass(frozen=True, slots=True, order=True)
class Closure:
    """A day closed by a norm, or the part of it inside `window`.

    `reason` is Spanish, `reason_en` English (the Spanish stands in when empty); `norm` is the legal source.
    """

    day: date
    reason: str
    norm: str = ""
    reason_en: str = ""
    window: Window | None = None


@dataclass(frozen=True)
class Calendar:
    """When the desk works, and until when that is known.

    - `zone`: IANA name; every date and hour of the calendar is local to it.
    - `hours`: the plain week; `closures`: closed days and closed parts of days, in any order.
    - `version`: what a frozen result quotes. Equal versions must mean equal content (see `fingerprint`).
    - `valid_from`: first day of use. When given, the 60 days from it must hold an open hour; without it the
      plain week must, so that a long closure in the future can be entered and is simply counted over.
    - `known_from`, `known_until`: first and last day whose holidays are known; counting outside is an error,
      never a guess.

    Raises InvalidCalendarError for an unknown zone and for a calendar that is not open.
    """

    zone: str
    hours: WeeklyHours
    closures: tuple[Closure, ...] = ()
    version: str = "unversioned"
    valid_from: date | None = None
    known_from: date | None = None
    known_until: date | None = None
    # Laid out on demand; a lost race between threads only lays the same block twice.
    _blocks: dict[int, OpenBlock] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _refuse_unknown_zone(self.zone)
        object.__setattr__(self, "closures", tuple(sorted(set(self.closures), key=_closure_order)))
        self._refuse_never_open()

    def __hash__(self) -> int:
        # Hashing hundreds of closures for every look-up would cost more than the look-up.
        return hash((self.zone, self.version))

    @cached_property
    def time_zone(self) -> ZoneInfo:
        """The zone itself."""
        return ZoneInfo(self.zone)

    @cached_property
    def fingerprint(self) -> str:
        """Digest of everything that can move a deadline; two calendars with the same one count alike."""
        content = repr((self.zone, str(self.hours), self.closures, self.known_from, self.known_until))
        return sha256(content.encode()).hexdigest()[:12]

    def also_closed(self, closures: tuple[Closure, ...], version: str = "") -> Self:
        """This calendar with more closed days, as when the municipality's holidays join the desk's."""
        joined = replace(self, closures=self.closures + closures)
        return replace(joined, version=version or f"{self.version}+{joined.fingerprint}")

    def combined_with(self, other: "Calendar") -> Self:
        """These hours with the closures of both calendars: a day closed in either is closed.

        Both must share a zone: "28 July" in two zones is not one day.
        """
        if other.zone != self.zone:
            raise InvalidCalendarError(
                f"No se pueden unir calendarios de dos zonas horarias ({self.zone} y {other.zone}).",
                f"Calendars of two time zones ({self.zone} and {other.zone}) cannot be joined.",
            )
        begins = [day for day in (self.known_from, other.known_from) if day is not None]
        ends = [day for day in (self.known_until, other.known_until) if day is not None]
        joined = replace(self, known_from=max(begins, default=None), known_until=min(ends, default=None))
        return joined.also_closed(other.closures, f"{self.version}+{other.version}")

    def block(self, number: int) -> OpenBlock:
        """The open stretches of one block of days, laid out once."""
        block = self._blocks.get(number)
        if block is None:
            block = self._blocks[number] = build_block(self.zone, number, self.plan_of)
        return block

    def plan_of(self, day: date) -> DayPlan:
        """The windows of one local day after its closures, and what each closure took."""
        windows = self.hours.days[day.weekday()]
        closures = self._closures_by_day.get(day)
        if not closures or not windows:
            return DayPlan(windows, ())
        whole = [closure for closure in closures if closure.window is None]
        if whole:
            return DayPlan((), ((_joined(day, whole), windows),))
        lost: list[tuple[SkippedDay, tuple[Window, ...]]] = []
        for closure in closures:
            if closure.window is not None:
                windows, taken = subtract(windows, closure.window)
                lost.append((_skipped(closure), taken))
        return DayPlan(windows, tuple((day, taken) for day, taken in lost if taken))

    @cached_property
    def known_seconds(self) -> tuple[int, int]:
        """The UTC seconds [first, last) in which the calendar vouches for its holidays."""
        first = self.known_from or date(1970, 1, 1)
        last = self.known_until or date(9000, 1, 1)
        return self._midnight(first), self._midnight(last + timedelta(days=1))

    def _midnight(self, day: date) -> int:
        return int(datetime(day.year, day.month, day.day, tzinfo=self.time_zone).timestamp())

    def open_seconds_from(self, first: date, days: int) -> int:
        """Open seconds of `days` local days beginning with `first`, as the windows say (not the clock)."""
        plans = (self.plan_of(first + timedelta(step)) for step in range(days))
        return sum(window.seconds for plan in plans for window in plan.windows)

    @cached_property
    def _closures_by_day(self) -> Mapping[date, list[Closure]]:
        by_day: defaultdict[date, list[Closure]] = defaultdict(list)
        for closure in self.closures:
            by_day[closure.day].append(closure)
        return dict(by_day)

    def _refuse_never_open(self) -> None:
        if self.valid_from is not None:
            seconds = self.open_seconds_from(self.valid_from, OPENING_CHECK_DAYS)
        else:
            seconds = self.hours.seconds * (OPENING_CHECK_DAYS // 7)
        if seconds < OPENING_CHECK_SECONDS:
            raise InvalidCalendarError(
                f"Este calendario no tiene ni una hora de atención en {OPENING_CHECK_DAYS} días: "
                f"revise el horario y los días cerrados.",
                f"This calendar has not one open hour in {OPENING_CHECK_DAYS} days: "
                f"check the hours and the closed days.",
            )


def _refuse_unknown_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:
        raise InvalidCalendarError(
            f"No existe la zona horaria «{zone}»: se espera un nombre IANA como America/Lima.",
            f"There is no time zone “{zone}”: an IANA name such as America/Lima is expected.",
        ) from error


def _closure_order(closure: Closure) -> tuple[date, str, str, str, str]:
    return closure.day, str(closure.window or ""), closure.reason, closure.norm, closure.reason_en


def _skipped(closure: Closure) -> SkippedDay:
    return SkippedDay(closure.day, closure.reason, closure.norm, closure.reason_en or closure.reason, closure.window)


def _joined(day: date, closures: list[Closure]) -> SkippedDay:
    """One line for a day closed by several norms, so that it is not counted or told twice."""
    skipped = [_skipped(closure) for closure in closures]
    return SkippedDay(
        day,
        " / ".join(dict.fromkeys(one.reason for one in skipped)),
        " / ".join(dict.fromkeys(one.norm for one in skipped if one.norm)),
        " / ".join(dict.fromkeys(one.reason_en for one in skipped)),
    )
