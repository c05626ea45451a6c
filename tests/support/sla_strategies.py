"""Hypothesis strategies: weeks of windows, calendars with closures, moments of 2026, amounts of work."""

from datetime import UTC, date, datetime

from hypothesis import settings
from hypothesis import strategies as st

from services.routing.domain.working_time import Calendar, Closure, WeeklyHours, Window

ZONES = ("America/Lima", "Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "America/Santiago")

times_of_day = st.one_of(st.integers(0, 86_400), st.integers(0, 48).map(lambda half: half * 1800))
windows = st.lists(times_of_day, min_size=2, max_size=8, unique=True).map(
    lambda cuts: tuple(Window(*sorted(cuts)[low : low + 2]) for low in range(0, len(cuts) - 1, 2))
)
weeks = st.lists(st.one_of(st.just(()), windows), min_size=7, max_size=7).map(lambda days: WeeklyHours(tuple(days)))
days_of_2026 = st.dates(date(2026, 1, 1), date(2026, 12, 31))
parts = st.one_of(st.none(), st.tuples(times_of_day, times_of_day).filter(lambda pair: pair[0] < pair[1]))
closures = st.builds(
    lambda day, part: Closure(day, "Cierre", "Norma", window=Window(*part) if part else None), days_of_2026, parts
)
calendars = st.builds(
    lambda zone, week, closed: (zone, week, tuple(closed)),
    st.sampled_from(ZONES),
    weeks.filter(lambda week: week.seconds >= 3600),
    st.lists(closures, max_size=30),
).map(lambda given_parts: Calendar(*given_parts))
moments = st.integers(
    int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()), int(datetime(2026, 12, 31, tzinfo=UTC).timestamp())
).map(lambda second: datetime.fromtimestamp(second, UTC))
work = st.one_of(st.integers(0, 100), st.integers(0, 400_000))
unhurried = settings(deadline=None, max_examples=150)
