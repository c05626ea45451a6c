"""Events arrive twice, in the wrong order, in other batches than they were sent in."""

from __future__ import annotations

import pytest

from tests.support.eventually import eventually
from tests.support.fault_desk import Desk
from tests.support.fault_scale import at_scale
from tests.support.shuffling_relay import PRODUCERS, ShufflingRelay

pytestmark = pytest.mark.faults

RELAYS = tuple(f"{service}-relay" for service in PRODUCERS)


@at_scale(300, 2000)
def test_everything_is_delivered_twice_and_out_of_order(desk: Desk, times: int) -> None:
    """`times` is how many deliveries at least; each of them is published twice."""
    with desk.trial("every event delivered twice, shuffled") as trial:
        for relay in RELAYS:
            desk.system.control.stop(relay)
        try:
            with ShufflingRelay(desk.places, desk.system.home, desk.random) as relay:
                eventually(lambda: relay.published >= 2 * times, within=240)
            trial.count = relay.published
        finally:
            for name in RELAYS:
                desk.system.control.start(name)
            trial.fault_ended()
