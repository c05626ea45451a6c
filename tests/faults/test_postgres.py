"""PostgreSQL crashes under load, or drops everybody from one database."""

from __future__ import annotations

import pytest

from deploy.local.provisioning import SERVICES
from tests.support.fault_acts import cut_connections
from tests.support.fault_desk import Desk
from tests.support.fault_scale import at_scale, rounds

pytestmark = pytest.mark.faults

_A_ROUND = 3


@at_scale(1, 5)
def test_postgres_crashes_and_recovers(desk: Desk, times: int) -> None:
    """One server holds all four databases here, so each crash is one of each."""
    for count in rounds(times, _A_ROUND):
        with desk.trial("PostgreSQL immediate restart, all databases") as trial:
            for _ in range(count):
                trial.await_submissions(8)
                trial.hit(desk.system.postgres_kill_immediate)
                trial.await_submissions(3)


@at_scale(1, 5)
def test_one_database_drops_every_connection(desk: Desk, times: int) -> None:
    for count in rounds(times, _A_ROUND):
        with desk.trial("all connections to one database cut, each in turn") as trial:
            for service in SERVICES * count:
                trial.await_submissions(2)
                trial.hit(lambda service=service: cut_connections(desk, service))
