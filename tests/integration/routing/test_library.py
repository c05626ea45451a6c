"""Canned texts and macros: kept by those who know, used by everybody, and never sent half filled."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from services.routing.entrypoints.wsgi import build_app
from services.routing.store.library import LibraryItem
from services.routing.use_cases import library, staff
from shared.accounts.people import Person
from shared.contracts.case import CaseAnswered, CaseClosed
from tests.support.routing_desk import PASSWORD, Desk
from tests.support.staff_browser import StaffBrowser

pytestmark = pytest.mark.integration

GREETING = "Sr(a). {{nombre}} de {{municipio}}: su caso {{codigo}} trata de [[asunto exacto]]."


@pytest.fixture
def app(desk: Desk) -> Flask:
    return build_app(desk.parts)


def senior(desk: Desk, name: str = "Carmen Poma", **skills: int) -> Person:
    with desk.work() as work:
        email = f"{name.split(maxsplit=1)[0].lower()}@ventanilla.example"
        person = staff.register(work, email=email, password=PASSWORD, full_name=name, role="senior")
        staff.make_advisor(work, person, capacity=0, skills=skills or {"presupuesto": 3})
    return person


def kept(desk: Desk, person: Person, kind: str = "text", **content: Any) -> LibraryItem:
    with desk.work() as work:
        return library.keep(
            work, person, item_id=None, version=0, kind=kind, topic="presupuesto", name="Saludo", content=content
        )


def test_a_canned_text_is_put_below_what_was_typed_and_blocks_until_it_is_complete(desk: Desk, app: Flask) -> None:
    rosa = desk.advisor()
    sent = desk.submit()
    item = kept(desk, senior(desk), body=GREETING)
    browser, base = StaffBrowser(app.test_client(), rosa), f"/casos/{sent.code}"
    browser.open(base)
    browser.send(f"{base}/respuesta", to=f"{base}/insertar", body="Ya escribí.", item=item.item_id, form="respuesta")
    text = browser.typed("answer")
    assert text.startswith("Ya escribí.\n\nSr(a). María Quispe Ñahui de Municipalidad Provincial de Huancavelica")
    assert sent.code in text
    refused = browser.send(f"{base}/respuesta", body=text)
    assert refused.status_code == 422
    assert "[[asunto exacto]]" in refused.text
    assert desk.events(cls=CaseAnswered) == []
    browser.send(f"{base}/respuesta", body=text.replace("[[asunto exacto]]", "la nota modificatoria"))
    assert len(desk.events(cls=CaseAnswered)) == 1


def test_what_an_official_is_called_can_neither_fill_nor_inject_anything(desk: Desk, app: Flask) -> None:
    rosa = desk.advisor()
    sent = desk.submit()
    desk.run("UPDATE casefile SET asker_name = '<script>{{codigo}}</script>'")
    item = kept(desk, senior(desk), body="{{nombre}}")
    headers = {"Authorization": f"Bearer {desk.token(rosa)}"}
    filled = app.test_client().get(f"/api/v1/cases/{sent.code}/texts/{item.item_id}", headers=headers)
    assert filled.json == {"text": "<script>{{codigo}}</script>", "places": ["{{codigo}}"]}
    browser, base = StaffBrowser(app.test_client(), rosa), f"/casos/{sent.code}"
    browser.open(base)
    browser.send(f"{base}/respuesta", to=f"{base}/insertar", body="", item=item.item_id, form="respuesta")
    assert "<script>{{" not in browser.page


def test_seniors_keep_what_they_know_and_every_version_stays(desk: Desk, app: Flask) -> None:
    carmen = senior(desk)
    browser = StaffBrowser(app.test_client(), carmen)
    browser.open("/biblioteca/nuevo")
    added = browser.send("/biblioteca/nuevo", name="Saludo", topic="presupuesto", body="Hola {{nombre}}.")
    assert "La biblioteca se guardó" in added.text
    [row] = desk.rows("SELECT item_id FROM library_item")
    path = f"/biblioteca/{row.item_id}"
    browser.open(path)
    stale = browser.hidden(path)
    browser.send(path, name="Saludo", topic="presupuesto", body="Buenos días, {{nombre}}.")
    page = browser.open(path)
    assert "Hola {{nombre}}." in page
    assert browser.typed("body") == "Buenos días, {{nombre}}."
    again = browser.client.post(path, data={**stale, "form_token": "otra-ventana", "name": "Saludo", "body": "Mío"})
    assert again.status_code == 409
    browser.open("/biblioteca/nuevo")
    for values, words in (
        ({"name": "saludo", "topic": "presupuesto", "body": "x"}, "Ya hay otro con ese nombre"),
        ({"name": "Otro", "topic": "presupuesto", "body": "{{alcalde}}"}, "Ningún caso tiene estas variables: alcalde"),
        ({"name": "Otro", "topic": "contrataciones", "body": "x"}, "los cuidan los asesores principales"),
        ({"name": "Otro", "topic": "presupuesto", "body": ""}, "Escriba el texto"),
    ):
        answer = browser.send("/biblioteca/nuevo", **values)
        assert answer.status_code in (403, 422)
        assert words in answer.text, values


def test_advisors_use_the_library_and_do_not_change_it(desk: Desk, app: Flask) -> None:
    item = kept(desk, senior(desk), body=GREETING)
    rosa = desk.advisor()
    browser = StaffBrowser(app.test_client(), rosa)
    assert "Saludo" in browser.open("/biblioteca")
    assert "Nuevo texto modelo" not in browser.page
    assert "[[asunto exacto]]" in browser.open(f"/biblioteca/{item.item_id}")
    assert "Guardar" not in browser.page
    headers = {"Authorization": f"Bearer {desk.token(rosa)}"}
    answer = app.test_client().put(f"/api/v1/library/{item.item_id}", json={"name": "x", "body": "x"}, headers=headers)
    assert answer.status_code == 403


def test_a_macro_does_everything_it_says_at_once(desk: Desk, app: Flask) -> None:
    rosa = desk.advisor(presupuesto=2, contrataciones=2)
    sent = desk.submit()
    item = kept(
        desk, senior(desk), "macro", set_topic="contrataciones", note="Derivada: {{codigo}}", body="Falta [[acta]].",
        outcome="out_of_scope", closing="Sr(a). {{nombre}}: acuda a la UGEL.",
    )  # fmt: skip
    browser, base = StaffBrowser(app.test_client(), rosa), f"/casos/{sent.code}"
    browser.open(base)
    done = browser.send(f"{base}/macro", item_id=item.item_id)
    assert "La macro se aplicó completa" in done.text
    case = desk.case(sent.consultation_id)
    assert (case.topic, case.state, case.outcome) == ("contrataciones", "closed", "out_of_scope")
    assert [row.body for row in desk.rows("SELECT body FROM case_note")] == [f"Derivada: {sent.code}"]
    [told] = desk.events(cls=CaseClosed)
    assert told.note == "Sr(a). María Quispe Ñahui: acuda a la UGEL."
    assert "Falta [[acta]]." in browser.open("/borradores")


@pytest.mark.parametrize(
    "content", [{"outcome": "answered"}, {"outcome": "abandoned", "closing": "Falta [[motivo]]."}]
)  # fmt: skip
def test_a_macro_of_which_one_act_is_refused_does_nothing(desk: Desk, app: Flask, content: dict[str, str]) -> None:
    rosa = desk.advisor()
    sent = desk.submit()
    item = kept(desk, senior(desk), "macro", note="Nota", body="Texto", **content)
    before = desk.case(sent.consultation_id).version
    browser, base = StaffBrowser(app.test_client(), rosa), f"/casos/{sent.code}"
    browser.open(base)
    assert browser.send(f"{base}/macro", item_id=item.item_id).status_code in (409, 422)
    assert desk.case(sent.consultation_id).version == before
    assert desk.rows("SELECT * FROM case_note") == []
    assert desk.rows("SELECT * FROM case_draft") == []


def test_programs_add_change_and_withdraw(desk: Desk, app: Flask) -> None:
    headers = {"Authorization": f"Bearer {desk.token(senior(desk))}", "Idempotency-Key": "una-clave-propia"}
    client = app.test_client()
    sent = {"name": "Plazo", "topic": "presupuesto", "body": "Vence el {{plazo}}."}
    first = client.post("/api/v1/library", json=sent, headers=headers)
    assert first.status_code == 201, first.text
    assert client.post("/api/v1/library", json=sent, headers=headers).json["id"] == first.json["id"]
    del headers["Idempotency-Key"]
    path = f"/api/v1/library/{first.json['id']}"
    changed = client.put(path, json={**sent, "version": 1, "is_active": False}, headers=headers)
    assert (changed.status_code, changed.json["version"], changed.json["is_active"]) == (200, 2, False)
    stale = client.put(path, json={**sent, "version": 1}, headers=headers)
    assert stale.status_code == 409
    assert stale.json["theirs"]["version"] == 2
    assert [one["version"] for one in client.get(path, headers=headers).json["versions"]] == [2, 1]
