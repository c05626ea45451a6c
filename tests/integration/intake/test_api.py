"""The API of officials: accounts, municipalities, consultations, acts, lists, suggestions."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask

from services.intake.domain.code import parse_code
from shared.ids import new_id
from tests.integration.intake.conftest import PASSWORD, Desk, Official

pytestmark = pytest.mark.integration
BODY = {"subject": "CAS", "body": "¿Cómo se calculan las vacaciones truncas?"}


def test_an_official_registers_and_is_told_of_to_the_others(
    app: Flask, registration: Callable[..., dict], emitted: Callable[[], list[str]]
) -> None:
    answer = app.test_client().post("/api/v1/officials", json=registration(email="Ana@MUNI.gob.pe"))
    assert answer.status_code == 201
    assert answer.json["phone"] == "+51987654321"
    assert answer.json["email"] == "Ana@muni.gob.pe"
    assert answer.json["municipality"]["name"] == "Municipalidad Distrital de Yauli"
    assert "password" not in answer.text
    assert emitted() == ["official.registered"]


def test_an_address_opens_one_account_in_whatever_capitals(
    app: Flask, registration: Callable[..., dict], emitted: Callable[[], list[str]]
) -> None:
    client = app.test_client()
    client.post("/api/v1/officials", json=registration(email="ana@muni.gob.pe"))
    answer = client.post("/api/v1/officials", json=registration(email="ANA@muni.gob.pe"))
    assert (answer.status_code, answer.json["code"]) == (409, "email_taken")
    assert emitted() == ["official.registered"]


def test_registering_again_with_the_same_key_gets_the_same_answer(
    app: Flask, registration: Callable[..., dict]
) -> None:
    client, sent, key = app.test_client(), registration(), {"Idempotency-Key": "registro-0001"}
    first, second = (client.post("/api/v1/officials", json=sent, headers=key) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json == second.json


def test_trying_many_addresses_is_slowed_down(app: Flask, registration: Callable[..., dict], rows: Any) -> None:
    client, sent = app.test_client(), registration()
    client.post("/api/v1/officials", json=sent)
    for _ in range(50):
        client.post("/api/v1/officials", json=sent)
    assert client.post("/api/v1/officials", json=registration()).status_code == 429


WRONG_FIELDS = (
    ("email", "no es correo", "Escriba un correo"), ("password", "corta", "12 caracteres"),
    ("password", "demo-ventanilla", "12 caracteres"), ("phone", "12", "celular de 9 cifras"),
    ("ubigeo", "999999", "No hay una municipalidad"), ("ubigeo", "12", "seis cifras"),
    ("full_name", " ", "Falta este dato"), ("full_name", "A\u202eB", "no se pueden guardar"),
    ("full_name", "x" * 121, "120 caracteres como máximo"), ("locale", "qu", "Elija"), ("nonsense", 1, "no existe"),
    ("full_name", None, "Falta"), ("full_name", 7, "Debe ser un texto"),
)  # fmt: skip


def test_every_wrong_field_of_a_registration_has_a_message(app: Flask, registration: Callable[..., dict]) -> None:
    client = app.test_client()
    for field, value, message in WRONG_FIELDS:
        answer = client.post("/api/v1/officials", json=registration(**{field: value}))
        assert answer.status_code == 422, (field, value)
        assert message in " ".join(answer.json["errors"][field])
        assert answer.content_type == "application/problem+json"


def test_messages_come_in_english_to_who_asks_for_it(app: Flask, registration: Callable[..., dict]) -> None:
    headers = {"Accept-Language": "en"}
    answer = app.test_client().post("/api/v1/officials", json=registration(full_name="x"), headers=headers)
    assert answer.json["errors"]["full_name"] == ["Type at least 3 characters."]


def test_an_official_changes_their_data_and_an_unchanged_profile_is_not_news(
    official: Callable[..., Official], emitted: Callable[[], list[str]]
) -> None:
    who = official()
    changed = who.call("PATCH", "/officials/me", json={"ubigeo": "210101", "phone": ""})
    assert changed.json["municipality"]["name"] == "Municipalidad Provincial de Puno"
    assert (changed.json["phone"], changed.json["position"]) == (None, "Tesorera")
    who.call("PATCH", "/officials/me", json={"ubigeo": "210101"})
    assert emitted() == ["official.registered", "official.updated"]
    assert who.call("PATCH", "/officials/me", json={"ubigeo": "999999"}).status_code == 422


TYPED = {
    "yauli huancavelica": "090117", "YAULÍ, Huancavelica": "090117", "ancash huaraz": "020101",
    "lima metropolitana": "150101", "090117": "090117", "quimbiri": "080907", "nazca": "110301",
    "callao": "070101", "provincial puno": "210101", "huamachuco": "130901",
}  # fmt: skip


def test_municipalities_are_found_as_people_type_them(app: Flask) -> None:
    client = app.test_client()
    found = {typed: client.get("/api/v1/municipalities", query_string={"q": typed}).json["items"] for typed in TYPED}
    assert {typed: items[0]["ubigeo"] for typed, items in found.items()} == TYPED


def test_a_search_for_nothing_finds_nothing(app: Flask) -> None:
    for typed in ("", "%", "xqzw kkkk", "'; DROP TABLE municipality; --", "_" * 50):
        answer = app.test_client().get("/api/v1/municipalities", query_string={"q": typed})
        assert (answer.status_code, answer.json["items"]) == (200, [])


def test_a_consultation_is_stored_with_its_event_and_its_code(
    official: Callable[..., Official], rows: Any, emitted: Callable[[], list[str]]
) -> None:
    who = official()
    answer = who.post("/consultations", {**BODY, "topic_hint": "recursos_humanos"}, key="envio-0001")
    assert answer.status_code == 201
    assert set(answer.json) == {"id", "code", "status"}
    assert parse_code(answer.json["code"]) == answer.json["code"]
    assert emitted() == ["official.registered", "consultation.submitted"]
    assert rows("SELECT count(*) FROM outbox_delivery d JOIN outbox_event e USING (event_id) WHERE type LIKE 'cons%'")[
        0
    ][0] == 3  # fmt: skip


def test_the_same_key_stores_one_consultation_however_often_and_at_once(
    official: Callable[..., Official], rows: Any
) -> None:
    who = official()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: who.post("/consultations", BODY, key="doble-pulsación"), range(16)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json["code"] for answer in answers}) == 1
    assert rows("SELECT count(*) FROM consultation")[0][0] == 1


def test_the_key_of_one_official_is_no_key_of_another(official: Callable[..., Official]) -> None:
    one, other = official(), official()
    codes = {who.post("/consultations", BODY, key="misma-clave").json["code"] for who in (one, other)}
    assert len(codes) == 2


def test_a_key_with_other_content_is_refused(official: Callable[..., Official]) -> None:
    who = official()
    who.post("/consultations", BODY, key="clave-0001")
    answer = who.post("/consultations", {**BODY, "body": "otra pregunta distinta"}, key="clave-0001")
    assert (answer.status_code, answer.json["code"]) == (422, "idempotency_key_reused")


WRONG_CONSULTATIONS = (
    ({"body": "corta"}, "body"), ({"body": "x" * 8001}, "body"), ({"subject": "sin cuerpo"}, "body"),
    ({**BODY, "subject": "x" * 151}, "subject"), ({**BODY, "attachments": [{"name": "a.pdf"}]}, "attachments"),
    ({**BODY, "topic_hint": "NO ES UN TEMA"}, "topic_hint"), ({**BODY, "body": ["lista"]}, "body"),
    ({**BODY, "body": "con un carácter \x07 de control"}, "body"), ({**BODY, "otro": 1}, "otro"),
)  # fmt: skip


def test_a_consultation_with_a_wrong_field_is_refused_and_nothing_is_stored(
    official: Callable[..., Official], rows: Any
) -> None:
    who = official()
    for sent, field in WRONG_CONSULTATIONS:
        answer = who.post("/consultations", sent, key="clave-0001")
        assert answer.status_code == 422, sent
        assert field in answer.json["errors"]
    assert rows("SELECT count(*) FROM consultation")[0][0] == 0


def test_empty_values_of_what_is_optional_are_accepted(official: Callable[..., Official]) -> None:
    sent = {**BODY, "attachments": [], "topic_hint": " ", "subject": ""}
    assert official().post("/consultations", sent, key="clave-0001").status_code == 201


def test_without_a_key_nothing_is_stored(official: Callable[..., Official]) -> None:
    answer = official().post("/consultations", BODY)
    assert (answer.status_code, answer.json["code"]) == (400, "idempotency_key_required")


def test_somebody_elses_consultation_does_not_exist(official: Callable[..., Official]) -> None:
    code, stranger = official().ask(), official()
    bodies = {"messages": {"body": "hola"}, "rating": {"score": 5}, "reopen": {"reason": "x" * 20}, "withdraw": {}}
    answers = [stranger.post(f"/consultations/{code}/{act}", body) for act, body in bodies.items()]
    for answer in (*answers, stranger.get(f"/consultations/{code}")):
        assert (answer.status_code, answer.json["code"]) == (404, "not_found")
    assert stranger.get("/consultations").json["items"] == []


def test_a_wrong_code_is_not_found_and_never_an_error(official: Callable[..., Official]) -> None:
    who = official()
    for code in ("V-7K3M-92QX", "V-0000-0001", "nada", "V-7K3M-92QY", "%00", "ñ", "x" * 500):
        assert who.get(f"/consultations/{code}").status_code in (400, 404), code


def test_a_code_is_understood_as_it_is_typed(official: Callable[..., Official]) -> None:
    who = official()
    code = who.ask()
    for typed in (code.lower(), code.replace("-", ""), code[2:].replace("-", " ")):
        assert who.sheet(typed)["code"] == code


def test_nobody_gets_in_without_a_right_token(app: Flask) -> None:
    client = app.test_client()
    for path in ("consultations", "consultations/V-7K3M-92QX", "officials/me", "suggestions"):
        for token in ("", "x", "Bearer", "ñ"):
            answer = client.get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == 401
            assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_session_that_ended_opens_nothing(official: Callable[..., Official]) -> None:
    who = official()
    assert who.call("DELETE", "/sessions").status_code == 204
    assert who.get("/consultations").status_code == 401


def test_a_list_is_read_page_by_page_without_gaps_or_repetitions(official: Callable[..., Official]) -> None:
    who = official()
    codes = [who.ask() for _ in range(7)]
    seen, cursor = [], None
    while True:
        page = who.get("/consultations", query_string={"limit": 3, **({"cursor": cursor} if cursor else {})}).json
        seen += [item["code"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == codes[::-1]


def test_a_wrong_query_has_a_message(official: Callable[..., Official]) -> None:
    who = official()
    for name, values in {"limit": [0, 101, "x"], "cursor": ["x", "WyJ4Il0", "W10"], "status": ["x"]}.items():
        for value in values:
            answer = who.get("/consultations", query_string={name: value})
            assert answer.status_code == 422, (name, value)
            assert set(answer.json["errors"]) == {name}


def test_a_list_is_filtered_by_status(official: Callable[..., Official]) -> None:
    who = official()
    withdrawn, kept = who.ask(), who.ask()
    who.post(f"/consultations/{withdrawn}/withdraw", {})
    for status, code in (("withdrawn", withdrawn), ("received", kept)):
        items = who.get("/consultations", query_string={"status": status}).json["items"]
        assert [item["code"] for item in items] == [code]


def test_acts_are_refused_with_what_can_be_done_instead(official: Callable[..., Official]) -> None:
    who = official()
    code = who.ask()
    refused = who.post(f"/consultations/{code}/rating", {"score": 5})
    assert (refused.status_code, refused.json["code"]) == (409, "conflict")
    assert "no hay una respuesta" in refused.json["detail"]
    assert "sigue abierta" in who.post(f"/consultations/{code}/reopen", {"reason": "x" * 20}).json["detail"]
    who.post(f"/consultations/{code}/withdraw", {"reason": "ya no"})
    assert "consulta nueva" in who.post(f"/consultations/{code}/messages", {"body": "hola"}).json["detail"]


def test_a_message_repeated_with_its_key_is_one_message(official: Callable[..., Official]) -> None:
    who = official()
    code = who.ask()
    first, second = (who.post(f"/consultations/{code}/messages", {"body": "dato"}, key="mensaje-1") for _ in range(2))
    assert first.json["message_id"] == second.json["message_id"]
    assert len(who.sheet(code)["messages"]) == 1


def test_an_answer_is_rated_changed_within_the_week_and_then_no_more(
    official: Callable[..., Official],
    desk: Callable[..., Desk],
    rows: Any,
    emitted: Callable[[], list[str]],
    intake: Any,
) -> None:
    who = official()
    code = who.ask()
    at_desk = desk(who, code)
    at_desk.tell(at_desk.answered())
    for score in (5, 5, 3):
        assert who.post(f"/consultations/{code}/rating", {"score": score, "comment": "ok"}).status_code == 200
    assert emitted().count("consultation.rated") == 2
    assert who.sheet(code)["rating"] == {"score": 3, "comment": "ok"}
    with intake.database.transaction() as session:
        session.connection().exec_driver_sql(
            "UPDATE consultation SET answered_at = answered_at - interval '8 days',"
            " first_rated_at = first_rated_at - interval '8 days'"
        )
    assert who.post(f"/consultations/{code}/rating", {"score": 1}).status_code == 409


def test_a_rating_is_a_whole_number_from_one_to_five(
    official: Callable[..., Official], desk: Callable[..., Desk]
) -> None:
    who = official()
    code = who.ask()
    at_desk = desk(who, code)
    at_desk.tell(at_desk.answered())
    for score in (0, 6, "x", None, 2.5, True, [], 10**400):
        answer = who.post(f"/consultations/{code}/rating", {"score": score})
        assert answer.status_code == 422, score
        assert "score" in answer.json["errors"]


def test_an_answered_consultation_is_reopened_with_a_reason_and_only_while_it_is_fresh(
    official: Callable[..., Official], desk: Callable[..., Desk], emitted: Callable[[], list[str]], intake: Any
) -> None:
    who = official()
    code = who.ask()
    at_desk = desk(who, code)
    at_desk.tell(at_desk.answered())
    assert who.post(f"/consultations/{code}/reopen", {"reason": "corto"}).status_code == 422
    assert who.post(f"/consultations/{code}/reopen", {"reason": "Falta el caso de 2024."}).json["status"] == "reopened"
    assert who.sheet(code)["messages"][-1]["kind"] == "reopening"
    assert emitted()[-1] == "consultation.reopened"
    at_desk.tell(at_desk.answered())
    with intake.database.transaction() as session:
        session.connection().exec_driver_sql("UPDATE consultation SET answered_at = answered_at - interval '31 days'")
    assert who.post(f"/consultations/{code}/reopen", {"reason": "Falta el caso de 2024."}).status_code == 409
    assert "reopen" not in who.sheet(code)["allowed"]


def test_two_acts_at_once_are_judged_one_after_the_other(official: Callable[..., Official]) -> None:
    who = official()
    code = who.ask()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: who.post(f"/consultations/{code}/withdraw", {}), range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]


def test_suggestions_are_ones_own_answered_consultations_blind_to_accents(
    official: Callable[..., Official], desk: Callable[..., Desk]
) -> None:
    who, stranger = official(), official()
    asked = {name: who.ask(subject=name) for name in ("Devolución de carta fianza", "Vacaciones truncas")}
    for code in asked.values():
        at_desk = desk(who, code)
        at_desk.tell(at_desk.answered())
    who.ask(subject="Devolución sin respuesta")
    query = {"text": "devolucion de la CARTA FIANZA del contratista"}
    items = who.get("/suggestions", query_string=query).json["items"]
    assert [item["code"] for item in items] == [asked["Devolución de carta fianza"]]
    assert stranger.get("/suggestions", query_string=query).json["items"] == []


def test_demonstration_passwords_open_nothing_outside_a_demonstration(
    app: Flask, intake: Any, parts: Callable[..., Any]
) -> None:
    from services.intake.use_cases import demo  # noqa: PLC0415 - only this test seeds

    with intake.units.begin() as work:
        assert demo.seed(work) == len(demo.demo_officials())
    with intake.units.begin() as work:
        assert demo.seed(work) == 0
    login = {"email": demo.demo_officials()[0], "password": "demo-ventanilla"}
    assert app.test_client().post("/api/v1/sessions", json=login).status_code == 201
    app.config["IS_DEMO"] = False
    assert app.test_client().post("/api/v1/sessions", json=login).status_code == 401


def test_guessing_a_password_is_stopped_and_the_right_one_waits_too(official: Callable[..., Official]) -> None:
    who = official()
    wrong = {"email": who.email, "password": "otra"}
    statuses = [who.client.post("/api/v1/sessions", json=wrong).status_code for _ in range(6)]
    assert statuses == [401] * 5 + [429]
    right = {"email": who.email, "password": PASSWORD}
    assert who.client.post("/api/v1/sessions", json=right).status_code == 429


UNREADABLE = (
    (b"{", "application/json", 400), (b"[]", "application/json", 422), (b"\xff\xfe", "application/json", 400),
    (b'{"body": "\\u0000 nulo en el texto"}', "application/json", 400), (b"x" * 1_000_000, "application/json", 413),
    (b'{"body": "\\ud800 medio par suelto"}', "application/json", 400), (b"<a/>", "application/xml", 415),
    (b"null", "application/json", 422), (b"", "application/json", 422), (b"\x00", "application/json", 400),
    (b"[" * 100_000, "application/json", 400),
)  # fmt: skip


def test_bodies_that_cannot_be_read_are_refused_without_an_error_of_ours(official: Callable[..., Official]) -> None:
    who = official()
    for body, content_type, status in UNREADABLE:
        headers = {"Idempotency-Key": str(new_id())}
        answer = who.call("POST", "/consultations", data=body, content_type=content_type, headers=headers)
        assert answer.status_code == status, (body[:50], answer.text)
        assert answer.content_type == "application/problem+json"


def test_texts_that_only_look_like_null_characters_are_taken(official: Callable[..., Official]) -> None:
    who = official()
    body = "descuento del 100%00 y la secuencia \\u0000 escrita a mano"
    assert who.sheet(who.ask(body))["body"] == body
