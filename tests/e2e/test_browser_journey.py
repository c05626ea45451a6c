"""The main job as two people live it, in a browser: an official asks, an advisor answers, the official rates.

Once as a desktop with JavaScript, once on a small phone without it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.eventually import eventually
from tests.support.onlooker import DESKTOP, PHONE, Onlooker
from tests.support.running_system import RunningSystem
from tests.support.signed_in import DEMO_PASSWORD, People

_QUESTION = "¿Qué documento aprueba una modificación presupuestaria en el nivel funcional programático del pliego?"
_ANSWER = (
    "La aprueba el titular del pliego por resolución, a propuesta de la oficina de presupuesto (DL 1440, art. 47)."
)
_PATIENCE_MS = 30_000

Tabs = Callable[..., Onlooker]


def test_an_official_asks_an_advisor_answers_and_the_official_rates(
    system: RunningSystem, people: People, tab: Tabs
) -> None:
    official, advisor = tab(viewport=DESKTOP), tab(viewport=DESKTOP)
    _register(official.page, system.url("intake"), municipality="yauli jauja")
    expect(official.page.get_by_role("heading", level=1)).to_have_text("Hacer una consulta")
    code = _ask(official.page)
    # The promised date comes by itself, without reloading the page.
    expect(official.page.locator("#promise strong")).to_be_visible(timeout=_PATIENCE_MS)
    _answer(advisor.page, system, people, code)
    _read_and_rate(official.page, system, code)
    assert official.complaints == []
    assert advisor.complaints == []
    assert official.foreign == advisor.foreign == []


def test_the_same_on_a_small_phone_without_scripts(system: RunningSystem, people: People, tab: Tabs) -> None:
    official, advisor = (tab(viewport=PHONE, has_scripts=False) for _ in range(2))
    _register(official.page, system.url("intake"), municipality="yauli")
    code = _ask(official.page)
    _answer(advisor.page, system, people, code)
    _read_and_rate(official.page, system, code)
    assert official.complaints == []
    assert advisor.complaints == []


def test_the_municipality_is_offered_while_typing(system: RunningSystem, tab: Tabs) -> None:
    onlooker = tab()
    onlooker.open(system.url("intake", "/registro"))
    onlooker.page.get_by_label("Municipalidad").press_sequentially("huanuco yaro", delay=10)
    offered = onlooker.page.locator("#municipalities option")
    eventually(lambda: offered.count() > 0, within=20)
    assert "Yarowilca" in str(offered.first.get_attribute("value"))


def test_a_draft_survives_a_closed_tab_and_goes_when_sent(system: RunningSystem, people: People, tab: Tabs) -> None:
    member = people.new_official()
    onlooker = tab()
    page = onlooker.page
    _sign_in(page, system.url("intake"), member.email, member.password)
    page.goto(system.url("intake", "/consultar"))
    page.get_by_label("¿Qué necesita resolver?").fill(_QUESTION)
    again = page.context.new_page()
    page.close()
    again.goto(system.url("intake", "/consultar"))
    expect(again.get_by_label("¿Qué necesita resolver?")).to_have_value(_QUESTION)
    expect(again.locator("#draft-notice")).to_be_visible()
    again.get_by_role("button", name="Enviar").click()
    again.wait_for_url("**/recibo**")
    again.goto(system.url("intake", "/consultar"))
    expect(again.get_by_label("¿Qué necesita resolver?")).to_have_value("")


@pytest.mark.parametrize("has_scripts", [True, False])
def test_a_second_press_of_the_button_sends_nothing_twice(
    system: RunningSystem, people: People, tab: Tabs, has_scripts: bool
) -> None:
    member = people.new_official()
    page = tab(has_scripts=has_scripts).page
    _sign_in(page, system.url("intake"), member.email, member.password)
    page.goto(system.url("intake", "/consultar"))
    page.get_by_label("¿Qué necesita resolver?").fill(_QUESTION)
    page.get_by_role("button", name="Enviar").dblclick()
    page.wait_for_url("**/recibo**")
    page.reload()
    mine = member.json("/api/v1/consultations")["items"]
    assert len(mine) == 1, [one["code"] for one in mine]


def _register(page: Page, site: str, *, municipality: str) -> None:
    page.goto(site)
    page.get_by_role("link", name="Crear una cuenta").first.click()
    page.get_by_label("Nombres y apellidos").fill("Milagros Rengifo Pinedo")
    page.get_by_label("Municipalidad").fill(municipality)
    page.get_by_label("Cargo").fill("Jefa de Presupuesto")
    page.get_by_label("Correo electrónico").fill(f"navegador.{secrets.token_hex(5)}@muni-demo.example")
    page.get_by_label("Celular").fill(f"9{secrets.randbelow(10**8):08d}")
    page.get_by_label("Contraseña").fill("una frase larga y propia")
    page.get_by_role("button", name="Crear mi cuenta").click()
    choices = page.get_by_role("group", name="Elija su municipalidad")
    if choices.count():  # several have that name: the second step, which needs no script
        choices.get_by_role("radio").first.check()
        page.get_by_label("Contraseña").fill("una frase larga y propia")
        page.get_by_role("button", name="Crear mi cuenta").click()
    page.wait_for_url("**/consultar**")


def _ask(page: Page) -> str:
    page.get_by_label("¿Qué necesita resolver?").fill(_QUESTION)
    page.get_by_role("button", name="Enviar").click()
    page.wait_for_url("**/recibo**")
    return page.locator(".receipt .code").inner_text().strip()


def _answer(page: Page, system: RunningSystem, people: People, code: str) -> None:
    """The advisor whom the desk chose finds the case in the queue and answers."""
    case = eventually(lambda: _assigned(people, code), within=60)
    everybody = {one["id"]: one["email"] for one in people.supervisor.http.get("/api/v1/advisors").json()}
    _sign_in(page, system.url("routing"), everybody[case["assignment"]["advisor"]["id"]], DEMO_PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    row = page.locator(".case", has_text=code)
    expect(row).to_be_visible()
    row.get_by_role("link").first.click()
    expect(page.locator("#main")).to_contain_text(_QUESTION)
    page.get_by_label("Respuesta al funcionario").fill(_ANSWER)
    page.get_by_role("button", name="Enviar la respuesta").click()
    expect(page.get_by_role("status").first).to_contain_text("La respuesta se envió")
    expect(page.locator("#main")).to_contain_text(_ANSWER)


def _assigned(people: People, code: str) -> dict[str, object] | None:
    case = people.supervisor.json(f"/api/v1/cases/{code}")
    return case if case["assignment"]["advisor"] else None


def _read_and_rate(page: Page, system: RunningSystem, code: str) -> None:
    def sees_the_answer() -> bool:
        page.goto(system.url("intake", f"/consultas/{code}"))
        return _ANSWER in page.locator("#main").inner_text()

    eventually(sees_the_answer, within=60)
    page.get_by_role("button", name="Resolvió mi duda").click()
    expect(page.locator("#main")).to_contain_text("Usted la calificó con 5 de 5.")


def _sign_in(page: Page, site: str, email: str, password: str) -> None:
    page.goto(f"{site}/ingresar")
    page.get_by_label("Correo electrónico").first.fill(email)
    page.get_by_label("Contraseña").fill(password)
    page.get_by_role("button", name="Ingresar").click()
    page.wait_for_url(lambda url: "/ingresar" not in url)
