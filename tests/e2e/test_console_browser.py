"""The console in a real browser: it keeps itself fresh over its stream, can be stopped, and fits a phone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.support.eventually import eventually
from tests.support.running_system import RunningSystem
from tests.support.signed_in import DEMO_PASSWORD, People

_SECONDS = 45.0


def is_complaint(message: ConsoleMessage) -> bool:
    """An error, but not that all streams are taken: pages that were just left hold theirs for some seconds, and the
    script then asks instead.
    """
    return message.type == "error" and "/live" not in message.location["url"]


@pytest.fixture
def console(system: RunningSystem, browser: Browser) -> Iterator[Page]:
    """The operator's page on a phone; whatever the browser complains of fails the test."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, locale="es-PE")
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if is_complaint(message) else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(system.url("insights", "/"))
    page.fill("#email", "operador@ventanilla.example")
    page.fill("#password", DEMO_PASSWORD)
    page.click("main button")
    page.wait_for_selector("#console")
    yield page
    assert complaints == []
    context.close()


def received(page: Page) -> int:
    return int(page.inner_text("#panel-tiles li:first-child .number"))


def test_a_consultation_shows_without_reloading(console: Page, people: People) -> None:
    before = received(console)
    body = {"body": "¿Cómo registro el devengado de una factura del año pasado en el SIAF?"}
    assert people.official.post("/api/v1/consultations", body).status_code == 201
    assert eventually(lambda: received(console) == before + 1, within=_SECONDS)


def test_whoever_reads_can_stop_the_clock_and_start_it_again(console: Page) -> None:
    shown = console.inner_text("#updated")
    assert eventually(lambda: console.inner_text("#updated") != shown, within=_SECONDS)
    console.click("#pause")
    assert console.inner_text("#pause") == "Reanudar"
    stopped = console.inner_text("#updated")
    console.wait_for_timeout(5000)  # two looks of the stream: the time must not move
    assert console.inner_text("#updated") == stopped
    console.click("#pause")
    assert eventually(lambda: console.inner_text("#updated") != stopped, within=_SECONDS)


def test_nothing_is_wider_than_a_phone(console: Page, system: RunningSystem) -> None:
    for period in ("hoy", "semana"):
        console.goto(system.url("insights", f"/?periodo={period}"))
        assert console.evaluate("document.documentElement.scrollWidth") == 360


def test_it_can_be_read_with_the_keyboard_alone(console: Page) -> None:
    console.keyboard.press("Tab")
    assert console.evaluate("document.activeElement.className") == "skip"
    console.focus("summary")
    console.keyboard.press("Enter")
    assert console.is_visible("#panel-flow table")
    headers = console.evaluate("[...document.querySelectorAll('th')].filter(th => !th.scope).length")
    assert headers == 0


@pytest.mark.parametrize("period", ["hoy", "semana"])
def test_axe_finds_nothing_that_keeps_people_out(console: Page, system: RunningSystem, period: str) -> None:
    console.goto(system.url("insights", f"/?periodo={period}"))
    found = Axe().run(console, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
    assert found.violations_count == 0, found.generate_report()
