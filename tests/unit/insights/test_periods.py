"""Days and hours of Peru."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.insights.domain.periods import by_day, today, week

moments = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone


def test_the_day_of_peru_begins_at_five_utc():
    period = today(datetime(2026, 11, 23, 4, 59, tzinfo=UTC))
    assert period.starts_at == datetime(2026, 11, 22, 5, tzinfo=UTC)
    assert today(datetime(2026, 11, 23, 5, tzinfo=UTC)).starts_at == datetime(2026, 11, 23, 5, tzinfo=UTC)


@given(moments)
def test_a_period_holds_its_moment_and_whole_hours(now):
    for period, days in ((today(now), 1), (week(now), 7)):
        assert period.starts_at <= now < period.ends_at
        assert period.ends_at - period.starts_at == timedelta(days=days)
        assert len(period.hours) == 24 * days


@given(moments, st.lists(st.integers(0, 167), max_size=30))
def test_days_add_up_to_the_hours(now, indexes):
    period = week(now)
    counts: dict[datetime, int] = {}
    for index in indexes:
        counts[period.hours[index]] = counts.get(period.hours[index], 0) + 1
    assert sum(count for _, count in by_day(period, counts)) == len(indexes)
