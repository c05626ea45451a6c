"""Relays, clocks, senders and web processes die, or are asked to go as in a deployment."""

from __future__ import annotations

import time

import pytest

from tests.support.fault_desk import Desk
from tests.support.fault_scale import at_scale, rounds

pytestmark = pytest.mark.faults

RELAYS = ("intake-relay", "routing-relay", "notifications-relay")
CLOCKS = ("intake-clock", "routing-clock", "notifications-clock", "insights-clock")
SENDERS = ("notifications-email", "notifications-sms")
DEPLOYED = ("intake-web", "routing-worker", "intake-relay", "notifications-email")
_A_ROUND = 8
_LONGEST_STOP_SECONDS = 30.0


@pytest.mark.parametrize("kinds", [RELAYS, CLOCKS, SENDERS], ids=["relay", "clock", "sender"])
@at_scale(3, 10)
def test_processes_of_a_kind_are_killed(desk: Desk, kinds: tuple[str, ...], times: int) -> None:
    kind = kinds[0].rpartition("-")[2].replace("email", "sender")
    for count in rounds(times, _A_ROUND):
        with desk.trial(f"{kind} kill -9") as trial:
            for _ in range(count):
                victim = desk.random.choice(kinds)
                desk.await_running(victim)
                trial.pause(0.0, 0.3)
                trial.hit(lambda victim=victim: desk.system.kill(victim))


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
