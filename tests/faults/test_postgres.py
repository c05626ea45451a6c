"""PostgreSQL crashes under load, or drops everybody from one database."""

from __future__ import annotations

import pytest

from deploy.local.provisioning import SERVICES
from tests.support.fault_acts import cut_connections
from tests.support.fault_desk import Desk, Trial
from tests.support.fault_scale import rounds

pytestmark = pytest.mark.faults

_A_ROUND = 2


def crash(desk: Desk, trial: Trial) -> None:
    trial.await_submissions(8)
    trial.hit(desk.system.postgres_kill_immediate)
    trial.await_submissions(3)


def cut(desk: Desk, trial: Trial, service: str) -> None:
    trial.await_submissions(2)
    trial.hit(lambda: cut_connections(desk, service))


@pytest.mark.timeout(300)
def test_postgres_crashes_and_databases_drop_their_connections(desk: Desk) -> None:
    with desk.trial("PostgreSQL: immediate restart, then each database's connections cut") as trial:
        for service in SERVICES:
            cut(desk, trial, service)
        crash(desk, trial)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_postgres_crashes_again_and_again(desk: Desk) -> None:
    """One server holds all four databases here, so each crash is one of each."""
    for count in rounds(5, _A_ROUND):
        with desk.trial("PostgreSQL immediate restart, all databases") as trial:
            for _ in range(count):
                crash(desk, trial)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_databases_drop_their_connections_again_and_again(desk: Desk) -> None:
    for count in rounds(5, _A_ROUND):
        with desk.trial("all connections to one database cut") as trial:
            for service in SERVICES * count:
                cut(desk, trial, service)
