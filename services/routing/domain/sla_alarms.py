"""Which notices the clocks of a case call for, each at most once however many schedulers ask.

An alarm is known by its key, (clock, cycle, step) within its case, so a unique row makes it once. Who comes
late sends one notice for the gravest step that was missed, marked late, and marks the lesser ones as covered.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.routing.domain.sla_clock import ClockState

BREACH = "breach"
_WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Alarm:
    """A notice to be given at `at` (aware UTC): a warning step, a breach, or a step of a wait.

    `group` is what it speaks of (`"first_response:1"`, `"waiting:…"`), `step` what it says (`"warning:75"`,
    `"breach"`, `"reminder"`, `"limit"`).
    """

    group: str
    step: str
    at: datetime

    @property
    def key(self) -> str:
        """Unique within the case."""
        return f"{self.group}:{self.step}"


@dataclass(frozen=True, slots=True)
class DueAlarm:
    """An alarm to give now, how late that is, and the keys of lesser alarms it makes superfluous."""

    alarm: Alarm
    late_seconds: int
    covered_keys: tuple[str, ...]


def alarms_of(states: Iterable[ClockState]) -> tuple[Alarm, ...]:
    """Every alarm of the clocks that have not stopped, in order of time. None after a terminal state.

    A breach is told one second after the deadline: at the deadline itself an answer is still in time.
    """
    alarms: dict[str, Alarm] = {}
    for state in states:
        if state.stopped_at is not None:
            continue
        for alarm in (*_clock_alarms(state), *_waiting_alarms(state)):
            alarms[alarm.key] = alarm
    return tuple(sorted(alarms.values(), key=lambda alarm: (alarm.at, alarm.key)))


def pending_alarms(
    states: Iterable[ClockState], given_keys: Collection[str] = (), watching_since: datetime | None = None
) -> tuple[Alarm, ...]:
    """What is still to be told, now or later, in order of time.

    Not what was given or covered before, nor a lesser step of something whose graver step was given (a policy adopted
    later may bring steps that lie behind), nor what is older than the watch.
    """
    known = set(given_keys)
    by_group: dict[str, list[Alarm]] = {}
    for alarm in alarms_of(states):
        by_group.setdefault(alarm.group, []).append(alarm)
    pending = []
    for alarms in by_group.values():
        told = max((number for number, alarm in enumerate(alarms) if alarm.key in known), default=-1)
        pending += [one for one in alarms[told + 1 :] if watching_since is None or one.at >= watching_since]
    return tuple(sorted(pending, key=lambda alarm: (alarm.at, alarm.key)))


def due_alarms(
    states: Iterable[ClockState],
    now: datetime,
    given_keys: Collection[str] = (),
    watching_since: datetime | None = None,
) -> tuple[DueAlarm, ...]:
    """What to tell at `now`: of each group the latest step reached and not given yet.

    `given_keys`: alarms given or covered before. `watching_since`: when the schedulers began their work on
    these cases; older alarms are history, not news, so a first start on old data tells nothing.
    """
    reached: dict[str, list[Alarm]] = {}
    for alarm in pending_alarms(states, given_keys, watching_since):
        if alarm.at <= now:
            reached.setdefault(alarm.group, []).append(alarm)
    return tuple(
        DueAlarm(gravest, int((now - gravest.at).total_seconds()), tuple(alarm.key for alarm in lesser))
        for *lesser, gravest in reached.values()
    )


def _clock_alarms(state: ClockState) -> Iterable[Alarm]:
    group = f"{state.name}:{state.cycle}"
    for percent, at in state.warnings:
        yield Alarm(group, f"warning:{percent}", at)
    if state.due_at is not None:
        yield Alarm(group, BREACH, state.due_at + timedelta(seconds=1))


def _waiting_alarms(state: ClockState) -> Iterable[Alarm]:
    """The steps of a wait; every paused clock tells the same ones, under one key."""
    if state.waiting_since and state.waiting_reminder_at and state.waiting_limit_at:
        group = f"{_WAITING}:{int(state.waiting_since.timestamp())}"
        yield Alarm(group, "reminder", state.waiting_reminder_at)
        yield Alarm(group, "limit", state.waiting_limit_at)
