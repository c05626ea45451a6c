"""The engine against an independent second-by-second simulator, on random calendars and random histories.

The worlds are small (an hour around a midnight, a holiday's edge, a change of the clock) and their windows and
targets are short, so that every boundary is met often. In half of them everything happens on whole half-minutes,
so that deadlines, openings, answers and pauses coincide to the second. 600 histories in each test run, 10,000
when slow tests are asked for.
"""

import random
from bisect import bisect_left
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.routing.domain.sla import (
    CaseEvent,
    Classification,
    ClockName,
    EventKind,
    PolicyRule,
    SlaPolicy,
    clock_states,
)
from services.routing.domain.working_time import (
    Calendar,
    Closure,
    WeeklyHours,
    Window,
    add_working_time,
    working_seconds_between,
)
from tests.support.sla_random import KINDS, seeded
from tests.support.sla_simulator import Simulator, open_mask

HORIZON = 3_600
# Zone and the first UTC second of the hour: midnight before a holiday in Lima, both changes in Madrid, the
# repeated hour in New York, and the half-hour zone whose change is half an hour.
WORLDS = (
    ("America/Lima", datetime(2026, 7, 28, 4, 30, tzinfo=UTC)),
    ("Europe/Madrid", datetime(2026, 3, 29, 0, 30, tzinfo=UTC)),
    ("Europe/Madrid", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 10, 3, 15, 0, tzinfo=UTC)),
)
LABELS = ("short", "middle", "long")


class World:
    """A zone, hours cut at odd seconds, closures, and the same thing as plain data for the simulator."""

    def __init__(self, chooser: random.Random, grid: int) -> None:
        self.grid = grid
        self.zone, begins = chooser.choice(WORLDS)
        self.origin = int(begins.timestamp())
        local = [
            (begins + timedelta(seconds=step)).astimezone(ZoneInfo(self.zone)) for step in range(0, HORIZON + 1, 300)
        ]
        moments = sorted({moment.hour * 3600 + moment.minute * 60 for moment in local} | {0})
        self.week = [self._windows(chooser, moments) for _ in range(7)]
        days = sorted({moment.date() for moment in local})
        self.closures = [
            (day, None if chooser.random() < 0.3 else self._cut(chooser, moments))
            for day in days
            if chooser.random() < 0.3
        ]

    def _cut(self, chooser: random.Random, moments: list[int]) -> tuple[int, int]:
        low = chooser.choice(moments) + rounded(chooser.randint(0, 200), self.grid)
        return low, min(86_400, low + rounded(chooser.randint(60, 900), self.grid))

    def _windows(self, chooser: random.Random, moments: list[int]) -> list[tuple[int, int]]:
        kept: list[tuple[int, int]] = []
        # The last window is the same every day and long enough for a calendar to be accepted.
        for low, high in [*sorted(self._cut(chooser, moments) for _ in range(3)), (50_000, 54_000)]:
            if not kept or low >= kept[-1][1]:
                kept.append((low, high))
        return kept

    def calendar(self) -> Calendar:
        hours = WeeklyHours(tuple(tuple(Window(*pair) for pair in windows) for windows in self.week))
        closures = tuple(
            Closure(day, "Cierre", "Norma", window=Window(*part) if part else None) for day, part in self.closures
        )
        return Calendar(self.zone, hours, closures)

    def mask(self) -> list[bool]:
        return open_mask(self.origin, HORIZON + 1, self.zone, self.week, self.closures)


def rounded(seconds: int, grid: int) -> int:
    return seconds // grid * grid


def random_history(chooser: random.Random, origin: int, grid: int) -> list[tuple[int, str, object]]:
    at = origin + rounded(chooser.randint(300, 1200), grid)
    events: list[tuple[int, str, object]] = [(at, "submitted", chooser.choice(LABELS))]
    for _ in range(chooser.randint(0, 12)):
        at += rounded(chooser.choice((0, 1, 30, 200)) + chooser.randint(0, 150), grid)
        kind = chooser.choice(KINDS)
        details: object = None
        if kind is EventKind.ANSWER_SENT:
            details = chooser.random() < 0.3
        elif kind is EventKind.RECLASSIFIED:
            details = chooser.choice(LABELS)
        elif kind is EventKind.ABSORBED:
            details = origin + rounded(chooser.randint(0, 1500), grid)
        events.append((at, str(kind), details))
    return events


def as_case_events(events) -> list[CaseEvent]:
    def moment(second: int) -> datetime:
        return datetime.fromtimestamp(second, UTC)

    log = []
    for number, (at, name, details) in enumerate(events):
        kind = EventKind(name)
        is_class = kind in {EventKind.SUBMITTED, EventKind.RECLASSIFIED}
        log.append(
            CaseEvent(
                id=str(number),
                sequence=number,
                kind=kind,
                at=moment(at),
                classification=Classification(str(details), "tema", is_urgent=False) if is_class else None,
                is_final=kind is EventKind.ANSWER_SENT and bool(details),
                absorbed_started_at=moment(details) if kind is EventKind.ABSORBED else None,
            )
        )
    return log


def random_policy(chooser: random.Random, grid: int) -> SlaPolicy:
    def targets() -> dict[ClockName, int]:
        return {clock: max(1, rounded(chooser.randint(1, 900), grid)) for clock in ClockName}

    rules = [PolicyRule(label, targets(), kinds=frozenset({label})) for label in LABELS[:-1]]
    rules.append(PolicyRule("long", targets()))
    limit = max(2, rounded(chooser.randint(2, 600), grid))
    return SlaPolicy("random", tuple(rules), waiting_reminder_seconds=1, waiting_limit_seconds=limit)


def compare_one_history(seed: int) -> Counter:
    """Play one history both ways; returns how often each status was reached."""
    chooser = seeded(seed)
    grid = chooser.choice((1, 30))
    world = World(chooser, grid)
    policy = random_policy(chooser, grid)
    events = random_history(chooser, world.origin, grid)
    until = rounded(chooser.randint(events[0][0] + grid, world.origin + HORIZON), grid)
    events = [event for event in events if event[0] <= until]
    targets = {
        label: {str(clock): policy.target_seconds(clock, Classification(label, "tema", False)) for clock in ClockName}
        for label in LABELS
    }
    simulator = Simulator(world.origin, world.mask(), targets, policy.waiting_limit_seconds)
    expected = {
        (clock.name, clock.cycle): (clock.status(), clock.elapsed, clock.breached, clock.stopped)
        for clock in simulator.play(events, until)
    }
    states = clock_states(as_case_events(events), policy, world.calendar(), datetime.fromtimestamp(until, UTC))
    found = {
        (str(state.name), state.cycle): (
            str(state.state),
            state.elapsed_seconds,
            int(state.breached_at.timestamp()) if state.breached_at else None,
            int(state.stopped_at.timestamp()) if state.stopped_at else None,
        )
        for state in states
    }
    assert found == expected, f"seed {seed}"
    return Counter(status for status, *_ in found.values())


def compare_histories(seeds: range) -> None:
    reached: Counter = Counter()
    for seed in seeds:
        reached += compare_one_history(seed)
    # A comparison that never reaches a state proves nothing about it.
    assert min(reached[status] for status in ("running", "paused", "met", "breached", "not_applicable")) > 10


def test_600_random_histories_agree_with_the_second_by_second_simulator():
    compare_histories(range(600))


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_10000_random_histories_agree_with_the_second_by_second_simulator():
    compare_histories(range(10_000))


def test_deadlines_over_weeks_agree_with_counting_every_second():
    week = [[(28_800, 46_800), (50_400, 61_200)]] * 5 + [[], []]
    closures = [(date(2026, 3, 27), (36_000, 86_400)), (date(2026, 3, 31), None)]
    zone, days = "Europe/Madrid", 14
    origin = int(datetime(2026, 3, 23, tzinfo=UTC).timestamp())
    mask = open_mask(origin, days * 86_400, zone, week, closures)
    hours = WeeklyHours.parse("mon-fri 08:00-13:00,14:00-17:00")
    calendar = Calendar(
        zone,
        hours,
        tuple(Closure(day, "Cierre", window=Window(*part) if part else None) for day, part in closures),
    )
    open_seconds = [second for second, is_open in enumerate(mask) if is_open]
    chooser = seeded(7)
    for _ in range(300):
        start, end = sorted(chooser.randint(0, days * 86_400 - 1) for _ in range(2))
        first, last = (datetime.fromtimestamp(origin + second, UTC) for second in (start, end))
        before, after = bisect_left(open_seconds, start), bisect_left(open_seconds, end)
        counted = after - before
        assert working_seconds_between(calendar, first, last) == counted
        if counted:
            due = open_seconds[after - 1] + 1
            assert add_working_time(calendar, first, counted).due_at.timestamp() == origin + due
