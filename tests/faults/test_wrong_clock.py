"""One machine's clock is wrong by two minutes: due times and order come from the database, so nothing changes.

The last of the plan: events of a process that is ahead carry identifiers from the future, which would be counted again
in the trials of the next two minutes.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deploy.local.ports import free_ports
from tests.support.eventually import eventually
from tests.support.fault_desk import Desk

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

_FAKETIME = shutil.which("faketime")
_STOP_SECONDS = 45


@contextmanager
def skewed(desk: Desk, name: str, offset: str) -> Iterator[None]:
    """Process `name` runs under a clock of its own, in place of the supervised one."""
    desk.system.control.stop(name)
    spec = json.loads((desk.system.home.specs / f"{name}.json").read_text())
    service = name.partition("-")[0].upper()
    env = {**spec["env"], f"{service}_METRICS_PORT": str(free_ports(1)[0])}
    if "PROMETHEUS_MULTIPROC_DIR" in env:
        Path(env["PROMETHEUS_MULTIPROC_DIR"]).mkdir(parents=True, exist_ok=True)
    assert _FAKETIME is not None
    log = desk.system.home.log / f"{name}.skewed.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            [_FAKETIME, "-f", offset, *spec["argv"]], env=env, cwd=spec["cwd"],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, 9)
            desk.system.control.start(name)


@pytest.mark.skipif(
    _FAKETIME is None, reason="CLOCK SKEW NOT TESTED: libfaketime is missing (apt-get install faketime)"
)
@pytest.mark.parametrize("offset", ["+120s", pytest.param("-120s", marks=pytest.mark.slow)])
def test_a_worker_and_a_clock_with_a_wrong_time_change_nothing(desk: Desk, offset: str) -> None:
    with desk.trial("clock skew ±120 s on one worker and one clock") as trial:
        with skewed(desk, "routing-worker-1", offset), skewed(desk, "routing-clock-1", offset):
            desk.await_consuming("routing")
            trial.await_submissions(10)
            trial.count += 1
            eventually(lambda: len(trial.load.receipts) > 15, within=30)
        trial.fault_ended()
