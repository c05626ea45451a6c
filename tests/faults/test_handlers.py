"""Events whose handler raises, hangs, or kills its process: they are buried, and delay nobody else.

With a worker and a clock of their own (tests/support/worker_app.py): no event of the product does such things.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from shared.messaging.processes import Parts
from shared.messaging.relay import Relay
from tests.support.delivery import Producer, Receiver, running
from tests.support.events import a_consultation
from tests.support.eventually import eventually
from tests.support.fault_scale import at_scale, in_full_only
from tests.support.fault_table import FaultTable, Row
from tests.support.servers import Servers
from tests.support.worker_process import environment_of, running_worker

pytestmark = pytest.mark.faults

_CHECKOUT = Path(__file__).resolve().parents[2]
_QUICK = {"inbox_lease_seconds": 1.0, "max_attempts": 3, "clock_tick_seconds": 0.1}
_ORDINARY = 100


@contextmanager
def restarting_clock(parts: Parts, folder: Path) -> Iterator[None]:
    """A clock that is started again whenever it dies, as the supervisor does."""
    is_over = threading.Event()
    current: list[subprocess.Popen[bytes]] = []
    env = {"PATH": os.defpath, "PYTHONPATH": str(_CHECKOUT), **environment_of(parts.settings)}

    def keep_alive() -> None:
        while not is_over.is_set():
            with (folder / "clock.log").open("ab") as output:
                current[:] = [
                    subprocess.Popen(
                        [sys.executable, "-m", "tests.support.worker_clock"],
                        cwd=_CHECKOUT, env=env, stdout=output, stderr=output,
                    )
                ]  # fmt: skip
            current[0].wait()

    keeper = threading.Thread(target=keep_alive)
    keeper.start()
    try:
        yield
    finally:
        is_over.set()
        for process in current:
            process.kill()
        keeper.join()


def states(receiver: Receiver) -> Counter[str]:
    return Counter(row.status for row in receiver.rows())


def run_among_others(
    fault: str, times: int, parts_of: Callable[..., Parts], servers: Servers, folder: Path, table: FaultTable,
    *, within: float, name: str,
) -> None:  # fmt: skip
    """`times` bad events among a hundred good ones: the bad end as dead letters, the good take effect once."""
    producer = Producer(parts_of("intake"))
    receiver = Receiver(parts_of("routing", **_QUICK), servers)
    relay: Relay = producer.relay
    with (
        running(relay),
        running_worker(receiver.parts, folder),
        restarting_clock(receiver.parts, folder),
    ):
        bad = [a_consultation(body=fault) for _ in range(times)]
        good = [a_consultation() for _ in range(_ORDINARY)]
        step = _ORDINARY // times
        for number, event in enumerate(bad):
            producer.emit(*good[number * step : (number + 1) * step], event)
        producer.emit(*good[times * step :])
        started = time.monotonic()
        eventually(lambda: len(receiver.effects()) == _ORDINARY, within=within)
        eventually(lambda: states(receiver) == {"applied": _ORDINARY, "dead": times}, within=within)
    effects = receiver.effects()
    doubled = len(effects) - len(set(effects))
    table.add(
        Row(
            fault=name,
            count=times,
            consultations=0,
            events=_ORDINARY + times,
            lost=_ORDINARY - len(set(effects)),
            doubled=doubled,
            repeated_in_doubt=0,
            recovery_seconds=time.monotonic() - started,
        )
    )
    assert doubled == 0
    assert {row.attempts for row in receiver.rows() if row.status == "dead"} <= {3, 4}


@pytest.mark.parametrize(("fault", "name"), [("raise", "raises"), ("kill", "SIGKILLs its process")])
@at_scale(1, 3)
def test_a_bad_event_is_buried_and_delays_nobody(
    messaging_parts, servers: Servers, tmp_path: Path, fault_table: FaultTable, fault: str, name: str, times: int
) -> None:
    run_among_others(
        fault, times, messaging_parts, servers, tmp_path, fault_table, within=90, name=f"poison: handler {name}"
    )


@pytest.mark.parametrize("times", [pytest.param(3, id="full", marks=in_full_only())])
def test_an_event_that_hangs_is_buried(
    messaging_parts, servers: Servers, tmp_path: Path, fault_table: FaultTable, times: int
) -> None:
    """Each attempt takes the 45 s of the worker's soft limit, or the 60 s after which a hung clock ends itself."""
    run_among_others(
        "hang", times, messaging_parts, servers, tmp_path, fault_table, within=900, name="poison: handler hangs"
    )
