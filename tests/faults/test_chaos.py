"""Everything at once: a fault every two seconds, chosen by the seed, while officials go on asking."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator

import psutil
import pytest

from deploy.local.provisioning import SERVICES
from tests.support.fault_acts import Provider, cut_connections
from tests.support.fault_desk import AWAY, Desk, Trial
from tests.support.fault_scale import in_full_only

pytestmark = pytest.mark.faults

_EVERY_SECONDS = 2.0
_FREEZE_SECONDS = 3.0
_SHORT_SECONDS = 30.0
_FULL_EVENTS = 8000
_EVENTS_A_CONSULTATION = 5.5
_FULL_PACE = 10.0
_CHAOS_ERRORS = (*AWAY, r"WorkerLostError", r"SystemExit", r"[Tt]imeout", r"InterfaceError")


class Chaos:
    """The faults, each with how often it comes among the others."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._system = desk.system
        self._frozen: list[tuple[float, str]] = []
        self.struck: Counter[str] = Counter()
        self._faults: dict[Callable[[], object], int] = {
            self._kill_worker: 6,
            self._kill_pool_child: 2,
            self._kill_main_only: 2,
            self._kill_relay: 4,
            self._kill_clock: 3,
            self._kill_sender: 3,
            self._kill_web: 1,
            self._lose_broker: 4,
            self._flush: 3,
            self._freeze_worker: 3,
            self._crash_postgres: 1,
            self._cut_database: 2,
            self._break_mail: 2,
        }

    def strike(self) -> None:
        """One fault; what was frozen long enough goes on."""
        self.thaw(older_than=_FREEZE_SECONDS)
        (fault,) = self._desk.random.choices(list(self._faults), weights=list(self._faults.values()))
        self.struck[fault.__name__.strip("_")] += 1
        fault()

    def thaw(self, older_than: float = 0.0) -> None:
        """Let frozen workers go on."""
        now = time.monotonic()
        for since, name in [item for item in self._frozen if now - item[0] >= older_than]:
            self._frozen.remove((since, name))
            self._system.control.thaw(name)

    def _one(self, kind: str, services: tuple[str, ...] = SERVICES) -> str:
        return f"{self._desk.random.choice(services)}-{kind}"

    def _kill_worker(self) -> None:
        self._system.kill(self._one("worker"))

    def _kill_pool_child(self) -> None:
        for main in self._system.pids(self._one("worker")):
            for child in psutil.Process(main).children():
                child.kill()

    def _kill_main_only(self) -> None:
        for main in self._system.pids(self._one("worker")):
            os.kill(main, signal.SIGKILL)

    def _kill_relay(self) -> None:
        self._system.kill(self._one("relay", ("intake", "routing", "notifications")))

    def _kill_clock(self) -> None:
        self._system.kill(self._one("clock"))

    def _kill_sender(self) -> None:
        self._system.kill(self._desk.random.choice(("notifications-email", "notifications-sms")))

    def _kill_web(self) -> None:
        self._system.kill(self._one("web", ("intake", "notifications")))

    def _lose_broker(self) -> None:
        self._system.broker_kill()
        self._system.broker_wipe()
        self._system.broker_start()

    def _flush(self) -> None:
        with self._desk.operator() as client:
            client.flushall()

    def _freeze_worker(self) -> None:
        name = self._one("worker")
        self._system.control.freeze(name)
        self._frozen.append((time.monotonic(), name))

    def _crash_postgres(self) -> None:
        self._system.postgres_kill_immediate()

    def _cut_database(self) -> None:
        cut_connections(self._desk, self._desk.random.choice(SERVICES))

    def _break_mail(self) -> None:
        Provider(self._desk, "mail").misbehave(self._desk.random.choice(("drop_after_data", "refuse_4xx")), count=1)


def run(desk: Desk, trial: Trial, is_over: Callable[[], bool]) -> Iterator[str]:
    """Strike every two seconds until it is over."""
    chaos = Chaos(desk)
    started = time.monotonic()
    try:
        while not is_over():
            trial.pause(*[max(started + trial.count * _EVERY_SECONDS - time.monotonic(), 0.0)] * 2)
            trial.hit(chaos.strike)
    finally:
        chaos.thaw()
        trial.fault_ended()
    yield from (f"{name} ×{count}" for name, count in sorted(chaos.struck.items()))


@pytest.mark.timeout(300)
def test_faults_at_random(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    with desk.trial("randomized chaos, a fault every 2 s", allowed_errors=_CHAOS_ERRORS, per_second=5.0) as trial:
        until = time.monotonic() + _SHORT_SECONDS
        told = list(run(desk, trial, lambda: time.monotonic() > until))
    with capsys.disabled():
        print(f"\nchaos, seed {desk.seed}: {', '.join(told)}")  # noqa: T201 - what a replay must show again


@pytest.mark.parametrize("number", [pytest.param(n, id=f"seed+{n}", marks=in_full_only()) for n in range(3)])
def test_faults_at_random_until_8000_events(desk: Desk, number: int, capsys: pytest.CaptureFixture[str]) -> None:
    desk.reseeded(f"chaos {desk.seed + number}")
    goal = int(_FULL_EVENTS / _EVENTS_A_CONSULTATION)
    with desk.trial(
        f"randomized chaos, a fault every 2 s, {_FULL_EVENTS} events", allowed_errors=_CHAOS_ERRORS,
        per_second=_FULL_PACE, calm_after=None,
    ) as trial:  # fmt: skip
        told = list(run(desk, trial, lambda: len(trial.load.receipts) >= goal))
    with capsys.disabled():
        print(f"\nchaos, seed {desk.seed}+{number}: {', '.join(told)}")  # noqa: T201 - what a replay must show again
