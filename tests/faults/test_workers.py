"""Workers die or stop in the middle of their work."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator

import psutil
import pytest

from tests.support.fault_desk import AWAY, Desk, Trial
from tests.support.fault_scale import rounds

pytestmark = pytest.mark.faults

SERVICES = ("intake", "routing", "notifications", "insights")
_A_ROUND = 8
_ERRORS = (*AWAY, "WorkerLostError", "SystemExit")
Blow = Callable[[Desk, Trial, str], None]


def busy_workers(desk: Desk, trial: Trial, times: int) -> Iterator[str]:
    """The workers in random order, each at a random moment of its work."""
    order: list[str] = []
    for _ in range(times):
        order = order or desk.random.sample(SERVICES, len(SERVICES))
        service = order.pop()
        desk.await_consuming(service)
        trial.pause(0.0, 0.3)
        yield f"{service}-worker"


def kill_all_of_it(desk: Desk, trial: Trial, worker: str) -> None:
    trial.hit(lambda: desk.system.kill(worker))


def kill_its_child(desk: Desk, trial: Trial, worker: str) -> None:
    (main,) = desk.system.pids(worker)
    children = psutil.Process(main).children()
    assert children, f"{worker} has no pool"
    trial.hit(lambda: [child.kill() for child in children])


def kill_its_main_process(desk: Desk, trial: Trial, worker: str) -> None:
    (main,) = desk.system.pids(worker)
    trial.hit(lambda: os.kill(main, signal.SIGKILL))


def freeze_for(longest: float) -> Blow:
    """It may wake with a batch in hand that others have long applied: then its claim is lost, and it does nothing."""

    def freeze(desk: Desk, trial: Trial, worker: str) -> None:
        desk.system.control.freeze(worker)
        trial.pause(3.0, longest)
        if desk.random.random() < 0.5:
            trial.hit(lambda: desk.system.control.thaw(worker))
        else:
            trial.hit(lambda: desk.system.kill(worker))

    return freeze


@pytest.mark.timeout(300)
def test_workers_die_in_every_way(desk: Desk) -> None:
    with desk.trial("workers: each kind of death once", allowed_errors=_ERRORS) as trial:
        blows = [kill_all_of_it, kill_its_child, kill_its_main_process, freeze_for(4.0)]
        for blow, worker in zip(blows, busy_workers(desk, trial, len(blows)), strict=True):
            blow(desk, trial, worker)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    ("name", "blow", "times", "a_round"),
    [
        ("worker kill -9, busy", kill_all_of_it, 40, _A_ROUND),
        ("worker: pool child only kill -9", kill_its_child, 10, _A_ROUND),
        ("worker: main process only kill -9", kill_its_main_process, 10, _A_ROUND),
        ("worker frozen 3–40 s, then continued or killed", freeze_for(40.0), 10, 2),
    ],
)
def test_workers_die_again_and_again(desk: Desk, name: str, blow: Blow, times: int, a_round: int) -> None:
    for count in rounds(times, a_round):
        with desk.trial(name, allowed_errors=_ERRORS) as trial:
            for worker in busy_workers(desk, trial, count):
                blow(desk, trial, worker)
