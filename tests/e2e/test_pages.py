"""Every page of the product, looked at: on phones and a desktop, for weight, complaints and accessibility."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from deploy.local.desk_clients import sandboxes_of
from tests.support.accessible import violations
from tests.support.onlooker import DESKTOP, PHONE, SMALLEST, Onlooker
from tests.support.running_system import RunningSystem
from tests.support.sights import BY_NAME, Sight
from tests.support.signed_in import People, Visitor
from tests.support.story import Story, tell

_HEAVIEST_FIRST, _HEAVIEST_LATER = 50_000, 20_000
_EXPECTED = re.compile(r"status of (401|403|404|410)")
"""What the browser says of a page that refuses something, which is what is looked at."""


@pytest.fixture(scope="module")
def story(people: People) -> Story:
    return tell(people)


@pytest.fixture(scope="module")
def states(people: People) -> dict[str, dict[str, Any]]:
    """The cookies of each role's browser."""
    found = {}
    for role in ("official", "newcomer", "advisor", "supervisor", "operator"):
        visitor: Visitor = people.visitor_of(role)
        cookies = [
            {"name": name, "value": value, "domain": "127.0.0.1", "path": "/"}
            for name, value in visitor.http.cookies.items()
        ]
        found[role] = {"cookies": cookies, "origins": []}
    return found


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Path]:
    """Where the pictures are; told at the end, so that somebody looks at them."""
    folder = tmp_path_factory.mktemp("pages")
    yield folder
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        print(f"\npictures of every page: {folder}")  # noqa: T201 - for whoever runs the tests


@pytest.mark.parametrize("name", BY_NAME)
def test_a_page_is_light_fits_every_window_and_keeps_nobody_out(
    browser: Browser, system: RunningSystem, story: Story, states: dict[str, Any], gallery: Path, name: str
) -> None:
    sight = BY_NAME[name]
    with Onlooker.beside(browser, viewport=PHONE, storage_state=states.get(sight.role)) as onlooker:
        page = onlooker.page
        onlooker.open(_address(system, story, sight))
        assert 1_000 < onlooker.bytes_loaded <= _HEAVIEST_FIRST, onlooker.bytes_loaded
        assert onlooker.page_bytes <= _HEAVIEST_LATER, onlooker.page_bytes
        _press(page, sight)
        page.screenshot(path=gallery / f"{name}-360.png", full_page=True)
        _assert_fits(onlooker)
        assert violations(page) == {}
        page.set_viewport_size(SMALLEST)
        _assert_fits(onlooker)
        page.set_viewport_size(DESKTOP)
        page.screenshot(path=gallery / f"{name}-1280.png", full_page=True)
        _assert_fits(onlooker)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        _assert_fits(onlooker)
        _assert_nobody_complained(onlooker)


def test_the_sandboxes_are_pages_like_any_other(
    browser: Browser, system: RunningSystem, story: Story, gallery: Path
) -> None:
    sandboxes = sandboxes_of(system.configuration)
    mail = sandboxes.mails(subject=story.answered)[0]
    paths = {"correo": f"{sandboxes.mail_url}/", "correo-uno": f"{sandboxes.mail_url}/messages/{mail['id']}"}
    paths["telefono"] = f"{sandboxes.sms_url}/"
    for (name, url), scheme in product(paths.items(), ("light", "dark")):
        with Onlooker.beside(browser, viewport=PHONE, color_scheme=scheme) as onlooker:
            onlooker.open(url)
            onlooker.page.screenshot(path=gallery / f"sandbox-{name}-{scheme}-360.png", full_page=True)
            _assert_fits(onlooker)
            assert violations(onlooker.page) == {}
            _assert_nobody_complained(onlooker)


def test_a_printed_consultation_is_the_question_and_the_answer_and_nothing_to_press(
    browser: Browser, system: RunningSystem, story: Story, states: dict[str, Any], gallery: Path
) -> None:
    sight = BY_NAME["consulta-respondida"]
    with Onlooker.beside(browser, storage_state=states[sight.role]) as onlooker:
        onlooker.open(_address(system, story, sight))
        page = onlooker.page
        page.emulate_media(media="print")
        page.screenshot(path=gallery / "consulta-impresa.png", full_page=True)
        for words in (story.answered, "¿Qué documento aprueba", "Sí procede:", "Ley N.° 30225"):
            expect(page.get_by_text(words).first).to_be_visible()
        for tag in ("button", "nav", "textarea", "summary"):
            expect(page.locator(tag).filter(visible=True)).to_have_count(0)


@pytest.mark.parametrize("name", ["registro", "consultar", "caso-en-espera", "asesor-nuevo"])
def test_a_form_can_be_filled_with_the_keyboard_alone(
    browser: Browser, system: RunningSystem, story: Story, states: dict[str, Any], name: str
) -> None:
    sight = BY_NAME[name]
    with Onlooker.beside(browser, storage_state=states.get(sight.role)) as onlooker:
        onlooker.open(_address(system, story, sight))
        page = onlooker.page
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("location.hash") == "#main"
        reached = set()
        for _ in range(120):
            page.keyboard.press("Tab")
            reached.add(page.evaluate("document.activeElement.id || document.activeElement.name"))
        wanted = page.evaluate(
            "[...document.querySelectorAll('main input:not([type=hidden]), main textarea, main select')]"
            ".filter((one) => one.checkVisibility()).map((one) => one.id || one.name)"
        )
        assert set(wanted) <= reached


def _press(page: Page, sight: Sight) -> None:
    """Press the sight's button, though the browser would rather have the form filled first."""
    if not sight.press:
        return
    page.evaluate("document.querySelectorAll('form').forEach((one) => { one.noValidate = true; })")
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    if sight.before:
        page.evaluate(sight.before)
    with page.expect_navigation(wait_until="load"):
        page.get_by_role("button", name=sight.press, exact=True).first.click()


def _assert_fits(onlooker: Onlooker) -> None:
    """Nothing is wider than the window, nor is what is folded away; leaves everything unfolded."""
    assert not onlooker.needs_sideways_scrolling(), onlooker.widest()
    onlooker.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert not onlooker.needs_sideways_scrolling(), onlooker.widest()


def _assert_nobody_complained(onlooker: Onlooker) -> None:
    """No error in the console, such as one of the content security policy, and nothing from elsewhere."""
    assert [said for said in onlooker.complaints if not _EXPECTED.search(said)] == []
    assert onlooker.foreign == []


def _address(system: RunningSystem, story: Story, sight: Sight) -> str:
    return system.url(sight.service, sight.path.format(**vars(story)))
