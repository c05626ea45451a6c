"""Must show 5: two of every process at once change nothing but speed."""

from __future__ import annotations

import pytest

from deploy.local.provisioning import SERVICES
from tests.support.fault_desk import Desk
from tests.support.fault_scale import at_scale

pytestmark = pytest.mark.faults


@at_scale(60, 1000)
def test_two_of_every_process_lose_and_double_nothing(linked_desk: Desk, times: int) -> None:
    counts = {item.group: 0 for item in linked_desk.system.processes()}
    for item in linked_desk.system.processes():
        counts[item.group] += 1
    single = {"mail-sandbox", "sms-sandbox"}
    assert {name for name, count in counts.items() if count != 2} == single
    with linked_desk.trial("none: two of every process", per_second=15.0, calm_after=None, count=times):
        pass
    assert_both_worked(linked_desk)


def assert_both_worked(desk: Desk) -> None:
    """Both workers of a service have said that they live; a second one that never came up would prove nothing."""
    for service in SERVICES:
        with desk.places.reader(service) as reader:
            rows = reader.rows("""
                SELECT instance FROM process_heartbeat
                 WHERE kind = 'worker' AND seen_at > clock_timestamp() - interval '30 seconds'
            """)
        assert len(rows) == 2, f"{service}: {rows}"
