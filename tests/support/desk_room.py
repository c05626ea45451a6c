"""The desk as its people live it: consultations at it, who enters with a browser, and what every screen must be."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.support.accessible import violations
from tests.support.eventually import eventually
from tests.support.onlooker import DESKTOP, PHONE, Onlooker
from tests.support.running_system import RunningSystem
from tests.support.signed_in import DEMO_PASSWORD, Member, People

PATIENCE_MS = 30_000
SUPERVISOR = "supervisora@ventanilla.example"
QUESTION = "¿Qué documento aprueba una modificación presupuestaria en el nivel funcional programático del pliego?"
ANSWER = "La aprueba el titular del pliego por resolución."
BETTER = "La aprueba el titular del pliego por resolución (DL 1440, art. 47)."

Tabs = Callable[..., Onlooker]
both_sizes = pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["1280", "360"])


class Room:
    """One consultation at the desk, and the people around it."""

    def __init__(self, system: RunningSystem, people: People) -> None:
        self.system, self.people = system, people

    def ask(self, body: str = QUESTION, *, state: str = "assigned") -> str:
        """Send a consultation of the session's official, and wait until its case is in that state. Its code."""
        sent = self.people.official.post("/api/v1/consultations", {"subject": "", "body": body})
        assert sent.status_code == 201, sent.text
        code: str = sent.json()["code"]
        eventually(lambda: self.case(code).get("state") == state, within=60)
        return code

    def case(self, code: str) -> dict[str, Any]:
        """The sheet; empty while there is none, or nobody there to ask."""
        try:
            answer = self.people.supervisor.http.get(f"/api/v1/cases/{code}")
        except httpx.TransportError:
            return {}
        return dict(answer.json()) if answer.status_code == HTTPStatus.OK else {}

    def advisor_of(self, code: str) -> str:
        """The address of who has the case."""
        everybody = {one["id"]: one["email"] for one in self.people.supervisor.http.get("/api/v1/advisors").json()}
        return str(everybody[self.case(code)["assignment"]["advisor"]["id"]])

    def name_of(self, email: str) -> str:
        """What colleagues call who enters with this address."""
        everybody = {
            one["email"]: one["full_name"] for one in self.people.supervisor.http.get("/api/v1/advisors").json()
        }
        return str(everybody[email])

    def enter(self, page: Page, email: str) -> None:
        """Sign in at the desk."""
        self._sign_in(page, self.system.url("routing"), email, DEMO_PASSWORD)

    def enter_as_official(self, page: Page, member: Member) -> None:
        """Sign in where consultations are made."""
        self._sign_in(page, self.system.url("intake"), member.email, member.password)

    def _sign_in(self, page: Page, site: str, email: str, password: str) -> None:
        page.goto(f"{site}/ingresar")
        page.get_by_label("Correo electrónico").first.fill(email)
        page.get_by_label("Contraseña").fill(password)
        page.get_by_role("button", name="Ingresar").click()
        page.wait_for_url(lambda url: "/ingresar" not in url)

    def open(self, page: Page, code: str, path: str = "") -> None:
        """Go to the sheet of a case, or to a page below it."""
        page.goto(self.system.url("routing", f"/casos/{code}{path}"))


def assert_accessible(onlooker: Onlooker) -> None:
    """Nothing that keeps anybody out, nothing wider than the window, no complaint of the browser."""
    onlooker.page.wait_for_load_state("load")
    assert violations(onlooker.page) == {}
    assert not onlooker.needs_sideways_scrolling(), onlooker.widest()
    assert onlooker.complaints == []


def assert_told(page: Page, words: str) -> None:
    """The page says so on top."""
    expect(page.locator(".notice")).to_contain_text(words, timeout=PATIENCE_MS)


def saved_draft(page: Page, text: str, box: str = "#answer") -> None:
    """Type, and wait until the page says that it kept it by itself."""
    page.locator(box).fill(text)
    status = page.locator(f"form:has({box}) [data-draft-status]")
    expect(status).to_contain_text("Borrador guardado a las", timeout=PATIENCE_MS)
