"""The fault plan: one running desk for all of it, one seed, one table of what was found.

`make test` runs each fault a few times, `make test-faults` as often as docs/reliability.md promises; the table is
written into that page when the full plan ran. `--fault-seed N` repeats the choices of an earlier run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.local.provisioning import SERVICES
from deploy.local.reconciliation.places import Places
from deploy.local.system import LocalSystem
from tests.support.fault_desk import Desk, configuration_in, home_for_test
from tests.support.fault_links import Links, database_url_of
from tests.support.fault_table import FaultTable, run_label
from tests.support.servers import Servers

_PAGE = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"
_SEED = 20260731
_TABLE = pytest.StashKey[FaultTable]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fault-seed", type=int, default=None, help="seed of the fault plan's random choices")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_TABLE] = FaultTable()


def seed_of(config: pytest.Config) -> int:
    """The seed of this run. (The option is unknown when pytest was started above this folder.)"""
    given = config.getoption("--fault-seed", default=None)
    return _SEED if given is None else int(given)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    table = config.stash[_TABLE]
    if not table.rows:
        return
    terminalreporter.section(f"fault plan, seed {seed_of(config)} (--fault-seed {seed_of(config)} repeats it)")
    terminalreporter.write_line(table.text())


def pytest_sessionfinish(session: pytest.Session) -> None:
    ran_in_full = any(item.get_closest_marker("slow") and item.path.parent.name == "faults" for item in session.items)
    table = session.config.stash[_TABLE]
    if ran_in_full and table.rows and not session.config.option.collectonly:
        table.write_into(_PAGE, run_label(seed_of(session.config)))


@pytest.fixture(scope="session")
def fault_seed(pytestconfig: pytest.Config) -> int:
    return seed_of(pytestconfig)


@pytest.fixture(scope="session")
def fault_table(pytestconfig: pytest.Config) -> FaultTable:
    return pytestconfig.stash[_TABLE]


@pytest.fixture(scope="session")
def _session_desk(fault_seed: int, fault_table: FaultTable) -> Iterator[Desk]:
    with home_for_test() as home, LocalSystem(configuration_in(home)) as system:
        yield Desk(system, fault_table, fault_seed)


@pytest.fixture
def desk(_session_desk: Desk, request: pytest.FixtureRequest) -> Desk:
    """The product as it is delivered: embedded servers, one process of each kind.

    Every test starts from a seed of its own, so that it makes the same choices alone and among others.
    """
    _session_desk.reseeded(request.node.name)
    return _session_desk


@pytest.fixture(scope="package")
def _package_links(fault_seed: int, fault_table: FaultTable) -> Iterator[tuple[Desk, Links]]:
    """Two of every process, and between each service and its servers a network that can fail."""
    with Servers.started() as servers, Links.to(servers) as links, home_for_test() as home:
        configuration = replace(
            configuration_in(home), instances=2, database_urls=links.database_urls, redis_urls=links.redis_urls
        )
        with LocalSystem(configuration) as system:
            places = Places(
                database_urls={service: database_url_of(servers, service) for service in SERVICES},
                redis_urls={service: servers.redis_url(service) for service in SERVICES},
                mail=system.home.mail,
                sms=system.home.sms,
                log=system.home.log,
            )
            desk = Desk(system, fault_table, fault_seed, places=places, operator_url=servers.redis_url())
            yield desk, links


@pytest.fixture
def links(_package_links: tuple[Desk, Links]) -> Links:
    """The proxies between the services and their servers."""
    return _package_links[1]


@pytest.fixture
def linked_desk(_package_links: tuple[Desk, Links], request: pytest.FixtureRequest) -> Desk:
    """The product with two of every process, behind proxies (`links`)."""
    desk = _package_links[0]
    desk.reseeded(request.node.name)
    return desk
