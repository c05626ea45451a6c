"""Writing at the desk as those who work there live it, in a browser: review, drafts, two at once, keys, no scripts."""

from __future__ import annotations

from playwright.sync_api import ViewportSize, expect

from tests.support.desk_room import (
    ANSWER,
    BETTER,
    PATIENCE_MS,
    SUPERVISOR,
    Room,
    Tabs,
    assert_accessible,
    assert_told,
    both_sizes,
    saved_draft,
)  # fmt: skip
from tests.support.eventually import eventually
from tests.support.onlooker import DESKTOP, PHONE, Onlooker


@both_sizes
def test_an_answer_is_reviewed_changed_and_sent(room: Room, tab: Tabs, viewport: ViewportSize) -> None:
    code = room.ask()
    author, reviewer = tab(viewport=viewport), tab(viewport=viewport)
    room.enter(author.page, room.advisor_of(code))
    room.enter(reviewer.page, SUPERVISOR)
    room.open(author.page, code)
    author.page.get_by_label("Respuesta al funcionario").fill(ANSWER)
    author.page.get_by_role("button", name="Enviar a revisión").click()
    assert_told(author.page, "La respuesta está en revisión")
    assert_accessible(author)
    _decide(room, reviewer, code, comment="Cite el artículo.")
    room.open(author.page, code)
    expect(author.page.get_by_label("Respuesta al funcionario")).to_have_value(ANSWER)
    author.page.get_by_label("Respuesta al funcionario").fill(BETTER)
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


def test_a_draft_survives_the_death_of_the_web_process(room: Room, tab: Tabs) -> None:
    code = room.ask()
    desk = tab(viewport=DESKTOP)
    email = room.advisor_of(code)
    room.enter(desk.page, email)
    room.open(desk.page, code)
    saved_draft(desk.page, ANSWER)
    killed = room.system.kill("routing-web")
    assert killed
    eventually(lambda: room.case(code) and room.system.pids("routing-web") not in ([], killed), within=60)
    phone = tab(viewport=PHONE)
    room.enter(phone.page, email)
    room.open(phone.page, code)
    expect(phone.page.get_by_label("Respuesta al funcionario")).to_have_value(ANSWER)
    expect(phone.page.locator("form:has(#answer) [data-draft-status]")).to_contain_text("Borrador guardado el")


def test_two_people_write_at_once_and_both_texts_are_seen(room: Room, tab: Tabs) -> None:
    code = room.ask()
    one, two = tab(viewport=DESKTOP), tab(viewport=DESKTOP)
    room.enter(one.page, room.advisor_of(code))
    room.enter(two.page, SUPERVISOR)
    room.open(one.page, code)
    saved_draft(one.page, ANSWER)
    room.open(two.page, code)
    expect(two.page.locator("#presence")).to_contain_text("está respondiendo", timeout=PATIENCE_MS)
    two.page.get_by_label("Respuesta al funcionario").fill(BETTER)
    two.page.get_by_role("button", name="Enviar la respuesta").click()
    assert_told(two.page, "La respuesta se envió")
    one.page.get_by_role("button", name="Enviar la respuesta").click()
    expect(one.page.get_by_role("heading", level=1)).to_have_text("El caso cambió mientras usted escribía")
    expect(one.page.locator("section", has_text="Lo nuevo en el caso").last).to_contain_text("DL 1440")
    expect(one.page.get_by_label("Su texto, para ajustarlo")).to_have_value(ANSWER)
    assert_accessible(one)
    one.page.set_viewport_size(PHONE)
    assert_accessible(one)
    one.page.get_by_label("Su texto, para ajustarlo").fill("Además, el informe de la oficina de presupuesto.")
    one.page.get_by_role("button", name="Enviar el mío como complemento").dblclick()
    assert_told(one.page, "La respuesta se envió")
    answers = [one["body"] for one in room.case(code)["thread"] if one["kind"] == "answer"]
    assert answers == [BETTER, "Además, el informe de la oficina de presupuesto."]


def test_the_same_work_without_scripts_on_a_phone(room: Room, tab: Tabs) -> None:
    code = room.ask()
    editor, desk = tab(viewport=PHONE, has_scripts=False), tab(viewport=PHONE, has_scripts=False)
    room.enter(editor.page, SUPERVISOR)
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
    box.fill(ANSWER)
    desk.page.locator("#respuesta").get_by_role("button", name="Guardar borrador").click()
    assert_told(desk.page, "El borrador quedó guardado")
    expect(box).to_have_value(ANSWER)
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
    room.enter(page, SUPERVISOR)
    page.goto(room.system.url("routing", "/supervision"))
    expect(page.locator("#now[data-state=open]")).to_be_attached(timeout=PATIENCE_MS)
    advisor = page.locator("li.load").filter(has_text="1 de").first.locator("a")
    advisor.focus()
    page.evaluate("window.wasHere = true; window.list = document.querySelector('li.load')")
    at_first = page.locator("#now").inner_text()
    version = room.case(code)["version"]
    values = {"version": version, "advisor_id": None, "note": "Lo veo yo"}
    free = next(one for one in room.people.supervisor.http.get("/api/v1/advisors").json() if not one["open_count"])
    room.people.supervisor.post(f"/api/v1/cases/{code}/assign", {**values, "advisor_id": free["id"]})
    row = page.locator("li.load").filter(has_text=free["full_name"])
    expect(row).to_contain_text("1 de", timeout=PATIENCE_MS)
    assert page.locator("#now").inner_text() != at_first
    assert page.evaluate("window.wasHere && window.list.isConnected"), "the page was not loaded again"
    assert page.evaluate("document.activeElement.closest('li.load') !== null"), "the focus stayed"
    expect(page.locator("[data-fresh-at]")).to_contain_text("Al día a las")
    assert_accessible(onlooker)
