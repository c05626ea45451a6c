"""The pages, as a browser without JavaScript uses them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from shared.http.languages import moment
from tests.integration.intake.conftest import DUE, PASSWORD, Browser, Desk, Official

pytestmark = pytest.mark.integration
QUESTION = {"body": "Debo designar al jefe de la OPMI, ¿qué requisitos pide la norma?"}
PAGES = ("/consultar", "/consultas", "/perfil")


def test_the_first_page_is_small_and_public(browser: Browser, app: Flask) -> None:
    page = browser.get("/")
    assert "Hacer una consulta" in page
    parts = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    total = len(page)
    for part in parts:
        with app.test_client().get(part) as answer:
            total += len(answer.data)
    assert total < 50_000, total


@pytest.mark.parametrize("path", PAGES)
def test_a_stranger_is_led_to_sign_in_and_back(browser: Browser, official: Callable[..., Official], path: str) -> None:
    answer = browser.client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 303
    assert answer.location == f"/ingresar?siguiente=%2F{path[1:]}"
    form = {"email": official().email, "password": PASSWORD, "siguiente": path}
    assert browser.send("/ingresar", form).location == path


@pytest.mark.parametrize(
    "where", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:x", "/a\tb"]
)
def test_signing_in_leads_nowhere_but_to_our_own_pages(
    browser: Browser, official: Callable[..., Official], where: str
) -> None:
    form = {"email": official().email, "password": PASSWORD, "siguiente": where}
    assert browser.send("/ingresar", form).location == "/consultas"


def test_a_wrong_password_says_so_and_keeps_the_address(browser: Browser, official: Callable[..., Official]) -> None:
    who = official()
    answer = browser.send("/ingresar", {"email": who.email, "password": "no"})
    assert answer.status_code == 401
    assert "incorrectos" in answer.text
    assert f'value="{who.email}"' in answer.text


def test_somebody_registers_without_javascript_by_choosing_from_a_list(
    browser: Browser, emitted: Callable[[], list[str]]
) -> None:
    form = {
        "full_name": "Rosa Flores", "municipality": "yauli", "position": "Tesorera", "email": "rosa@muni.gob.pe",
        "phone": "", "password": PASSWORD, "locale": "es",
    }  # fmt: skip
    asked = browser.send("/registro", form)
    assert asked.status_code == 422
    assert "elija la suya" in asked.text
    assert 'value="090117"' in asked.text
    assert 'value="Rosa Flores"' in asked.text, "what was typed is kept"
    done = browser.send("/registro", {**form, "ubigeo": "090117"})
    assert (done.status_code, done.location) == (303, "/consultar?aviso=bienvenida")
    assert "Rosa Flores" in browser.get("/consultar"), "signed in"
    assert emitted() == ["official.registered"]


def test_a_label_picked_while_typing_needs_no_second_step(browser: Browser) -> None:
    form = {
        "full_name": "Rosa Flores", "municipality": "Municipalidad Distrital de Yauli — Huancavelica (090117)",
        "position": "Tesorera", "email": "rosa@muni.gob.pe", "password": PASSWORD,
    }  # fmt: skip
    assert browser.send("/registro", form).status_code == 303


def test_a_municipality_that_is_not_there_is_said_in_words(browser: Browser) -> None:
    answer = browser.send("/registro", {"municipality": "xqzw kkkk", "full_name": "Rosa"})
    assert answer.status_code == 422
    assert "No encontramos esa municipalidad" in answer.text


def test_an_address_that_has_an_account_is_told_where_to_go(
    browser: Browser, official: Callable[..., Official]
) -> None:
    form = {
        "full_name": "Rosa Flores", "municipality": "x", "ubigeo": "090117", "position": "Tesorera",
        "email": official().email, "password": PASSWORD,
    }  # fmt: skip
    answer = browser.send("/registro", form)
    assert answer.status_code == 409
    assert "ya tiene una cuenta" in answer.text


def test_pressing_send_twice_gives_one_consultation_and_one_receipt(
    signed_in: tuple[Browser, Official], rows: Any
) -> None:
    browser, _ = signed_in
    form = {**browser.tokens("/consultar"), **QUESTION, "norm": "Directiva 001-2019", "deadline": ""}
    first, second = (browser.client.post("/consultar", data=form) for _ in range(2))
    assert first.status_code == 303
    assert first.location == second.location
    assert rows("SELECT count(*) FROM consultation")[0][0] == 1
    receipt = browser.get(first.location)
    code = re.search(r"V-[0-9A-Z]{4}-[0-9A-Z]{4}", receipt)
    assert code is not None
    assert "La calculamos en este momento" in receipt
    assert "Norma que revisó o le indicaron: Directiva 001-2019" in browser.get(f"/consultas/{code[0]}")


def test_the_same_text_sent_again_after_back_leads_to_the_consultation_that_is_there(
    signed_in: tuple[Browser, Official], rows: Any
) -> None:
    browser, _ = signed_in
    first = browser.send("/consultar", QUESTION, "/consultar")
    code = first.location.split("/")[2]
    again = browser.send("/consultar", QUESTION, "/consultar")  # a form of its own, with another hidden key
    assert again.location == f"/consultas/{code}?aviso=ya_enviada"
    assert "No se creó otra" in browser.get(again.location)
    assert rows("SELECT count(*) FROM consultation")[0][0] == 1
    assert rows("SELECT count(*) FROM outbox_event WHERE type = 'consultation.submitted'")[0][0] == 1


def test_the_same_text_is_another_consultation_later_after_withdrawal_or_from_somebody_else(
    signed_in: tuple[Browser, Official], intake: Any, rows: Any, official: Callable[..., Official]
) -> None:
    browser, who = signed_in
    code = browser.send("/consultar", QUESTION, "/consultar").location.split("/")[2]
    assert browser.send(f"/consultas/{code}/retiro", {"reason": ""}, f"/consultas/{code}").status_code == 303
    second = browser.send("/consultar", QUESTION, "/consultar").location
    assert second.endswith("?aviso=enviada")
    with intake.database.transaction() as session:
        session.connection().exec_driver_sql(
            "UPDATE consultation SET submitted_at = submitted_at - interval '11 minutes'"
        )
    assert browser.send("/consultar", QUESTION, "/consultar").location.endswith("?aviso=enviada")
    assert browser.send("/consultar", {**QUESTION, "body": QUESTION["body"] + " Otra."}, "/consultar").location
    assert rows("SELECT count(*) FROM consultation")[0][0] == 4
    keys = ("la-clave-de-un-programa-1", "la-clave-de-un-programa-2")
    for key in keys:
        sent = {"subject": QUESTION.get("subject", ""), "body": QUESTION["body"]}
        assert who.post("/consultations", sent, key=key).status_code == 201
    assert rows("SELECT count(*) FROM consultation")[0][0] == 6, "a program says by its key what it means"


def test_the_promised_date_appears_on_the_receipt(
    signed_in: tuple[Browser, Official], desk: Callable[..., Desk]
) -> None:
    browser, who = signed_in
    code = who.ask()
    at_desk = desk(who, code)
    assert "data-poll" in browser.get(f"/consultas/{code}/recibo")
    at_desk.tell(at_desk.classified())
    assert f"<strong>{moment(DUE)}</strong>" in browser.get(f"/consultas/{code}/promesa")
    assert "data-poll" not in browser.get(f"/consultas/{code}/recibo")


def test_a_question_that_is_too_short_is_shown_again_with_what_was_typed(
    signed_in: tuple[Browser, Official],
) -> None:
    browser, _ = signed_in
    answer = browser.send("/consultar", {"body": "corta", "tried": "Leí la directiva"})
    assert answer.status_code == 422
    assert "al menos 10 caracteres" in answer.text
    assert "Leí la directiva" in answer.text
    assert '<a href="#body">' in answer.text


def test_an_official_replies_rates_and_reopens_at_the_pages(
    signed_in: tuple[Browser, Official], desk: Callable[..., Desk], emitted: Callable[[], list[str]]
) -> None:
    browser, who = signed_in
    page = f"/consultas/{(code := who.ask())}"
    at_desk = desk(who, code)
    at_desk.tell(at_desk.assigned(), at_desk.asked_back("¿De qué año es la directiva?"))
    assert "¿De qué año es la directiva?" in browser.get(page)
    assert browser.send(f"{page}/mensajes", {"body": "De 2019"}, page).location == f"{page}?aviso=mensaje"
    at_desk.tell(at_desk.answered("Se <b>designa</b> por resolución."))
    shown = browser.get(page)
    assert "Se &lt;b&gt;designa&lt;/b&gt; por resolución." in shown
    assert browser.send(f"{page}/calificacion", {"score": "4", "comment": ""}, page).status_code == 303
    assert browser.send(f"{page}/reapertura", {"reason": "corto"}, page).status_code == 422
    assert browser.send(f"{page}/reapertura", {"reason": "Falta decir el plazo."}, page).status_code == 303
    assert "Reabierta" in browser.get(page)
    assert emitted()[-3:] == ["consultation.clarified", "consultation.rated", "consultation.reopened"]


def test_an_act_that_came_too_late_says_what_can_be_done_on_the_same_page(
    signed_in: tuple[Browser, Official], desk: Callable[..., Desk]
) -> None:
    browser, who = signed_in
    page = f"/consultas/{(code := who.ask())}"
    form = {**browser.tokens(page), "reason": ""}
    at_desk = desk(who, code)
    at_desk.tell(at_desk.answered())
    answer = browser.client.post(f"{page}/retiro", data=form)
    assert answer.status_code == 409
    assert "no queda nada que retirar" in answer.text
    assert "Así se hace." in answer.text


def test_a_strangers_pages_show_nothing_of_it(
    signed_in: tuple[Browser, Official], official: Callable[..., Official]
) -> None:
    browser, _ = signed_in
    code = official().ask()
    for path in ("", "/recibo", "/promesa"):
        browser.get(f"/consultas/{code}{path}", status=404)
    for act in ("mensajes", "calificacion", "reapertura", "retiro"):
        form = {"body": "x", "score": 5, "reason": "x" * 20}
        assert browser.send(f"/consultas/{code}/{act}", form, "/consultar").status_code == 404


def test_a_form_without_its_token_or_from_another_site_is_refused(
    signed_in: tuple[Browser, Official], rows: Any
) -> None:
    browser, _ = signed_in
    tokens = browser.tokens("/consultar")
    bare = browser.client.post("/consultar", data={**QUESTION, "form_token": tokens["form_token"]})
    assert bare.status_code == 403
    foreign = browser.client.post(
        "/consultar", data={**QUESTION, **tokens}, headers={"Sec-Fetch-Site": "cross-site", "Accept": "text/html"}
    )
    assert foreign.status_code == 403
    without_key = browser.client.post("/consultar", data={**QUESTION, "csrf_token": tokens["csrf_token"]})
    assert without_key.status_code == 400
    assert rows("SELECT count(*) FROM consultation")[0][0] == 0


def test_the_api_called_with_a_cookie_needs_the_token_of_our_pages(signed_in: tuple[Browser, Official]) -> None:
    browser, _ = signed_in
    headers = {"Idempotency-Key": "desde-otra-pagina"}
    assert browser.client.post("/api/v1/consultations", json=QUESTION, headers=headers).status_code == 403


def test_a_session_that_ended_brings_the_form_back_after_signing_in(
    signed_in: tuple[Browser, Official], intake: Any
) -> None:
    browser, _ = signed_in
    form = {**browser.tokens("/consultar"), **QUESTION}
    with intake.database.transaction() as session:
        session.connection().exec_driver_sql("DELETE FROM account_session")
    answer = browser.client.post("/consultar", data=form, headers={"Accept": "text/html"})
    assert answer.location == "/ingresar?siguiente=%2Fconsultar"


def test_leaving_ends_the_session_for_good(signed_in: tuple[Browser, Official]) -> None:
    browser, _ = signed_in
    cookie = browser.client.get_cookie("ventanilla_intake")
    assert browser.send("/salir", {}, "/consultar").location == "/?aviso=salio"
    assert cookie is not None
    browser.client.set_cookie("ventanilla_intake", cookie.value)
    assert browser.client.get("/consultas").status_code == 303


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(
    browser: Browser, official: Callable[..., Official]
) -> None:
    answer = browser.send("/ingresar", {"email": official().email, "password": PASSWORD})
    cookie = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("ventanilla_intake="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_a_one_time_link_signs_in_once_and_only_by_its_button(
    browser: Browser, official: Callable[..., Official], rows: Any
) -> None:
    who = official()
    sent = browser.send("/ingresar/enlace", {"email": who.email.upper()}, "/ingresar")
    assert sent.location == "/ingresar?aviso=enlace"
    envelope = rows("SELECT CAST(envelope AS jsonb) FROM outbox_event WHERE type = 'account.link_requested'")[0][0]
    path = envelope["data"]["url"].removeprefix("http://127.0.0.1")
    for _ in range(2):
        assert "Pulse el botón" in browser.get(path), "opening it, as mail scanners do, spends nothing"
    assert browser.send(path, {}).location == "/consultas"
    browser.get("/consultas")
    assert browser.send(path, {}).status_code == 410


def test_asking_for_a_link_tells_nobody_who_has_an_account_and_fills_no_mailbox(
    browser: Browser, official: Callable[..., Official], emitted: Callable[[], list[str]]
) -> None:
    who = official()
    unknown = browser.send("/ingresar/enlace", {"email": "nadie@muni.gob.pe"}, "/ingresar")
    known = [browser.send("/ingresar/enlace", {"email": who.email}, "/ingresar") for _ in range(6)]
    assert {answer.location for answer in (unknown, *known)} == {"/ingresar?aviso=enlace"}
    assert emitted().count("account.link_requested") == 3


def test_a_profile_is_changed_at_its_page(signed_in: tuple[Browser, Official]) -> None:
    browser, who = signed_in
    form = {
        "full_name": "Ana María Pérez",
        "municipality": "Puno (210101)",
        "position": "Gerenta",
        "phone": "",
        "locale": "es",
    }
    assert browser.send("/perfil", form).location == "/perfil?aviso=perfil"
    me = who.get("/officials/me").json
    assert (me["full_name"], me["municipality"]["ubigeo"], me["phone"]) == ("Ana María Pérez", "210101", None)
    assert "Escriba un celular" in browser.send("/perfil", {**form, "phone": "1"}).text


def test_a_code_typed_on_the_first_page_leads_to_its_consultation(signed_in: tuple[Browser, Official]) -> None:
    browser, who = signed_in
    code = who.ask()
    answer = browser.client.get("/codigo", query_string={"codigo": code.lower().replace("-", " ")})
    assert answer.location == f"/consultas/{code}"
    browser.get("/codigo?codigo=nada", status=404)


def test_a_forms_own_address_leads_back_to_the_consultation(signed_in: tuple[Browser, Official]) -> None:
    browser, who = signed_in
    code = who.ask()
    answer = browser.client.get(f"/consultas/{code}/reapertura?lang=en")
    assert answer.location == f"/consultas/{code}?lang=en"


def test_pages_speak_english_to_who_chooses_it_and_remember(signed_in: tuple[Browser, Official]) -> None:
    browser, _ = signed_in
    assert "My consultations" in browser.get("/consultas?lang=en")
    assert "My consultations" in browser.get("/consultas")
    assert "Mis consultas" in browser.get("/consultas?lang=es")


def test_pages_forbid_scripts_and_frames_of_others(browser: Browser) -> None:
    answer = browser.client.get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert not re.search(r"<script(?![^>]*src=)|style=|onclick=", answer.text)


def test_a_list_shows_older_pages_and_a_wrong_cursor_is_a_clear_page(signed_in: tuple[Browser, Official]) -> None:
    browser, who = signed_in
    for _ in range(21):
        who.ask()
    page = browser.get("/consultas")
    older = re.search(r'href="(/consultas\?cursor=[^"]+)"', page)
    assert older is not None
    assert browser.get(older[1]).count("<h2>") == 1
    browser.get("/consultas?cursor=x", status=422)
