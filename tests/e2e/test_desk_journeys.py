"""The desk as those who work there live it, in a browser: triage, drafts, review, clarification, transfer, two at once.

Cases are opened through the API and followed on pages, at a desk (1280 px) and on a phone (360 px), with scripts and
without. On every screen that is only reached on the way, axe looks for what keeps people out.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize, expect

from tests.support.eventually import eventually
from tests.support.onlooker import DESKTOP, PHONE, Onlooker
from tests.support.routing_desk import UNCLEAR
from tests.support.running_system import RunningSystem
from tests.support.signed_in import DEMO_PASSWORD, People

_PATIENCE_MS = 30_000
_RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
_SUPERVISOR = "supervisora@ventanilla.example"
_QUESTION = "¿Qué documento aprueba una modificación presupuestaria en el nivel funcional programático del pliego?"
_ANSWER = "La aprueba el titular del pliego por resolución."
_BETTER = "La aprueba el titular del pliego por resolución (DL 1440, art. 47)."

Tabs = Callable[..., Onlooker]
both_sizes = pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["1280", "360"])


class Room:
    """One consultation at the desk, and the people around it."""

    def __init__(self, system: RunningSystem, people: People) -> None:
        self.system, self.people = system, people

    def ask(self, body: str = _QUESTION, *, state: str = "assigned") -> str:
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

    def enter(self, page: Page, email: str) -> None:
        page.goto(self.system.url("routing", "/ingresar"))
        page.get_by_label("Correo electrónico").first.fill(email)
        page.get_by_label("Contraseña").fill(DEMO_PASSWORD)
        page.get_by_role("button", name="Ingresar").click()
        page.wait_for_url(lambda url: "/ingresar" not in url)

    def open(self, page: Page, code: str, path: str = "") -> None:
        page.goto(self.system.url("routing", f"/casos/{code}{path}"))


@pytest.fixture
def room(system: RunningSystem, people: People) -> Room:
    return Room(system, people)


def assert_accessible(onlooker: Onlooker) -> None:
    """Nothing that keeps anybody out, nothing wider than the window, no complaint of the browser."""
    onlooker.page.wait_for_load_state("load")
    found = Axe().run(onlooker.page, options=_RULES)
    assert found.violations_count == 0, found.generate_report()
    assert not onlooker.needs_sideways_scrolling(), onlooker.widest()
    assert onlooker.complaints == []


def assert_told(page: Page, words: str) -> None:
    expect(page.locator(".notice")).to_contain_text(words, timeout=_PATIENCE_MS)


def saved_draft(page: Page, text: str, box: str = "#answer") -> None:
    """Type, and wait until the page says that it kept it by itself."""
    page.locator(box).fill(text)
    status = page.locator(f"form:has({box}) [data-draft-status]")
    expect(status).to_contain_text("Borrador guardado a las", timeout=_PATIENCE_MS)


def test_triage_by_keyboard(room: Room, tab: Tabs) -> None:
    code = next(filter(None, (_unclear(room, body) for body in UNCLEAR)))
    onlooker = tab(viewport=DESKTOP)
    page = onlooker.page
    room.enter(page, _SUPERVISOR)
    page.goto(room.system.url("routing", "/casos?vista=triage"))
    for _ in range(60):
        page.keyboard.press("j")
        if code in str(page.evaluate("document.activeElement.getAttribute('href')")):
            break
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/casos/{code}**")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Atajos de teclado")).to_be_visible(timeout=_PATIENCE_MS)
    assert_accessible(onlooker)
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    assert_told(page, "El tema quedó decidido")
    assert room.case(code)["state"] == "assigned"


def _unclear(room: Room, body: str) -> str | None:
    sent = room.people.official.post("/api/v1/consultations", {"subject": "", "body": body})
    code = str(sent.json()["code"])
    eventually(lambda: room.case(code).get("state") in ("triage", "assigned"), within=60)
    return code if room.case(code)["state"] == "triage" and room.case(code)["classification"]["candidates"] else None


@both_sizes
def test_an_answer_is_reviewed_changed_and_sent(room: Room, tab: Tabs, viewport: ViewportSize) -> None:
    code = room.ask()
    author, reviewer = tab(viewport=viewport), tab(viewport=viewport)
    room.enter(author.page, room.advisor_of(code))
    room.enter(reviewer.page, _SUPERVISOR)
    room.open(author.page, code)
    author.page.get_by_label("Respuesta al funcionario").fill(_ANSWER)
    author.page.get_by_role("button", name="Enviar a revisión").click()
    assert_told(author.page, "La respuesta está en revisión")
    assert_accessible(author)
    _decide(room, reviewer, code, comment="Cite el artículo.")
    room.open(author.page, code)
    expect(author.page.get_by_label("Respuesta al funcionario")).to_have_value(_ANSWER)
    author.page.get_by_label("Respuesta al funcionario").fill(_BETTER)
    author.page.get_by_role("button", name="Enviar a revisión").click()
    assert_told(author.page, "La respuesta está en revisión")
    _decide(room, reviewer, code)
    eventually(lambda: room.people.official.json(f"/api/v1/consultations/{code}")["status"] == "answered", within=60)
    room.open(author.page, code)
    expect(author.page.locator(".timeline")).to_contain_text("Revisada por Elena")


def _decide(room: Room, reviewer: Onlooker, code: str, *, comment: str = "") -> None:
    page = reviewer.page
    page.goto(room.system.url("routing", "/revision"))
    page.locator(".case", has_text=code).get_by_role("link").first.click()
    page.wait_for_url(f"**/casos/{code}/revision")
    assert_accessible(reviewer)
    if comment:
        page.get_by_label("Qué debe cambiar").fill(comment)
        page.get_by_role("button", name="Devolver con comentarios").click()
        assert_told(page, "volvió a quien la escribió")
    else:
        expect(page.locator("ins").first).to_contain_text("DL 1440")
        page.get_by_role("button", name="Aprobar y enviar").click()
        assert_told(page, "se envió con el nombre de quien la escribió")


def test_a_clarification_goes_out_comes_back_and_is_answered(room: Room, tab: Tabs) -> None:
    code = room.ask()
    desk = tab(viewport=PHONE)
    room.enter(desk.page, room.advisor_of(code))
    room.open(desk.page, code)
    desk.page.get_by_text("Pedir una aclaración").click()
    desk.page.get_by_label("¿Qué necesita saber?").fill("¿De qué año es el presupuesto?")
    desk.page.get_by_role("button", name="Enviar el pedido").click()
    assert_told(desk.page, "los plazos están en pausa")
    told = f"/api/v1/consultations/{code}"
    eventually(lambda: room.people.official.json(told)["status"] == "waiting_for_you", within=60)
    sent = room.people.official.post(f"{told}/messages", {"body": "Es el presupuesto de 2026."})
    assert sent.status_code in (200, 201), sent.text
    eventually(lambda: room.case(code)["state"] == "assigned", within=60)
    room.open(desk.page, code)
    expect(desk.page.locator(".thread")).to_contain_text("Es el presupuesto de 2026.")
    desk.page.get_by_label("Respuesta al funcionario").fill(_ANSWER)
    desk.page.get_by_role("button", name="Enviar la respuesta").click()
    assert_told(desk.page, "La respuesta se envió")
    assert desk.complaints == []


def test_a_draft_survives_the_death_of_the_web_process(room: Room, tab: Tabs) -> None:
    code = room.ask()
    desk = tab(viewport=DESKTOP)
    email = room.advisor_of(code)
    room.enter(desk.page, email)
    room.open(desk.page, code)
    saved_draft(desk.page, _ANSWER)
    killed = room.system.kill("routing-web")
    assert killed
    eventually(lambda: room.case(code) and room.system.pids("routing-web") not in ([], killed), within=60)
    phone = tab(viewport=PHONE)
    room.enter(phone.page, email)
    room.open(phone.page, code)
    expect(phone.page.get_by_label("Respuesta al funcionario")).to_have_value(_ANSWER)
    expect(phone.page.locator("form:has(#answer) [data-draft-status]")).to_contain_text("Borrador guardado el")


def test_two_people_write_at_once_and_both_texts_are_seen(room: Room, tab: Tabs) -> None:
    code = room.ask()
    one, two = tab(viewport=DESKTOP), tab(viewport=DESKTOP)
    room.enter(one.page, room.advisor_of(code))
    room.enter(two.page, _SUPERVISOR)
    room.open(one.page, code)
    saved_draft(one.page, _ANSWER)
    room.open(two.page, code)
    expect(two.page.locator("#presence")).to_contain_text("está respondiendo", timeout=_PATIENCE_MS)
    two.page.get_by_label("Respuesta al funcionario").fill(_BETTER)
    two.page.get_by_role("button", name="Enviar la respuesta").click()
    assert_told(two.page, "La respuesta se envió")
    one.page.get_by_role("button", name="Enviar la respuesta").click()
    expect(one.page.get_by_role("heading", level=1)).to_have_text("El caso cambió mientras usted escribía")
    expect(one.page.locator("section", has_text="Lo nuevo en el caso").last).to_contain_text("DL 1440")
    expect(one.page.get_by_label("Su texto, para ajustarlo")).to_have_value(_ANSWER)
    assert_accessible(one)
    one.page.set_viewport_size(PHONE)
    assert_accessible(one)
    one.page.get_by_label("Su texto, para ajustarlo").fill("Además, el informe de la oficina de presupuesto.")
    one.page.get_by_role("button", name="Enviar el mío como complemento").dblclick()
    assert_told(one.page, "La respuesta se envió")
    answers = [one["body"] for one in room.case(code)["thread"] if one["kind"] == "answer"]
    assert answers == [_BETTER, "Además, el informe de la oficina de presupuesto."]


def test_a_case_is_handed_on_with_a_note(room: Room, tab: Tabs) -> None:
    code = room.ask()
    desk = tab(viewport=PHONE)
    room.enter(desk.page, room.advisor_of(code))
    before = room.case(code)["assignment"]["advisor"]["id"]
    room.open(desk.page, code)
    desk.page.keyboard.press("p")
    desk.page.get_by_label("Nota para quien lo recibe").fill("Pide sustento de tesorería.")
    desk.page.get_by_role("button", name="Asignar el caso").click()
    expect(desk.page.locator(".notice")).to_be_visible(timeout=_PATIENCE_MS)
    assert room.case(code)["assignment"]["advisor"]["id"] != before


def test_the_same_work_without_scripts_on_a_phone(room: Room, tab: Tabs) -> None:
    code = room.ask()
    editor, desk = tab(viewport=PHONE, has_scripts=False), tab(viewport=PHONE, has_scripts=False)
    room.enter(editor.page, _SUPERVISOR)
    editor.page.goto(room.system.url("routing", "/biblioteca/nuevo"))
    editor.page.get_by_label("Nombre").fill(f"Saludo {code}")
    editor.page.get_by_label("Texto", exact=True).fill("Sr(a). {{nombre}}, sobre {{codigo}}: [[respuesta]]")
    editor.page.get_by_role("button", name="Guardar").click()
    assert_told(editor.page, "La biblioteca se guardó")
    room.enter(desk.page, room.advisor_of(code))
    room.open(desk.page, code)
    desk.page.locator("#item-respuesta").select_option(label=f"Saludo {code}")
    desk.page.locator("#respuesta").get_by_role("button", name="Insertar").click()
    box = desk.page.get_by_label("Respuesta al funcionario")
    expect(box).to_have_value(f"Sr(a). Yolanda Ccahuana Rojas, sobre {code}: [[respuesta]]")
    desk.page.get_by_role("button", name="Enviar la respuesta").click()
    expect(desk.page.get_by_role("alert").first).to_contain_text("[[respuesta]]")
    box.fill(_ANSWER)
    desk.page.locator("#respuesta").get_by_role("button", name="Guardar borrador").click()
    assert_told(desk.page, "El borrador quedó guardado")
    expect(box).to_have_value(_ANSWER)
    desk.page.get_by_role("button", name="Enviar la respuesta").click()
    assert_told(desk.page, "La respuesta se envió")
    assert editor.complaints == desk.complaints == []


def test_single_keys_rest_while_somebody_types_and_can_be_turned_off(room: Room, tab: Tabs) -> None:
    code = room.ask()
    desk = tab(viewport=DESKTOP)
    room.enter(desk.page, room.advisor_of(code))
    room.open(desk.page, code)
    desk.page.keyboard.press("r")
    desk.page.keyboard.type("jk?gc1")
    expect(desk.page.get_by_label("Respuesta al funcionario")).to_have_value("jk?gc1")
    desk.page.goto(room.system.url("routing", "/atajos"))
    assert_accessible(desk)
    desk.page.get_by_role("button", name="Apagar los atajos").click()
    room.open(desk.page, code)
    desk.page.keyboard.press("n")
    assert desk.page.evaluate("document.activeElement.id") != "note"
    desk.page.goto(room.system.url("routing", "/atajos"))
    desk.page.get_by_role("button", name="Encender los atajos").click()
    room.open(desk.page, code)
    desk.page.keyboard.press("n")
    assert desk.page.evaluate("document.activeElement.id") == "note"


def test_the_supervisors_page_renews_itself_and_leaves_the_reader_where_they_are(room: Room, tab: Tabs) -> None:
    code = room.ask()
    onlooker = tab(viewport=DESKTOP)
    page = onlooker.page
    room.enter(page, _SUPERVISOR)
    page.goto(room.system.url("routing", "/supervision"))
    expect(page.locator("#now[data-state=open]")).to_be_attached(timeout=_PATIENCE_MS)
    advisor = page.locator("li.load").filter(has_text="1 de").first.locator("a")
    advisor.focus()
    page.evaluate("window.wasHere = true; window.list = document.querySelector('li.load')")
    at_first = page.locator("#now").inner_text()
    version = room.case(code)["version"]
    values = {"version": version, "advisor_id": None, "note": "Lo veo yo"}
    free = next(one for one in room.people.supervisor.http.get("/api/v1/advisors").json() if not one["open_count"])
    room.people.supervisor.post(f"/api/v1/cases/{code}/assign", {**values, "advisor_id": free["id"]})
    row = page.locator("li.load").filter(has_text=free["full_name"])
    expect(row).to_contain_text("1 de", timeout=_PATIENCE_MS)
    assert page.locator("#now").inner_text() != at_first
    assert page.evaluate("window.wasHere && window.list.isConnected"), "the page was not loaded again"
    assert page.evaluate("document.activeElement.closest('li.load') !== null"), "the focus stayed"
    expect(page.locator("[data-fresh-at]")).to_contain_text("Al día a las")
    assert_accessible(onlooker)
