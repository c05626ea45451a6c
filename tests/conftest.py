"""Fixtures for every tier: real servers, fresh databases, loopback only, nothing of the caller's environment.

* `servers`            one PostgreSQL and one Valkey for the session (one pair per pytest-xdist worker)
* `database_url(s)`    a fresh database of service `s`, migrated by that service's own migrations
* `messaging_url(s)`   a fresh database of service `s` with nothing but the tables of event delivery
* `parts(s)`           what a process of service `s` holds: database, units of work, broker, signatures
* `messaging_parts(s)` the same on a `messaging_url` database
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
from pytest_socket import socket_allow_hosts

from shared.contracts.catalog import SERVICES
from shared.messaging.processes import Parts, connect
from tests.support.databases import Databases
from tests.support.servers import Servers
from tests.support.settings import service_settings

_AMBIENT = ("VENTANILLA_", "PROMETHEUS_", "OTEL_", "CELERY_", "PG", *(f"{service.upper()}_" for service in SERVICES))


def pytest_configure() -> None:
    """A variable that happens to be set where the tests run must not decide whether they pass."""
    for name in [name for name in os.environ if name.startswith(_AMBIENT)]:  # noqa: TID251 - this clears it
        del os.environ[name]  # noqa: TID251 - this clears it


def pytest_runtest_setup() -> None:
    """No test talks to anything but this machine."""
    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The full-size version of a check runs when it is asked for (`-m slow`); the short form always does."""
    if not config.getoption("markexpr"):
        config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("slow")])
        items[:] = [item for item in items if not item.get_closest_marker("slow")]


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    with Servers.started() as started:
        yield started


@pytest.fixture(scope="session")
def _databases(servers: Servers) -> Databases:
    return Databases(servers)


@pytest.fixture
def database_url(_databases: Databases) -> Iterator[Callable[[str], str]]:
    with _databases.for_one_test() as fresh:
        yield fresh.migrated


@pytest.fixture
def messaging_url(_databases: Databases) -> Iterator[Callable[[str], str]]:
    with _databases.for_one_test() as fresh:
        yield fresh.messaging_only


@pytest.fixture
def parts(servers: Servers, database_url: Callable[[str], str]) -> Iterator[Callable[..., Parts]]:
    yield from _parts(servers, database_url)


@pytest.fixture
def messaging_parts(servers: Servers, messaging_url: Callable[[str], str]) -> Iterator[Callable[..., Parts]]:
    yield from _parts(servers, messaging_url)


def _parts(servers: Servers, url_of: Callable[[str], str]) -> Iterator[Callable[..., Parts]]:
    """Opens parts; a second call for a service gives the same database, so that two processes can share it."""
    opened: list[Parts] = []
    urls: dict[str, str] = {}
    servers.flushall()

    def open_parts(service: str, **changes: object) -> Parts:
        if service not in urls:
            urls[service] = url_of(service)
        made = connect(service_settings(service, urls[service], servers.redis_url(service), **changes))
        opened.append(made)
        return made

    yield open_parts
    for made in opened:
        made.broker.close()
        made.database.dispose()
