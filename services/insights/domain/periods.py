"""The stretches of time that the console looks at, cut at the hours and days of Peru."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

LIMA = ZoneInfo("America/Lima")
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """From `starts_at` to `ends_at` (excluded), shown hour by hour; `name` is today or week."""

    name: str
    starts_at: datetime
    ends_at: datetime

    @property
    def hours(self) -> tuple[datetime, ...]:
        """The beginning of each hour, UTC. Peru's offset is a whole number of hours, so hours agree."""
        count = (self.ends_at - self.starts_at) // HOUR
        return tuple(self.starts_at + index * HOUR for index in range(count))


def today(now: datetime) -> Period:
    """The local day that `now` belongs to, whole: the hours to come are part of the picture."""
    midnight = now.astimezone(LIMA).replace(hour=0, minute=0, second=0, microsecond=0)
    return Period("today", midnight.astimezone(UTC), (midnight + DAY).astimezone(UTC))


def week(now: datetime) -> Period:
    """Seven local days, the last of them today."""
    last = today(now)
    return Period("week", last.starts_at - 6 * DAY, last.ends_at)


PERIODS = {"today": today, "week": week}


def by_day(period: Period, counts: dict[datetime, int]) -> list[tuple[datetime, int]]:
    """Counts by hour, added up by local day; the key is the day's first moment."""
    days = (period.ends_at - period.starts_at) // DAY
    starts = [period.starts_at + index * DAY for index in range(days)]
    return [(start, sum(n for hour, n in counts.items() if start <= hour < start + DAY)) for start in starts]
