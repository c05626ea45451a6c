"""Workers die or stop in the middle of their work."""

from __future__ import annotations

import os
import signal

import psutil
import pytest

from tests.support.fault_desk import AWAY, Desk, Trial
from tests.support.fault_scale import at_scale, rounds

pytestmark = pytest.mark.faults

SERVICES = ("intake", "routing", "notifications", "insights")
_A_ROUND = 8


def busy_workers(desk: Desk, trial: Trial, times: int):
    """The workers in random order, each at a random moment of its work."""
    order: list[str] = []
    for _ in range(times):
        order = order or desk.random.sample(SERVICES, len(SERVICES))
        service = order.pop()
        desk.await_consuming(service)
        trial.pause(0.0, 0.3)
        yield f"{service}-worker"


@at_scale(4, 40)
def test_busy_workers_are_killed_with_their_children(desk: Desk, times: int) -> None:
    for count in rounds(times, _A_ROUND):
        with desk.trial("worker kill -9, busy") as trial:
            for worker in busy_workers(desk, trial, count):
                trial.hit(lambda worker=worker: desk.system.kill(worker))


@at_scale(2, 10)
def test_only_the_child_of_a_busy_worker_is_killed(desk: Desk, times: int) -> None:
    for count in rounds(times, _A_ROUND):
        with desk.trial("worker: pool child only kill -9", allowed_errors=(*AWAY, "WorkerLostError")) as trial:
            for worker in busy_workers(desk, trial, count):
                (main,) = desk.system.pids(worker)
                children = psutil.Process(main).children()
                assert children, f"{worker} has no pool"
                trial.hit(lambda children=children: [child.kill() for child in children])


@at_scale(2, 10)
def test_only_the_main_process_of_a_busy_worker_is_killed(desk: Desk, times: int) -> None:
    for count in rounds(times, _A_ROUND):
        with desk.trial("worker: main process only kill -9") as trial:
            for worker in busy_workers(desk, trial, count):
                (main,) = desk.system.pids(worker)
                trial.hit(lambda main=main: os.kill(main, signal.SIGKILL))


@at_scale(2, 10)
def test_a_frozen_worker_goes_on_or_is_killed(desk: Desk, times: int) -> None:
    """It may wake with a batch in hand that others have long applied: then its claim is lost, and it does nothing."""
    longest = 4.0 if times <= 2 else 40.0
    for count in rounds(times, 2):
        with desk.trial(f"worker frozen 3–{longest:.0f} s") as trial:
            for number, worker in enumerate(busy_workers(desk, trial, count)):
                desk.system.control.freeze(worker)
                trial.pause(3.0, longest)
                if number % 2 == 0:
                    trial.hit(lambda worker=worker: desk.system.control.thaw(worker))
                else:
                    trial.hit(lambda worker=worker: desk.system.kill(worker))
