"""The pages of the desk, without JavaScript: forms, double presses, and what was typed surviving every refusal."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from services.routing.entrypoints.wsgi import build_app
from services.routing.use_cases import notes
from shared.accounts.people import Person
from shared.contracts.case import CaseAnswered
from shared.ids import new_id
from tests.support.routing_desk import PASSWORD, Desk

pytestmark = pytest.mark.integration

_HEAVIEST = 50_000


class Browser:
    """Fills in forms as a browser does."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.page = ""

    def open(self, path: str, status: int = 200) -> str:
        answer = self.client.get(path, follow_redirects=True)
        assert answer.status_code == status, answer.text
        self.page = answer.text
        return self.page

    def enter(self, person: Person) -> None:
        self.open("/ingresar")
        assert self.send("/ingresar", email=person.email, password=PASSWORD).status_code == 200

    def send(self, path: str, **values: Any) -> Any:
        """Send a form of the page at hand, with its hidden fields, and follow where it leads."""
        answer = self.client.post(path, data={**self.hidden(path), **values}, follow_redirects=True)
        self.page = answer.text
        return answer

    def hidden(self, path: str) -> dict[str, str]:
        forms = re.findall(r'<form method="post"[^>]*action="([^"]*)"[^>]*>(.*?)</form>', self.page, re.DOTALL)
        forms += [
            (path, body) for body in re.findall(r'<form method="post" class[^>]*>(.*?)</form>', self.page, re.DOTALL)
        ]
        body = next(body for action, body in forms if action == path)
        return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', body))


@pytest.fixture
def client(desk: Desk) -> FlaskClient:
    return build_app(desk.parts).test_client()


@pytest.fixture
def browser(client: FlaskClient) -> Browser:
    return Browser(client)


def test_strangers_are_led_to_the_entrance_and_back(desk: Desk, browser: Browser) -> None:
    rosa = desk.advisor()
    sent = desk.submit()
    page = browser.open(f"/casos/{sent.code}")
    assert "siguiente" in page
    browser.send("/ingresar", email=rosa.email, password=PASSWORD, siguiente=f"/casos/{sent.code}")
    assert sent.body[:40] in browser.page


def test_an_advisor_answers_from_the_sheet(desk: Desk, browser: Browser) -> None:
    rosa = desk.advisor()
    sent = desk.submit()
    browser.enter(rosa)
    assert sent.code in browser.page
    browser.open(f"/casos/{sent.code}")
    answer = browser.send(f"/casos/{sent.code}/respuesta", body="Con resolución de alcaldía.")
    assert "La respuesta se envió al funcionario." in answer.text
    assert "Con resolución de alcaldía." in answer.text
    assert desk.case(sent.consultation_id).state == "answered"


def test_pressing_twice_answers_once(desk: Desk, browser: Browser) -> None:
    rosa = desk.advisor()
    sent = desk.submit()
    browser.enter(rosa)
    browser.open(f"/casos/{sent.code}")
    path = f"/casos/{sent.code}/respuesta"
    form = {**browser.hidden(path), "body": "Así."}
    for _ in range(2):
        assert browser.client.post(path, data=form).status_code == 303
    assert len(desk.events(sent.consultation_id, CaseAnswered)) == 1


def test_a_form_without_the_page_s_token_is_refused(desk: Desk, browser: Browser) -> None:
    rosa = desk.advisor()
    sent = desk.submit()
    browser.enter(rosa)
    answer = browser.client.post(f"/casos/{sent.code}/respuesta", data={"body": "Así.", "version": "2"})
    assert answer.status_code == 403
    assert desk.events(sent.consultation_id, CaseAnswered) == []


def test_an_empty_answer_is_explained_and_the_case_is_still_there(desk: Desk, browser: Browser) -> None:
    browser.enter(desk.advisor())
    sent = desk.submit()
    browser.open(f"/casos/{sent.code}")
    answer = browser.send(f"/casos/{sent.code}/respuesta", body="  ")
    assert answer.status_code == 422
    assert "Falta este dato." in answer.text
    assert sent.body[:40] in answer.text


def test_who_wrote_while_the_case_changed_sees_both_texts_and_loses_none(desk: Desk, browser: Browser) -> None:
    rosa = desk.advisor()
    sent = desk.submit()
    browser.enter(rosa)
    browser.open(f"/casos/{sent.code}")
    desk.clarify(sent.consultation_id, "Perdón, era del 2025.")
    path = f"/casos/{sent.code}/respuesta"
    answer = browser.send(path, body="Para el 2026 se hace así.")
    assert answer.status_code == 409
    assert "El caso cambió mientras usted escribía" in answer.text
    assert "Perdón, era del 2025." in answer.text
    assert re.search(r"<textarea[^>]*>Para el 2026 se hace así.</textarea>", answer.text)
    joined = browser.send(path, body="Para el 2025 se hacía así.")
    assert "La respuesta se envió al funcionario." in joined.text
    [told] = desk.events(sent.consultation_id, CaseAnswered)
    assert told.body == "Para el 2025 se hacía así."


def test_triage_is_one_press(desk: Desk, browser: Browser) -> None:
    rosa = desk.advisor("Rosa Huamán")
    sent = desk.submit_unclear()
    browser.enter(desk.supervisor())
    browser.open(f"/casos/{sent.code}")
    answer = browser.send(f"/casos/{sent.code}/tema", topic="presupuesto")
    assert "El tema quedó decidido." in answer.text
    assert desk.case(sent.consultation_id).advisor_id == rosa.id


def test_what_is_out_of_scope_is_answered_with_the_proposal(desk: Desk, browser: Browser) -> None:
    sent = desk.submit("fuera_de_alcance")
    browser.enter(desk.supervisor())
    browser.open(f"/casos/{sent.code}")
    proposal = re.search(r"<textarea id=\"proposal\"[^>]*>(.*?)</textarea>", browser.page, re.DOTALL)
    assert proposal is not None
    answer = browser.send(f"/casos/{sent.code}/cierre", note=proposal[1])
    assert "El caso se cerró." in answer.text
    assert desk.case(sent.consultation_id).outcome == "out_of_scope"


def test_who_hands_a_case_on_and_no_longer_sees_it_is_told_so(desk: Desk, browser: Browser) -> None:
    rosa, luis = desk.advisor("Rosa"), desk.advisor("Luis", contrataciones=3)
    sent = desk.submit()
    browser.enter(rosa)
    browser.open(f"/casos/{sent.code}")
    answer = browser.send(f"/casos/{sent.code}/tema", topic="contrataciones", kind="tramite", is_urgent="false")
    assert "El caso pasó a otra persona" in answer.text
    assert desk.case(sent.consultation_id).advisor_id == luis.id


def test_a_supervisor_sees_the_desk_and_gives_an_advisor_more_room(desk: Desk, browser: Browser) -> None:
    rosa = desk.advisor("Rosa Huamán", capacity=1)
    desk.deliver(*[desk.a_consultation() for _ in range(3)])
    browser.enter(desk.supervisor())
    assert "La mesa ahora" in browser.page
    assert "sin cupo" in browser.page
    path = f"/asesores/{rosa.id}"
    browser.open(path)
    answer = browser.send(path, capacity="3", is_available="yes", skill_presupuesto="3")
    assert "Los cambios se guardaron." in answer.text
    assert {row.state for row in desk.rows("SELECT state FROM casefile")} == {"assigned"}
    desk.assert_loads_are_true()


@pytest.mark.parametrize(
    "values",
    [
        {"capacity": "muchos"},
        {"capacity": "-1"},
        {"capacity": ""},
        {"capacity": "3", "hours": "de lunes a viernes"},
        {"capacity": "3", "team_id": "ninguno"},
    ],
)
def test_an_advisor_s_form_with_mistakes_is_explained(desk: Desk, browser: Browser, values: dict[str, str]) -> None:
    rosa = desk.advisor()
    browser.enter(desk.supervisor())
    path = f"/asesores/{rosa.id}"
    browser.open(path)
    answer = browser.send(path, **values)
    assert answer.status_code == 422
    assert "Hay datos por corregir" in answer.text


def test_a_new_advisor_is_registered_and_told_of(desk: Desk, browser: Browser) -> None:
    browser.enter(desk.supervisor())
    browser.open("/asesores/nuevo")
    answer = browser.send(
        "/asesores/nuevo", full_name="Ana Mamani", email="ana@muni.example", capacity="5", skill_presupuesto="2"
    )
    assert "La cuenta se creó." in answer.text
    assert "Ana Mamani" in answer.text
    assert [event.email for event in desk.events() if event.TYPE == "account.registered"][-1] == "ana@muni.example"


def test_the_deadlines_page_counts_every_stretch(desk: Desk, browser: Browser) -> None:
    browser.enter(desk.advisor())
    sent = desk.submit()
    page = browser.open(f"/casos/{sent.code}/plazos")
    assert "Primera respuesta" in page
    assert "Respuesta final" in page
    assert page.count("<tr>") > 4


def test_every_page_is_light(desk: Desk, browser: Browser) -> None:
    rosa = desk.advisor(capacity=90)
    desk.deliver(*[desk.a_consultation() for _ in range(40)])
    sent = desk.submit()
    with desk.work() as work:
        notes.add_note(work, sent.code, rosa, version=desk.case(sent.consultation_id).version, body="x" * 4000)
    styles = 0
    for name in ("ventanilla", "routing"):
        with browser.client.get(f"/static/{name}.css") as sheet:
            styles += len(sheet.data)
    browser.enter(desk.supervisor())
    for path in ("/supervision", "/casos?vista=all", f"/casos/{sent.code}", "/asesores"):
        assert len(browser.open(path).encode()) + styles < _HEAVIEST, path


def test_english_readers_get_english(desk: Desk, browser: Browser) -> None:
    browser.enter(desk.advisor())
    sent = desk.submit()
    page = browser.open(f"/casos/{sent.code}?lang=en")
    assert "Answer to the official" in page
    assert "Budget and planning" in page


def test_a_stranger_gets_nowhere_on_any_route(desk: Desk) -> None:
    app = build_app(desk.parts)
    rosa = desk.advisor()
    sent = desk.submit()
    values = {
        "code": sent.code,
        "advisor_id": rosa.id,
        "name": "x",
        "token": "x",
        "_form": "tema",
        "form": "respuesta",
        "kind": "answer",
        "view_id": new_id(),
        "slug": "politica",
        "_part": "horario",
        "number": 2,
        "run_id": new_id(),
        "_act": "aprobar",
        "act": "aprobar",
        "_use": "macro",
        "item_id": new_id(),
    }
    client = app.test_client()
    tried = 0
    for rule in app.url_map.iter_rules():
        if getattr(app.view_functions[rule.endpoint], "__access__", None) == "public":
            continue
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            choices = {name: sorted(getattr(one, "items", ())) for name, one in rule._converters.items()}
            given = {
                name: choices[name][0] if choices.get(name) else values.get(name, rosa.id) for name in rule.arguments
            }
            path = rule.build(given, append_unknown=False)
            assert path is not None
            answer = client.open(path[1], method=method, json={} if path[1].startswith("/api") else None)
            expected = {401, 422} if path[1].startswith("/api") else {303, 403}
            assert answer.status_code in expected, (method, path[1], answer.status_code)
            assert sent.body[:30] not in answer.text
            tried += 1
    assert tried > 20


def test_advisors_do_not_reach_what_is_the_supervisors(desk: Desk, browser: Browser) -> None:
    rosa = desk.advisor()
    browser.enter(rosa)
    for path in ("/supervision", "/asesores", "/asesores/nuevo", f"/asesores/{rosa.id}"):
        browser.open(path, status=403)


def test_a_code_that_nobody_has_is_not_found(desk: Desk, browser: Browser) -> None:
    browser.enter(desk.supervisor())
    for path in ("/casos/V-0000-0000", f"/asesores/{new_id()}", "/casos/V-0000-0000/plazos"):
        browser.open(path, status=404)
