"""The open stretches of a calendar laid on the time line of UTC seconds, in blocks of days kept for reuse.

A second is open when the *local* clock shows a time inside a window of that local day. That one sentence
settles daylight saving both ways: an hour the clock skips cannot be open, an hour it repeats is open twice.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple
from zoneinfo import ZoneInfo

from services.routing.domain.weekly_hours import DAY_SECONDS, Window

# Large enough that a deadline of weeks touches one or two blocks, small enough to be built in about 1 ms.
BLOCK_DAYS = 64
_EPOCH_DAY = date(1970, 1, 1).toordinal()
# Local days start up to 14 h before and 12 h after the UTC day of the same date.
_MARGIN_SECONDS = 36 * 3600
_HOUR = 3600


class SkippedDay(NamedTuple):
    """A local day (with `window`, a part of it) that would have been open and was not, and by what norm."""

    date: date
    reason: str
    norm: str
    reason_en: str = ""
    window: Window | None = None


class LostStretch(NamedTuple):
    """First and last UTC second taken from the week by a closure."""

    begins: int
    ends: int
    day: SkippedDay


class DayPlan(NamedTuple):
    """What one local day offers: its open windows, and the windows each closure took."""

    windows: tuple[Window, ...]
    lost: tuple[tuple[SkippedDay, tuple[Window, ...]], ...]


class OpenBlock(NamedTuple):
    """The open stretches of BLOCK_DAYS local days, in order: parallel lists for bisection.

    `starts[i]`, `ends[i]` are UTC seconds; `counted[i]` is the open time up to and including stretch i.
    """

    starts: list[int]
    ends: list[int]
    counted: list[int]
    lost: tuple[LostStretch, ...]

    @property
    def total(self) -> int:
        """Open seconds of the whole block."""
        return self.counted[-1] if self.counted else 0

    def open_seconds_before(self, moment: int) -> int:
        """Open seconds of this block that lie before `moment`."""
        index = bisect_right(self.starts, moment) - 1
        if index < 0:
            return 0
        return self.counted[index] - max(0, self.ends[index] - moment)

    def moment_at(self, counted: int) -> int:
        """The first moment at which `counted` (1 or more) open seconds of this block have passed."""
        index = bisect_left(self.counted, counted)
        return self.ends[index] - (self.counted[index] - counted)

    def stretches(self, begins: int, ends: int) -> Iterator[tuple[int, int]]:
        """The open stretches inside [begins, ends), cut to it; none when it is empty."""
        if begins >= ends:
            return
        for index in range(bisect_right(self.ends, begins), bisect_left(self.starts, ends)):
            yield max(begins, self.starts[index]), min(ends, self.ends[index])


def block_number(moment: int) -> int:
    """The first block that can hold a stretch ending after `moment`, whatever the zone's offset."""
    return (moment // DAY_SECONDS - 1) // BLOCK_DAYS


def build_block(zone: str, number: int, plan_of: Callable[[date], DayPlan]) -> OpenBlock:
    """Lay the days of block `number` on the UTC line."""
    first_day = number * BLOCK_DAYS
    segments = _offset_segments(zone, number)
    pieces: list[tuple[int, int]] = []
    lost: list[LostStretch] = []
    for day_number in range(first_day, first_day + BLOCK_DAYS):
        plan = plan_of(date.fromordinal(day_number + _EPOCH_DAY))
        midnight = day_number * DAY_SECONDS
        pieces.extend(_on_utc_line(midnight, plan.windows, segments))
        for skipped, windows in plan.lost:
            if taken := list(_on_utc_line(midnight, windows, segments)):
                lost.append(LostStretch(min(taken)[0], max(end for _, end in taken), skipped))
    pieces.sort()
    return OpenBlock(
        starts=[begins for begins, _ in pieces],
        ends=[ends for _, ends in pieces],
        counted=list(accumulate(ends - begins for begins, ends in pieces)),
        lost=tuple(lost),
    )


def subtract(windows: Iterable[Window], closed: Window) -> tuple[tuple[Window, ...], tuple[Window, ...]]:
    """Split `windows` by a closed window: what stays open, and what was taken."""
    kept: list[Window] = []
    taken: list[Window] = []
    for window in windows:
        begins, ends = max(window.opens, closed.opens), min(window.closes, closed.closes)
        if begins >= ends:
            kept.append(window)
            continue
        taken.append(Window(begins, ends))
        if window.opens < begins:
            kept.append(Window(window.opens, begins))
        if ends < window.closes:
            kept.append(Window(ends, window.closes))
    return tuple(kept), tuple(taken)


class _Segment(NamedTuple):
    """A stretch of UTC seconds in which the zone keeps one offset."""

    begins: int
    ends: int
    offset: int


def _on_utc_line(midnight: int, windows: Iterable[Window], segments: tuple[_Segment, ...]) -> Iterator[tuple[int, int]]:
    """The UTC stretches during which the local clock stands inside one of the windows of a day.

    `midnight` is the local midnight as if local time were UTC. A window crossing a change of offset without
    losing continuity comes out as one stretch.
    """
    for window in windows:
        merged: tuple[int, int] | None = None
        for segment in segments:
            begins = max(midnight + window.opens - segment.offset, segment.begins)
            ends = min(midnight + window.closes - segment.offset, segment.ends)
            if begins >= ends:
                continue
            if merged and merged[1] == begins:
                merged = (merged[0], ends)
                continue
            if merged:
                yield merged
            merged = (begins, ends)
        if merged:
            yield merged


@lru_cache(maxsize=1024)
def _offset_segments(zone: str, number: int) -> tuple[_Segment, ...]:
    """The stretches of constant offset around a block, found by hourly samples and bisection.

    zoneinfo offers no list of transitions; no zone changes its offset twice within an hour.
    """
    info = ZoneInfo(zone)
    begins = number * BLOCK_DAYS * DAY_SECONDS - _MARGIN_SECONDS
    ends = (number + 1) * BLOCK_DAYS * DAY_SECONDS + _MARGIN_SECONDS
    segments: list[_Segment] = []
    segment_begins, offset = begins, _offset_at(info, begins)
    for sample in range(begins + _HOUR, ends + 1, _HOUR):
        if (new_offset := _offset_at(info, sample)) == offset:
            continue
        low, high = sample - _HOUR, sample  # the offset changes in (low, high]
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if _offset_at(info, middle) == offset else (low, middle)
        segments.append(_Segment(segment_begins, high, offset))
        segment_begins, offset = high, new_offset
    segments.append(_Segment(segment_begins, ends, offset))
    return tuple(segments)


def _offset_at(info: ZoneInfo, moment: int) -> int:
    offset = datetime.fromtimestamp(moment, UTC).astimezone(info).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0
