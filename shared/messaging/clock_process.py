"""The clock: fires due timers, tries failed events again, keeps house. Any number of clocks is safe.

Timers and retries run in threads of their own, so that a handler that hangs delays no deadline. An event that hangs
or kills this process has had its attempt counted before; the supervisor starts the clock again, and after its last
attempt the event is buried.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic

import structlog

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
_HUNG_AFTER_SECONDS = 60.0

_JOBS_EVERY_SECONDS = 30.0
_RETRY_SECONDS = 5.0
_EXIT_CODE = 70


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
        log.info("events_released", count=self._consumer.release_known())
        tick = self._settings.delivery.clock_tick_seconds
        loops: dict[str, tuple[Callable[[], object], float]] = {
            "timers": (self.fire_due, tick),
            "sweeper": (lambda: self._consumer.sweep(limit=100), min(tick, 0.25)),
            "jobs": (lambda: run_due_jobs(self._units, self._jobs), _JOBS_EVERY_SECONDS),
        }
        threads = [
            threading.Thread(target=self._loop, args=(name, action, pause, stop), name=name, daemon=True)
            for name, (action, pause) in loops.items()
        ]
        for thread in threads:
            thread.start()
        self._watch(stop)
        for thread in threads:
            thread.join(timeout=20)

    def fire_due(self) -> int:
        """Fire every timer that is due, each in a transaction of its own; returns how many."""
        fired = 0
        while fired < _TIMERS_A_TICK and self._fire_one():
            fired += 1
        return fired

    def _fire_one(self) -> bool:
        with self._units.database.transaction() as session:
            timer_id = timers.find_due(session, self._handlers.names)
        if timer_id is None:
            return False
        try:
            with self._units.begin() as work:
                timer = timers.take(work.session, timer_id)
                if timer is not None:
                    with correlated(str(timer.id), timer=timer.name):
                        self._handlers.handle(timer, work)
            if timer is not None:
                self._count(timer)
        except Exception as error:
            log.exception("timer_failed", timer_id=str(timer_id))
            with self._units.database.transaction() as session:
                timers.postpone(session, timer_id, describe(error), delay_seconds=_RETRY_SECONDS)
            self._failed.labels("any").inc()
        return True

    def _count(self, timer: Timer) -> None:
        self._fired.labels(timer.name).inc()
        self._late.observe(max(timer.late_ms, 0) / 1000)

    def _loop(self, name: str, action: Callable[[], object], pause: float, stop: threading.Event) -> None:
        while not stop.is_set():
            self._turns[name] = monotonic()
            try:
                action()
            except Exception as error:  # noqa: BLE001 - a database that is away; the loop goes on when it is back
                log.warning("clock_turn_failed", loop=name, error=describe(error))
                stop.wait(1)
            self._turns[name] = float("inf")
            stop.wait(pause)

    def _watch(self, stop: threading.Event) -> None:
        started_at = datetime.now(UTC)
        while not stop.wait(BEAT_SECONDS):
            hung = [name for name, turn in self._turns.items() if monotonic() - turn > _HUNG_AFTER_SECONDS]
            if hung:
                log.critical("clock_hung", loops=hung)
                os._exit(_EXIT_CODE)
            beat(self._units.database, self._settings.instance, "clock", started_at)
