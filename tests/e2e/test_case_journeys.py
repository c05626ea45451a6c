"""What becomes of cases, as the people of the desk live it in a browser, at a desk and on a phone: sorted, asked back,
handed on, merged and parted again, and given to others when somebody goes on leave.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from playwright.sync_api import Page, ViewportSize, expect

from tests.support.desk_room import (
    ANSWER,
    PATIENCE_MS,
    QUESTION,
    SUPERVISOR,
    Room,
    Tabs,
    assert_accessible,
    assert_told,
    both_sizes,
)  # fmt: skip
from tests.support.eventually import eventually
from tests.support.routing_desk import UNCLEAR

_LIMA = ZoneInfo("America/Lima")


@both_sizes
def test_triage_by_keyboard(room: Room, tab: Tabs, viewport: ViewportSize) -> None:
    code = next(filter(None, (_unclear(room, body) for body in UNCLEAR)))
    onlooker = tab(viewport=viewport)
    page = onlooker.page
    room.enter(page, SUPERVISOR)
    page.goto(room.system.url("routing", "/casos?vista=triage"))
    for _ in range(60):
        page.keyboard.press("j")
        if code in str(page.evaluate("document.activeElement.getAttribute('href')")):
            break
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/casos/{code}**")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Atajos de teclado")).to_be_visible(timeout=PATIENCE_MS)
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
def test_a_clarification_goes_out_comes_back_and_is_answered(room: Room, tab: Tabs, viewport: ViewportSize) -> None:
    code = room.ask()
    desk, official = tab(viewport=viewport), tab(viewport=viewport)
    room.enter(desk.page, room.advisor_of(code))
    room.open(desk.page, code)
    desk.page.get_by_text("Pedir una aclaración").click()
    desk.page.get_by_label("¿Qué necesita saber?").fill("¿De qué año es el presupuesto?")
    desk.page.get_by_role("button", name="Enviar el pedido").click()
    assert_told(desk.page, "los plazos están en pausa")
    assert_accessible(desk)
    room.enter_as_official(official.page, room.people.official)
    _wait_for(official.page, room.system.url("intake", f"/consultas/{code}"), "¿De qué año es el presupuesto?")
    assert_accessible(official)
    official.page.get_by_label("Responder al asesor").fill("Es el presupuesto de 2026.")
    official.page.get_by_role("button", name="Enviar", exact=True).click()
    expect(official.page.locator(".thread")).to_contain_text("Es el presupuesto de 2026.")
    eventually(lambda: room.case(code)["state"] == "assigned", within=60)
    room.open(desk.page, code)
    expect(desk.page.locator(".thread")).to_contain_text("Es el presupuesto de 2026.")
    desk.page.get_by_label("Respuesta al funcionario").fill(ANSWER)
    desk.page.get_by_role("button", name="Enviar la respuesta").click()
    assert_told(desk.page, "La respuesta se envió")
    _wait_for(official.page, room.system.url("intake", f"/consultas/{code}"), ANSWER)
    assert desk.complaints == official.complaints == []


@both_sizes
def test_a_case_is_handed_on_with_a_note_that_its_receiver_sees_first(
    room: Room, tab: Tabs, viewport: ViewportSize
) -> None:
    code = room.ask()
    desk, receiver = tab(viewport=viewport), tab(viewport=viewport)
    before = room.advisor_of(code)
    room.enter(desk.page, before)
    room.open(desk.page, code)
    desk.page.keyboard.press("p")
    desk.page.get_by_label("Nota para quien lo recibe").fill("Pide sustento de tesorería.")
    desk.page.get_by_role("button", name="Asignar el caso").click()
    expect(desk.page.locator(".notice")).to_be_visible(timeout=PATIENCE_MS)
    after = room.advisor_of(code)
    assert after != before
    room.enter(receiver.page, after)
    receiver.page.locator(".case", has_text=code).get_by_role("link").first.click()
    expect(receiver.page.locator(".handover")).to_contain_text("Pide sustento de tesorería.")
    assert_accessible(receiver)


@both_sizes
def test_two_cases_are_merged_and_parted_again(room: Room, tab: Tabs, viewport: ViewportSize) -> None:
    merged, survivor = room.ask(), room.ask()
    desk, official = tab(viewport=viewport), tab(viewport=viewport)
    page = desk.page
    room.enter(page, SUPERVISOR)
    room.open(page, merged)
    page.get_by_role("link", name="Unir a otro caso").click()
    page.get_by_label("Código del otro caso").fill(survivor)
    page.get_by_role("button", name="Comparar").click()
    for side, code in (("Se une", merged), ("Sigue", survivor)):
        expect(page.get_by_role("region", name=side)).to_contain_text(code)
        expect(page.get_by_role("region", name=side)).to_contain_text(QUESTION)
    assert_accessible(desk)
    page.get_by_label("Por qué se unen").fill("Es la misma pregunta.")
    page.get_by_role("button", name="Unir los casos").click()
    assert_told(page, "Los casos se unieron")
    expect(page.locator("#unidos")).to_contain_text(merged)
    assert_accessible(desk)
    room.open(page, merged)
    page.wait_for_url(f"**/casos/{survivor}**")
    assert_told(page, "El caso que buscaba está unido a este.")
    room.enter_as_official(official.page, room.people.official)
    sheet = room.system.url("intake", f"/consultas/{merged}")
    _wait_for(official.page, sheet, f"Se atiende junto con su consulta {survivor}")
    page.get_by_role("button", name=f"Deshacer la unión con {merged}").click()
    assert_told(page, "La unión se deshizo")
    expect(page.locator("#unidos")).to_have_count(0)
    _wait_for(official.page, sheet, "Vuelve a atenderse por separado.")
    room.open(page, merged)
    page.wait_for_url(f"**/casos/{merged}**")
    assert room.case(merged)["state"] == room.case(survivor)["state"] == "assigned"
    assert_accessible(desk)


@both_sizes
def test_who_goes_on_leave_hands_their_cases_to_others(room: Room, tab: Tabs, viewport: ViewportSize) -> None:
    code = room.ask()
    leaving = room.advisor_of(code)
    name, today = room.name_of(leaving), datetime.now(_LIMA).date().isoformat()
    office, receiver = tab(viewport=viewport), tab(viewport=viewport)
    page = office.page
    room.enter(page, SUPERVISOR)
    page.get_by_role("link", name="Supervisión").click()
    page.get_by_role("link", name="Licencias").click()
    page.get_by_label("Asesor", exact=True).select_option(label=name)
    page.get_by_label("Primer día").fill(today)
    page.get_by_label("Último día").fill(today)
    page.get_by_role("button", name="Registrar", exact=True).click()
    assert_told(page, "La licencia quedó registrada.")
    try:
        eventually(lambda: room.advisor_of(code) != leaving, within=60)
        page.reload()
        expect(page.locator("li", has_text=name).filter(has_text="en curso")).to_be_visible(timeout=PATIENCE_MS)
        assert_accessible(office)
        room.enter(receiver.page, room.advisor_of(code))
        receiver.page.locator(".case", has_text=code).get_by_role("link").first.click()
        expect(receiver.page.locator(".timeline")).to_contain_text("licencia")
        assert_accessible(receiver)
    finally:
        page.get_by_role("button", name=f"Anular lo que queda la licencia de {name}").click()
    assert_told(page, "La licencia está anulada.")
    assert room.advisor_of(code) != leaving  # who got the case keeps it


def _wait_for(page: Page, url: str, words: str) -> None:
    """Look at a page again until it says so: what the desk does arrives a moment later."""

    def says() -> bool:
        page.goto(url)
        return words in page.locator("#main").inner_text()

    eventually(says, within=60)
