"""The clock: fires due timers, tries failed events again, keeps house. Any number of clocks is safe.

Timers and retries run in threads of their own, so that a handler that hangs delays no deadline. An event or a timer
that hangs or kills this process has had its attempt counted before; the supervisor starts the clock again, the next
attempt comes later, and after its last one an event is buried. (A timer never is: a deadline stays due.)
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic

import structlog

from shared.db.absence import is_away
from shared.messaging import timers
from shared.messaging.consumer import Consumer, describe
from shared.messaging.heartbeat import BEAT_SECONDS, beat
from shared.messaging.housekeeping import Job, run_due_jobs
from shared.messaging.timers import Timer, TimerHandlers
from shared.messaging.work import UnitsOfWork
from shared.observability.correlation import correlated
from shared.observability.metrics import AGE_BUCKETS, counter, histogram
from shared.settings import ServiceSettings

log = structlog.get_logger()

_TIMERS_A_TICK = 200
_HUNG_AFTER_SECONDS = {"timers": 60.0, "sweeper": 60.0, "jobs": 900.0}
_JOBS_EVERY_SECONDS = 30.0
_LEASE_SECONDS = 5.0
_EXIT_CODE = 70  # EX_SOFTWARE of sysexits.h


class ClockProcess:
    """The clock of one service."""

    def __init__(
        self, settings: ServiceSettings, units: UnitsOfWork, consumer: Consumer, handlers: TimerHandlers,
        jobs: tuple[Job, ...] = (),
    ) -> None:  # fmt: skip
        self._settings = settings
        self._units = units
        self._consumer = consumer
        self._handlers = handlers
        self._jobs = jobs
        self._turns: dict[str, float] = {}
        service = settings.service
        self._late = histogram(
            service, "timer_late_seconds", "How long after its due time a timer fired.", buckets=AGE_BUCKETS
        )
        self._fired = counter(service, "timers_fired", "Timers fired.", "name")
        self._failed = counter(service, "timers_failed", "Attempts to fire a timer that failed.", "name")

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop."""
        tick = self._settings.delivery.clock_tick_seconds
        loops: dict[str, tuple[Callable[[], bool], float]] = {
            "timers": (self.fire_one, tick),
            "sweeper": (self._consumer.sweep_one, min(tick, 0.25)),
            "jobs": (self._keep_house, _JOBS_EVERY_SECONDS),
        }
        threads = [
            threading.Thread(target=self._loop, args=(name, step, pause, stop), name=name, daemon=True)
            for name, (step, pause) in loops.items()
        ]
        for thread in threads:
            thread.start()
        self._watch(stop)
        for thread in threads:
            thread.join(timeout=20)

    def fire_due(self) -> int:
        """Fire every timer that is due, each in a transaction of its own; returns how many were tried."""
        tried = 0
        while tried < _TIMERS_A_TICK and self.fire_one():
            tried += 1
        return tried

    def fire_one(self) -> bool:
        """Fire the timer that has been due longest; False when none is due."""
        with self._units.database.transaction() as session:
            timer = timers.lease_due(session, self._handlers.names, lease_seconds=_LEASE_SECONDS)
        if timer is None:
            return False
        with correlated(str(timer.id), timer=timer.name):
            try:
                self._act_on(timer)
                self._fired.labels(timer.name).inc()
                self._late.observe(max(timer.late_ms, 0) / 1000)
            except timers.TimerMovedError:
                log.info("timer_moved", subject=str(timer.subject))
            except Exception as error:  # noqa: BLE001 - whatever a handler raises, the timer stays due
                self._record_failure(timer, error)
        return True

    def _act_on(self, timer: Timer) -> None:
        with self._units.begin() as work:
            self._handlers.handle(timer, work.fired_by(timer))

            def close() -> None:
                work.session.flush()  # so that every lock the handler needs is taken before the timer's
                timers.close(work.session, timer)

            work.at_end(close)

    def _record_failure(self, timer: Timer, error: Exception) -> None:
        with self._units.database.transaction() as session:
            is_still_due = timers.record_failure(session, timer, describe(error))
        if is_still_due:  # else it was cancelled meanwhile, which is a good reason for a handler to stumble
            self._failed.labels(timer.name).inc()
            log.error(
                "timer_failed",
                subject=str(timer.subject),
                attempts=timer.attempts,
                error=describe(error),
                exc_info=None if is_away(error) else error,
            )

    def _keep_house(self) -> bool:
        if released := self._consumer.release_known():
            log.info("events_released", count=released)
        run_due_jobs(self._units, self._jobs)
        return False

    def _loop(self, name: str, step: Callable[[], bool], pause: float, stop: threading.Event) -> None:
        """Repeat a step: at once while it finds something to do, after a pause when it does not."""
        while not stop.is_set():
            self._turns[name] = monotonic()
            try:
                is_more_waiting = step()
            except Exception as error:
                log.warning(
                    "clock_turn_failed", loop=name, error=describe(error), exc_info=None if is_away(error) else error
                )
                is_more_waiting = False
            self._turns[name] = float("inf")
            if not is_more_waiting:
                stop.wait(pause)

    def _watch(self, stop: threading.Event) -> None:
        started_at = datetime.now(UTC)
        beat(self._units.database, self._settings.instance, "clock", started_at)
        while not stop.wait(BEAT_SECONDS):
            if hung := [name for name, turn in self._turns.items() if monotonic() - turn > _HUNG_AFTER_SECONDS[name]]:
                log.critical("clock_hung", loops=hung)
                os._exit(_EXIT_CODE)
            beat(self._units.database, self._settings.instance, "clock", started_at)
