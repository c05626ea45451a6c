"""A running desk to break: a system, officials who ask, and the books to read afterwards."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import redis

from deploy.local.configuration import Configuration, Ports
from deploy.local.home import Home
from deploy.local.ports import free_ports
from deploy.local.reconciliation.books import NONE_ALLOWED, Allowances, Books, await_quiet
from deploy.local.reconciliation.broker_watch import BrokerWatch
from deploy.local.reconciliation.difference import Difference
from deploy.local.reconciliation.load import Asker, Load, register_askers
from deploy.local.reconciliation.logs import LogWatch
from deploy.local.reconciliation.places import Places
from deploy.local.system import LocalSystem
from shared.ids import lowest_id_at
from tests.support.eventually import eventually
from tests.support.fault_table import FaultTable, Row

RECOVERY_SECONDS = 30.0
_GIVE_UP_SECONDS = 120.0
_ASKERS = 8
_PORTS = 7
_PACE = 8.0
_CALM_AFTER = 80

# What a fault may make a process write: it says that a server or a link is away, which it is.
AWAY = (
    r"OperationalError",
    r"(redis|kombu)\.exceptions\.",
    r"ConnectionError|ConnectionRefusedError|ConnectionResetError|BrokenPipeError",
)


def crowding() -> float:
    """How many times longer things may take because this machine has other work: 1 when it has little.

    A desk under test alone keeps about two processes per processor busy; what is above that is somebody else's.
    """
    return max(1.0, os.getloadavg()[0] / (2 * (os.cpu_count() or 1)))


@contextlib.contextmanager
def home_for_test() -> Iterator[Path]:
    """A folder that PostgreSQL's account can reach, and nothing left of it afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="ventanilla-faults-"))
    folder.chmod(0o755)
    try:
        yield folder / "var"
    finally:
        Home(folder / "var").erase()
        shutil.rmtree(folder, ignore_errors=True)


def configuration_in(home: Path, **changes: object) -> Configuration:
    """The product as it is delivered, on free ports, with advisors who never have enough."""
    overrides = {"ROUTING_DEMO_CAPACITY": "100000"}
    return Configuration(home=home, ports=Ports(*free_ports(_PORTS)), **{"overrides": overrides, **changes})  # type: ignore[arg-type]  # fields by name


@dataclass(frozen=True)
class Terms:
    """Under which load a fault strikes, and what it may leave behind.

    :param count: how many consultations; None submits until the block ends.
    :param per_second: their pace, until `calm_after` of them are submitted.
    :param allowed_errors: what the logs may tell of, as regular expressions.
    :param is_broker_filled: the fault itself is a full broker or a long queue.
    :param recovery: seconds within which the books must balance.
    """

    count: int | None = None
    per_second: float = _PACE
    calm_after: int | None = _CALM_AFTER
    allowed: Allowances = NONE_ALLOWED
    allowed_errors: tuple[str, ...] = AWAY
    is_broker_filled: bool = False
    recovery: float = RECOVERY_SECONDS


@dataclass
class Trial:
    """One fault, or one series of it, under load; see `Desk.trial`.

    `fault_ended` is called when the last one is over; from then on the time to recover is counted.
    """

    desk: Desk
    load: Load
    count: int = 0
    ended_at: float = 0.0
    notes: list[Difference] = field(default_factory=list)

    def hit(self, act: Callable[[], object]) -> None:
        """Do some harm, and count it."""
        act()
        self.count += 1
        self.fault_ended()

    def fault_ended(self) -> None:
        """The last fault ends now."""
        self.ended_at = time.monotonic()

    def expect(self, *, is_so: bool, otherwise: str) -> None:
        """Note what this fault must not lead to, beside what the books show."""
        if not is_so:
            self.notes.append(Difference("-", "wrong", 1, otherwise))

    def pause(self, shortest: float, longest: float) -> None:
        """Let a random time pass: when exactly the next blow falls must not be the same in every run."""
        threading.Event().wait(self.desk.random.uniform(shortest, longest))

    def await_submissions(self, number: int, *, within: float = 60.0) -> None:
        """Wait until so many more consultations are accepted."""
        goal = len(self.load.receipts) + number
        eventually(lambda: len(self.load.receipts) >= goal, within=within)


class Desk:
    """A system under test, with everything a trial needs."""

    def __init__(
        self, system: LocalSystem, table: FaultTable, seed: int, *, places: Places | None = None,
        operator_url: str | None = None,
    ) -> None:  # fmt: skip
        self.system = system
        self.places = places or Places.of(system)
        self.operator_url = operator_url or system.servers.operator_url()
        self.seed = seed
        self.random = self.reseeded("")
        self._table = table
        self.askers: list[Asker] = register_askers(self.intake_url, _ASKERS)

    def reseeded(self, test: str) -> random.Random:
        """Choices for one test: the same when it runs alone and among others."""
        self.random = random.Random(f"{self.seed} {test}")  # noqa: S311 - choices to repeat, not secrets to keep
        return self.random

    @property
    def intake_url(self) -> str:
        """Where officials ask."""
        return self.system.configuration.public_url("intake")

    def operator(self) -> redis.Redis:
        """The broker with all rights."""
        return redis.Redis.from_url(self.operator_url, socket_timeout=5)

    def await_running(self, *names: str, within: float = 60.0) -> None:
        """Wait until processes (all of them, if none is named) have been up for a second."""

        def are_up() -> bool:
            wanted = [item for item in self.system.processes() if not names or {item.name, item.group} & set(names)]
            return bool(wanted) and all(item.is_running for item in wanted)

        eventually(are_up, within=within)

    def await_consuming(self, *services: str, within: float = 60.0) -> None:
        """Wait until the workers of these services take events in, as they do under load."""
        for service in services:
            eventually(lambda service=service: self._has_received(service), within=within)

    def _has_received(self, service: str) -> bool:
        with self.places.reader(service) as reader:
            recent = lowest_id_at(datetime.now(UTC) - timedelta(minutes=5))
            (has_received,) = reader.row(_JUST_RECEIVED, [recent])
        return bool(has_received)

    @contextlib.contextmanager
    def trial(self, fault: str, **terms: Any) -> Iterator[Trial]:
        """Load, a fault in the block, then the same books as after every other fault; one row of the table.

        :param terms: see `Terms`.
        :raises AssertionError: something is lost, doubled or wrong, or took too long to come right.
        """
        on = Terms(**terms)
        self.await_running(within=_GIVE_UP_SECONDS * crowding())
        since = datetime.now(UTC) - timedelta(milliseconds=50)
        logs = LogWatch(self.system.home.log)
        load = Load(self.intake_url, self.askers, count=on.count, per_second=on.per_second, calm_after=on.calm_after)
        trial = Trial(self, load)
        with BrokerWatch(self.operator_url) as watch, load:
            yield trial
            if on.count is not None:
                load.join()
        asked_at = time.monotonic()
        books, waited = await_quiet(
            lambda: Books.read(self.places, load.receipts, since, on.allowed),
            self.places,
            within=_GIVE_UP_SECONDS * crowding(),
        )
        seconds = asked_at + waited - (trial.ended_at or asked_at)
        found = [
            *books.differences(),
            *load.differences(),
            *([] if on.is_broker_filled else watch.differences()),
            *logs.differences(on.allowed_errors),
            *trial.notes,
        ]
        self._table.add(
            Row(
                fault=fault,
                count=trial.count,
                consultations=books.submitted,
                events=books.events.count,
                lost=sum(item.count for item in found if item.kind == "lost"),
                doubled=sum(item.count for item in found if item.kind == "doubled"),
                recovery_seconds=seconds,
                repeated_in_doubt=books.letters.repeated_in_doubt,
            )
        )
        told = "\n".join(map(str, found))
        assert not found, f"seed {self.seed}\n{told}"
        assert books.submitted, "no consultation was submitted: the trial showed nothing"
        longest = on.recovery * crowding()
        assert seconds < longest, f"seed {self.seed}: {seconds:.1f} s to recover, more than {longest:.0f} s"


_JUST_RECEIVED = """
    SELECT EXISTS (SELECT FROM inbox WHERE received_at > clock_timestamp() - interval '300 milliseconds'
                      AND event_id > %s)
"""
