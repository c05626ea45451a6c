"""One clock of a case: the stretches it ran, the promise it runs against, and how it ended.

Elapsed time is the working time of the union of the running stretches, counted anew whenever asked: no sum is
stored, so none can be added to twice. All moments inside are UTC seconds.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.routing.domain.open_windows import SkippedDay
from services.routing.domain.sla_explanation import Explanation, PauseReason, PauseSpan
from services.routing.domain.sla_policy import ClockName
from services.routing.domain.working_time import (
    Calendar,
    WorkInterval,
    due_second,
    intervals_between,
    moment_of,
    open_seconds,
    skipped_between,
)


class ClockStatus(StrEnum):
    """Where a clock stands."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    BREACHED = "breached"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True)
class Promise:
    """What a clock runs against: a target in working seconds, on a calendar, under named versions."""

    target_seconds: int
    calendar: Calendar
    policy_version: str
    warning_percents: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ClockState:
    """A clock at one moment. Times are aware UTC, seconds are of working time.

    - `cycle`: 1, or the number of the exchange for the next-response clock.
    - `due_at`: the deadline; None while paused, because then there is none to miss.
    - `remaining_seconds`: target minus elapsed; negative is lateness.
    - `warn_at`: the last warning step (75 % by default), `warnings` all of them; only while running.
    - `breached_at`: the deadline that was missed; `met_at`: when the promise was kept.
    - `stopped_at`: when the clock stopped, whatever the outcome; `is_paused` also for a breached clock.
    - `intervals`: the counted stretches so far; their seconds add up to `elapsed_seconds`.
    - `explanation`: the stretches that lead to the deadline, to be said with `explanation.text("es")`.
    - `exceptions`: signed lines beside a breach, as "reason (who)".
    """

    name: ClockName
    cycle: int
    state: ClockStatus
    started_at: datetime
    due_at: datetime | None
    target_seconds: int
    elapsed_seconds: int
    remaining_seconds: int
    warn_at: datetime | None
    warnings: tuple[tuple[int, datetime], ...]
    breached_at: datetime | None
    met_at: datetime | None
    stopped_at: datetime | None
    is_paused: bool
    waiting_since: datetime | None
    waiting_reminder_at: datetime | None
    waiting_limit_at: datetime | None
    intervals: tuple[WorkInterval, ...]
    explanation: Explanation
    policy_version: str
    calendar_version: str
    exceptions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wait:
    """A wait for the official: since when, when to remind, and when the clocks run again regardless."""

    since: int
    reminder_at: int
    limit_at: int


class Clock:
    """A clock being played along an event log. Call `settle(at)` before anything that happens at `at`."""

    def __init__(self, name: ClockName, cycle: int, started: int, promise: Promise) -> None:
        self.name = name
        self.cycle = cycle
        self.started = started
        self.exceptions: list[str] = []
        self._promise = promise
        # No deadline may lie before the promise that made it: nobody can break it in retrospect.
        self._promised_at = started
        self._spans: list[tuple[int, int]] = []
        self._gaps: list[tuple[int, int, PauseReason]] = []
        self._running_since: int | None = started
        self._stopped_at: int | None = None
        self._is_met = False
        self._breached_at: int | None = None
        self._due: int | None = None
        self._plan()

    @property
    def is_active(self) -> bool:
        """Not stopped: running or paused, in time or late."""
        return self._stopped_at is None

    @property
    def is_breached(self) -> bool:
        """The deadline was missed; this never changes back."""
        return self._breached_at is not None

    @property
    def stopped_at(self) -> int | None:
        """When the clock stopped."""
        return self._stopped_at

    def settle(self, at: int) -> None:
        """Take notice that it is `at`: a deadline strictly before it is missed, one exactly at it is not."""
        is_late = self._running_since is not None and self._due is not None and at > self._due
        if is_late and self._breached_at is None:
            self._breached_at = self._due

    def pause(self, at: int) -> None:
        """Stop counting while the official is waited for."""
        self._halt(at)
        if not self.is_breached:
            self._due = None

    def resume(self, at: int) -> None:
        """Count again after a wait."""
        self._run_again(at, PauseReason.WAITING)

    def stop(self, at: int, *, is_met: bool) -> None:
        """End: met when the promise was kept, else not applicable. A breach stays a breach."""
        self._halt(at)
        self._stopped_at = at
        self._is_met = is_met

    def reopen(self, at: int) -> None:
        """Run again after the end, with the time elapsed before; the time in between does not count."""
        self._stopped_at = None
        self._is_met = False
        self._run_again(at, PauseReason.CLOSED)

    def promise_anew(self, at: int, promise: Promise) -> None:
        """Another target, policy or calendar from `at` on; the stretches already run keep counting.

        A broken promise is not replaced: the breach and its terms stay as they were.
        """
        if not self.is_breached:
            self._promise = promise
            self._promised_at = at
            self._plan()

    def begin_earlier(self, at: int, started: int) -> None:
        """Take over the earlier start of a case merged into this one at `at`."""
        if started >= self.started:
            return
        if self._spans:  # even a clock paused in its first second has one, of no length
            self._spans[0] = (started, self._spans[0][1])
        else:
            self._running_since = started
        self.started = started
        self._promised_at = at
        self._plan()

    def state(self, now: int, wait: Wait | None) -> ClockState:
        """What can be said of the clock at `now`, already settled."""
        spans = self._spans_until(now)
        calendar, target = self._promise.calendar, self._promise.target_seconds
        elapsed = sum(open_seconds(calendar, begins, ends) for begins, ends in spans)
        is_paused = self.is_active and self._running_since is None
        waiting = wait if is_paused else None
        warnings = self._warnings() if self._is_running_in_time() else ()
        return ClockState(
            name=self.name,
            cycle=self.cycle,
            state=self._status(is_paused=is_paused),
            started_at=moment_of(self.started),
            due_at=_moment(self._due),
            target_seconds=target,
            elapsed_seconds=elapsed,
            remaining_seconds=target - elapsed,
            warn_at=warnings[-1][1] if warnings else None,
            warnings=warnings,
            breached_at=_moment(self._breached_at),
            met_at=_moment(self._stopped_at) if self._is_met and not self.is_breached else None,
            stopped_at=_moment(self._stopped_at),
            is_paused=is_paused,
            waiting_since=_moment(waiting.since if waiting else None),
            waiting_reminder_at=_moment(waiting.reminder_at if waiting else None),
            waiting_limit_at=_moment(waiting.limit_at if waiting else None),
            intervals=_intervals(calendar, spans),
            explanation=self._explanation(spans),
            policy_version=self._promise.policy_version,
            calendar_version=calendar.version,
            exceptions=tuple(self.exceptions),
        )

    def _status(self, *, is_paused: bool) -> ClockStatus:
        if self.is_breached:
            return ClockStatus.BREACHED
        if not self.is_active:
            return ClockStatus.MET if self._is_met else ClockStatus.NOT_APPLICABLE
        return ClockStatus.PAUSED if is_paused else ClockStatus.RUNNING

    def _is_running_in_time(self) -> bool:
        return self._running_since is not None and not self.is_breached

    def _halt(self, at: int) -> None:
        if self._running_since is not None:
            self._spans.append((self._running_since, at))
            self._running_since = None

    def _run_again(self, at: int, reason: PauseReason) -> None:
        if self._running_since is not None:
            return
        if self._spans and self._spans[-1][1] == at:
            # A wait of no length leaves no mark: the stretch goes on.
            self._running_since = self._spans.pop()[0]
        else:
            self._running_since = at
            self._gaps.append((self._spans[-1][1] if self._spans else self.started, at, reason))
        if self._remaining() <= 0:
            # Nothing was left when the wait began: the promise is due the moment work can go on, not before.
            self._promised_at = max(self._promised_at, at)
        self._plan()

    def _remaining(self) -> int:
        """Working time left when the current stretch began."""
        calendar = self._promise.calendar
        elapsed = sum(open_seconds(calendar, begins, ends) for begins, ends in self._spans)
        return self._promise.target_seconds - elapsed

    def _plan(self) -> None:
        if self._is_running_in_time():
            self._due = self._moment_of(self._promise.target_seconds)

    def _moment_of(self, worked: int) -> int:
        """When the clock shows `worked` seconds, but not before the promise was made."""
        calendar = self._promise.calendar
        left = worked
        moment: int | None = None
        for begins, ends in self._spans:
            length = open_seconds(calendar, begins, ends)
            if left <= length:
                moment = due_second(calendar, begins, left)
                break
            left -= length
        if moment is None and self._running_since is not None:
            moment = due_second(calendar, self._running_since, left)
        if moment is None or moment < self._promised_at:
            return due_second(calendar, self._promised_at, 0)
        return moment

    def _warnings(self) -> tuple[tuple[int, datetime], ...]:
        target = self._promise.target_seconds
        return tuple(
            (percent, moment_of(self._moment_of(-(-target * percent // 100))))  # the first second at the step
            for percent in self._promise.warning_percents
        )

    def _spans_until(self, now: int) -> list[tuple[int, int]]:
        if self._running_since is None:
            return self._spans
        return [*self._spans, (self._running_since, now)]

    def _explanation(self, spans: list[tuple[int, int]]) -> Explanation:
        """What leads to the deadline: behind a running clock the time ahead too, behind a breach not the rest."""
        calendar = self._promise.calendar
        if self._is_running_in_time() and self._due is not None:
            spans = [*spans[:-1], (spans[-1][0], max(spans[-1][0], self._due))]
        elif self._breached_at is not None:
            due = self._breached_at
            spans = [(begins, min(ends, due)) for begins, ends in spans if begins < due]
        last = spans[-1][1] if spans else self.started
        return Explanation(
            calendar.zone,
            _intervals(calendar, spans),
            _skipped(calendar, spans),
            tuple(
                PauseSpan(moment_of(begins), moment_of(ends), reason)
                for begins, ends, reason in self._gaps
                if begins < last
            )
            + self._open_pause(last),
        )

    def _open_pause(self, last: int) -> tuple[PauseSpan, ...]:
        if self._running_since is None and self.is_active and not self.is_breached:
            return (PauseSpan(moment_of(last), None, PauseReason.WAITING),)
        return ()


def _moment(second: int | None) -> datetime | None:
    return None if second is None else moment_of(second)


def _intervals(calendar: Calendar, spans: list[tuple[int, int]]) -> tuple[WorkInterval, ...]:
    return tuple(one for begins, ends in spans for one in intervals_between(calendar, begins, ends))


def _skipped(calendar: Calendar, spans: list[tuple[int, int]]) -> tuple[SkippedDay, ...]:
    """A day closed while the clock ran; once, though two stretches may touch it."""
    days = (day for begins, ends in spans for day in skipped_between(calendar, begins, ends))
    return tuple(dict.fromkeys(days))
