"""Relays, clocks, senders and web processes die, or are asked to go as in a deployment."""

from __future__ import annotations

import time

import pytest

from tests.support.fault_desk import Desk, Trial
from tests.support.fault_scale import at_scale, rounds

pytestmark = pytest.mark.faults

RELAYS = ("intake-relay", "routing-relay", "notifications-relay")
CLOCKS = ("intake-clock", "routing-clock", "notifications-clock", "insights-clock")
SENDERS = ("notifications-email", "notifications-sms")
DEPLOYED = ("intake-web", "routing-worker", "intake-relay", "notifications-email")
_A_ROUND = 5
_LONGEST_STOP_SECONDS = 30.0


def kill_one_of(desk: Desk, trial: Trial, kind: tuple[str, ...]) -> None:
    victim = desk.random.choice(kind)
    desk.await_running(victim)
    trial.pause(0.0, 0.3)
    trial.hit(lambda: desk.system.kill(victim))


@pytest.mark.timeout(300)
def test_a_relay_a_clock_and_a_sender_are_killed(desk: Desk) -> None:
    with desk.trial("relay, clock, sender: one of each kill -9") as trial:
        for kind in desk.random.sample((RELAYS, CLOCKS, SENDERS), 3):
            trial.await_submissions(3)
            kill_one_of(desk, trial, kind)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    ("name", "kind"),
    [("relay kill -9", RELAYS), ("clock kill -9", CLOCKS), ("e-mail and SMS sender kill -9", SENDERS)],
)
def test_processes_of_a_kind_are_killed_again_and_again(desk: Desk, name: str, kind: tuple[str, ...]) -> None:
    for count in rounds(10, _A_ROUND):
        with desk.trial(name) as trial:
            for _ in range(count):
                trial.await_submissions(3)
                kill_one_of(desk, trial, kind)


@at_scale(1, 10)
def test_a_deployment_under_load_fails_no_request(desk: Desk, times: int) -> None:
    for _ in range(times):
        with desk.trial("SIGTERM under load (web, worker, relay, sender)") as trial:
            for name in DEPLOYED:
                trial.await_submissions(3)
                started = time.monotonic()
                desk.system.control.stop(name)
                seconds = time.monotonic() - started
                trial.hit(lambda name=name: desk.system.control.start(name))
                trial.expect(is_so=seconds <= _LONGEST_STOP_SECONDS, otherwise=f"{name} took {seconds:.0f} s to stop")
            trial.load.stop()
            trial.expect(is_so=not trial.load.failures, otherwise=f"requests failed: {trial.load.failures[:3]}")
