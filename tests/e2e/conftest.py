"""One running product for all end-to-end tests of a session, and the people who use it.

* `system`     every process on free ports (a `RunningSystem`)
* `people`     signed-in programs: officials, advisors, the supervisor, the operator
* `room`       the desk: consultations at it, and who enters (a `Room`)
* `tab`        opens a watched tab of Chromium (an `Onlooker`)
* `attacker`   an HTTP client from a loopback address of its own: what it does wrong is counted against that address
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.support.desk_room import Room
from tests.support.onlooker import ARGUMENTS, Onlooker, find_chromium
from tests.support.running_system import RunningSystem, running_system
from tests.support.signed_in import People

_ATTACKERS_ADDRESS = "127.0.0.66"
_LONGEST_SECONDS = 300
"""The first test waits for the whole product to start."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs the running system, which takes its time to start."""
    for item in items:
        if item.path.parent.name == "e2e":
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.timeout(_LONGEST_SECONDS))
            item.add_marker(pytest.mark.xdist_group("e2e"))  # one system, whatever the number of workers


@pytest.fixture(scope="session")
def system() -> Iterator[RunningSystem]:
    with running_system() as started:
        yield started


@pytest.fixture(scope="session")
def people(system: RunningSystem) -> Iterator[People]:
    with People(system.configuration) as everybody:
        yield everybody


@pytest.fixture
def room(system: RunningSystem, people: People) -> Room:
    """The desk: consultations at it, and who enters."""
    return Room(system, people)


@pytest.fixture(scope="session")
def attacker() -> Iterator[httpx.Client]:
    transport = httpx.HTTPTransport(local_address=_ATTACKERS_ADDRESS)
    with httpx.Client(transport=transport, timeout=20) as client:
        yield client


_MISSING = "NO BROWSER: chromium is not installed (apt-get install chromium); no page was looked at as people see it"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium. A machine without one skips what needs it, and says so at the end in capitals."""
    path = find_chromium()
    if path is None:
        pytest.skip(_MISSING)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield started
        started.close()


@pytest.fixture
def tab(browser: Browser) -> Iterator[Callable[..., Onlooker]]:
    """Opens watched tabs, each with a profile of its own; see `Onlooker.beside`."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(Onlooker.beside(browser, **options))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    if any(_MISSING in str(report.longrepr) for report in skipped):
        terminalreporter.section(_MISSING, sep="!", red=True, bold=True)
