"""What the pages of the running system say to forms and addresses that are wrong, forged or somebody else's."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from urllib.parse import urlencode

import httpx
import psycopg
import pytest

from tests.support.eventually import eventually
from tests.support.problem_answers import assert_discreet, refused, refused_page
from tests.support.running_system import RunningSystem
from tests.support.signed_in import People, Visitor

_UNKNOWN_ID = "01a00000-0000-7000-8000-000000000000"
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_FREE_FAILURES = 5


@pytest.fixture(scope="module", autouse=True)
def quiet_logs(system: RunningSystem) -> Iterator[None]:
    """Bad input is somebody else's mistake: nobody of ours may stumble over it."""
    before = system.log_positions()
    yield
    logged = system.logged_since(before)
    stumbled = {name: text[-2000:] for name, text in logged.items() if "Traceback" in text or "request_failed" in text}
    assert stumbled == {}


@pytest.fixture(scope="module")
def code(people: People) -> str:
    """A consultation of the official, whose case the desk has sorted."""
    sent = people.official.post("/api/v1/consultations", {"body": "¿Cómo se rinde un encargo interno vencido?"})
    assert sent.status_code == 201, sent.text
    found: str = sent.json()["code"]
    eventually(lambda: people.supervisor.json(f"/api/v1/cases/{found}")["state"] in ("assigned", "triage"), within=60)
    return found


@pytest.fixture(scope="module")
def official(people: People) -> Visitor:
    return people.visitor_of("official")


@pytest.fixture(scope="module")
def supervisor(people: People) -> Visitor:
    return people.visitor_of("supervisor")


OFFICIALS_FORMS = {
    "/consultar": {"body": "¿Qué plazo hay para la nota modificatoria?"},
    "/perfil": {"full_name": "Ana Paz", "position": "Tesorera", "municipality": "080910"},
    "/consultas/{code}/mensajes": {"body": "Es del año 2026."},
    "/consultas/{code}/calificacion": {"score": "5"},
    "/consultas/{code}/reapertura": {"reason": "No responde lo que pregunté."},
    "/consultas/{code}/retiro": {"reason": ""},
}
SUPERVISORS_FORMS = {
    "/casos/{code}/respuesta": {"version": "1", "body": "Sí procede."},
    "/casos/{code}/notas": {"version": "1", "body": "Llamé al área."},
    "/casos/{code}/tema": {"version": "1", "topic": "presupuesto"},
    "/casos/{code}/asignacion": {"version": "1"},
    "/casos/{code}/cierre": {"version": "1", "outcome": "out_of_scope", "note": "Ya respondida."},
    "/asesores/nuevo": {"email": "nadie@ventanilla.example", "full_name": "Nadie", "capacity": "3"},
}
FORGED = {
    "no token": ({}, {}),
    "a token of nobody": ({"csrf_token": "0" * 64}, {}),
    "a token that is no ASCII": ({"csrf_token": "ñ" * 32}, {}),
    "another site, says the browser": (None, {"Sec-Fetch-Site": "cross-site"}),
    "another host of our site": (None, {"Sec-Fetch-Site": "same-site"}),
    "another origin": (None, {"Origin": "https://mal.example"}),
    "an origin that hides": (None, {"Origin": "null"}),
}


@pytest.mark.parametrize("kind", FORGED)
def test_a_forged_form_changes_nothing(
    official: Visitor, supervisor: Visitor, people: People, code: str, kind: str
) -> None:
    before = _standing(people, code)
    own, headers = FORGED[kind]
    pages = {"intake": (official, "/perfil", OFFICIALS_FORMS), "routing": (supervisor, "/casos", SUPERVISORS_FORMS)}
    for visitor, page, forms in pages.values():
        token = {"csrf_token": _csrf(visitor, page)} if own is None else own
        for path, form in forms.items():
            data = {**form, **token, "form_token": secrets.token_urlsafe(12)}
            refused_page(visitor.http, "POST", path.format(code=code), 403, data=data, headers=headers)
    assert _standing(people, code) == before


@pytest.mark.parametrize("service", ["intake", "routing", "insights"])
def test_nobody_is_signed_in_or_out_by_another_site(people: People, service: str) -> None:
    for path in ("/ingresar", "/salir"):
        refused_page(people.visitor(service).http, "POST", path, 403, data={"email": "a@b.pe", "password": "x"})


def test_the_api_with_a_cookie_wants_the_token_of_our_pages(official: Visitor, supervisor: Visitor, code: str) -> None:
    for visitor, path, body in (
        (official, "/api/v1/consultations", {"body": "¿Qué plazo hay para la nota modificatoria?"}),
        (supervisor, f"/api/v1/cases/{code}/notes", {"version": 1, "body": "x"}),
    ):
        refused(
            lambda headers, v=visitor, p=path, b=body: v.http.post(
                p, json=b, headers={"Idempotency-Key": "una-clave-larga", "Cookie": _cookies(v), **headers}
            ),
            403, "csrf_failed",
        )  # fmt: skip


def test_a_form_that_cannot_be_stored_is_called_so(official: Visitor, supervisor: Visitor, code: str) -> None:
    for visitor, page, path in (
        (official, "/consultar", "/consultar"), (supervisor, f"/casos/{code}", f"/casos/{code}/notas"),
    ):  # fmt: skip
        start = urlencode({"csrf_token": _csrf(visitor, page), "form_token": "una-clave-larga"}).encode()
        for field in (b"&body=hola%00", b"&body=hola\x00", b"&bo%00dy=hola"):
            refused_page(visitor.http, "POST", path, 400, content=start + field, headers=_FORM)
        large = start + b"&body=" + b"x" * 1_000_000
        refused_page(visitor.http, "POST", path, 413, content=large, headers=_FORM)
        many = start + b"&a=1" * 50_000
        assert_discreet(visitor.http.post(path, content=many, headers=_FORM))


def test_bytes_that_are_no_utf8_stay_visible_as_they_came_and_break_nothing(official: Visitor, people: People) -> None:
    start = urlencode({"csrf_token": _csrf(official, "/consultar"), "form_token": secrets.token_urlsafe(12)}).encode()
    body = start + b"&body=Consulta+sobre+vi%e1ticos+y+%ED%A0%80+plazos+de+rendici%f3n"
    sent = official.http.post("/consultar", content=body, headers=_FORM)
    assert sent.status_code == 303, sent.text
    sheet = people.official.json("/api/v1/consultations/" + sent.headers["Location"].split("/")[2])
    assert "vi%E1ticos" in sheet["body"]


@pytest.mark.parametrize(
    "content_type", ["multipart/form-data", "multipart/form-data; boundary=x", "application/xml", "text/plain", "¿?"]
)
def test_a_form_of_another_kind_is_refused_like_one_without_token(official: Visitor, content_type: str) -> None:
    headers = {"Content-Type": content_type.encode()}
    for body in (b"csrf_token=1&body=hola", b"--x\r\nContent-Disposition: form-data; name=", b"--x--", b"\xff" * 100):
        refused_page(official.http, "POST", "/consultar", 403, content=body, headers=headers)


def test_a_form_without_its_key_is_called_so(official: Visitor, supervisor: Visitor, code: str) -> None:
    for visitor, page, forms in (
        (official, "/consultar", OFFICIALS_FORMS), (supervisor, f"/casos/{code}", SUPERVISORS_FORMS),
    ):  # fmt: skip
        token = _csrf(visitor, page)
        for path, form in forms.items():
            if path == "/perfil":
                continue  # to save the same data twice is to save them once
            for key in ({}, {"form_token": "corta"}, {"form_token": "x" * 201}):
                data = {"csrf_token": token, **form, **key, "skill_presupuesto": "2"}
                refused_page(visitor.http, "POST", path.format(code=code), 400, data=data)


def test_pages_of_somebody_elses_consultation_do_not_exist(people: People, code: str) -> None:
    visitor = people.visitor("intake")
    other = people.other_official
    assert visitor.send("/ingresar", {"email": other.email, "password": other.password}).status_code == 303
    for path in (f"/consultas/{code}", f"/consultas/{code}/recibo", f"/consultas/{code}/promesa"):
        refused_page(visitor.http, "GET", path, 404)
    token = _csrf(visitor, "/consultar")
    for path, form in OFFICIALS_FORMS.items():
        if "{code}" in path:
            data = {**form, "csrf_token": token, "form_token": secrets.token_urlsafe(12)}
            refused_page(visitor.http, "POST", path.format(code=code), 404, data=data)
    assert code not in visitor.get("/consultas").text


@pytest.mark.parametrize("wrong", ["V-0000-0000", "nada", "%FF%FE", "x" * 500, "%F0%9F%A6%99", "'--"])
def test_pages_of_a_code_that_nothing_has_do_not_exist(official: Visitor, supervisor: Visitor, wrong: str) -> None:
    refused_page(official.http, "GET", f"/consultas/{wrong}", 404)
    refused_page(supervisor.http, "GET", f"/casos/{wrong}", 404)


@pytest.mark.parametrize("wrong", ["V-0000-0001", "nada", "%FF%FE", "x" * 500, "%F0%9F%A6%99", "'--", ""])
def test_what_is_no_code_is_told_before_anybody_must_sign_in(people: People, wrong: str) -> None:
    refused_page(people.visitor("intake").http, "GET", f"/codigo?codigo={wrong}", 404)


def test_ids_of_nothing_lead_to_a_page_that_says_so(people: People, supervisor: Visitor) -> None:
    ledger = people.visitor("notifications")
    for visitor, path in (
        (supervisor, f"/asesores/{_UNKNOWN_ID}"), (supervisor, "/asesores/no-es-un-id"),
        (ledger, f"/mensajes/{_UNKNOWN_ID}"), (ledger, "/mensajes/no-es-un-id"),
    ):  # fmt: skip
        refused_page(visitor.http, "GET", path, 404)


@pytest.mark.parametrize(
    ("role", "path"),
    [
        ("official", "/consultas?cursor=W10"),
        ("official", "/consultas?cursor=%C3%B1"),
        ("supervisor", "/casos?cursor=W10"),
        ("supervisor", "/casos?cursor=%FF"),
    ],
)
def test_a_cursor_of_nobody_is_a_page_that_says_so(people: People, role: str, path: str) -> None:
    refused_page(people.visitor_of(role).http, "GET", path, 422)


def test_queries_that_mean_nothing_are_left_out(people: People, official: Visitor, supervisor: Visitor) -> None:
    operator = people.visitor_of("operator")
    for visitor, path in (
        (official, "/consultas?estado=perdida&lang=qu"), (supervisor, "/casos?vista=ajenos&tema=nada"),
        (operator, "/?periodo=siglo&pausa=x"), (operator, "/panel?visto=%FF.-.--"),
        (official, "/?aviso=<script>alert(1)</script>"), (official, "/?" + "x=1&" * 1500),
    ):  # fmt: skip
        answer = visitor.get(path)
        assert answer.status_code == 200, (path, answer.text[:500])
        assert "<script>alert" not in answer.text


@pytest.mark.parametrize("service", ["intake", "routing", "notifications", "insights"])
def test_unknown_pages_wrong_methods_and_nul_are_called_so(people: People, service: str) -> None:
    http = people.visitor(service).http
    refused_page(http, "GET", "/nada", 404)
    refused_page(http, "POST", "/nada", 404, data={"a": "1"})
    refused_page(http, "GET", "/static/../settings.py", 404)
    refused_page(http, "GET", "/static/..%2f..%2fsettings.py", 404)
    refused_page(http, "DELETE", "/", 405)
    refused_page(http, "PUT", "/", 405, content=b"x")
    refused_page(http, "GET", "/%00", 400)


@pytest.mark.parametrize("role", ["official", "supervisor", "operator"])
def test_a_session_that_ended_or_expired_leads_to_the_way_in(system: RunningSystem, people: People, role: str) -> None:
    service = people.of_role(role).service
    home = {"official": "/consultas", "supervisor": "/supervision", "operator": "/"}[role]
    leaver, sleeper, forger = people.visitor_of(role), people.visitor_of(role), people.visitor(service)
    name = f"ventanilla_{service}"
    kept = leaver.http.cookies[name]
    assert leaver.send("/salir", {}, page=home).status_code == 303
    leaver.http.cookies.set(name, kept)  # as a thief would who copied it
    with psycopg.connect(system.servers.database_url(service)) as connection:
        connection.execute(
            "UPDATE account_session SET seen_at = seen_at - interval '31 minutes' WHERE token_hash = sha256(%s)",
            [sleeper.http.cookies[name].encode()],
        )
    forger.http.cookies.set(name, "inventada")
    for visitor in (leaver, sleeper, forger):
        answer = visitor.get(home)
        assert answer.status_code == 303, answer.text
        assert answer.headers["Location"].startswith("/ingresar")


def test_garbage_in_cookies_is_nobody(people: People) -> None:
    for service in ("intake", "routing", "insights"):
        http = people.visitor(service).http
        for value in ("%%%", '"', "a=b", "\\777\\000", "x" * 1000):
            cookie = f"ventanilla_{service}={value}; ventanilla_lang={value}; ventanilla_{service}_visitor={value}"
            answer = http.get("/ingresar", headers={"Cookie": cookie, "Accept": "text/html"})
            assert answer.status_code == 200, (value, answer.text)


def test_passwords_cannot_be_guessed_in_a_row(people: People, attacker: httpx.Client) -> None:
    victim, stranger = people.new_official(), Visitor(attacker)
    attacker.base_url = httpx.URL(people.configuration.public_url("intake"))
    for _ in range(_FREE_FAILURES):
        answer = stranger.send("/ingresar", {"email": victim.email, "password": "adivinanza"})
        assert answer.status_code == 401, answer.text
    locked = stranger.send("/ingresar", {"email": victim.email, "password": victim.password})
    assert locked.status_code == 429
    assert "Demasiados intentos" in locked.text
    refused(
        lambda headers: attacker.post(
            "/api/v1/sessions", json={"email": victim.email, "password": victim.password}, headers=headers
        ),
        429, "too_many_attempts",
    )  # fmt: skip
    assert victim.http.get("/api/v1/officials/me").status_code == 200, "who is in stays in"


def test_a_link_that_nobody_was_sent_opens_nothing(people: People) -> None:
    visitor = people.visitor("intake")
    for token in ("x", "á" * 50, "%FF", "x" * 1000):
        page = visitor.get(f"/ingresar/enlace/{token}")
        assert page.status_code == 200, page.text
        data = {"csrf_token": _csrf(visitor, "/ingresar")}
        refused_page(visitor.http, "POST", f"/ingresar/enlace/{token}", 410, data=data)


def test_the_way_back_after_signing_in_never_leaves_the_site(people: People) -> None:
    member = people.official
    for wanted in ("https://mal.example/", "//mal.example", "/\\mal.example", "javascript:alert(1)", "/\r\nX: y"):
        visitor = people.visitor("intake")
        form = {"email": member.email, "password": member.password, "siguiente": wanted}
        entered = visitor.send("/ingresar", form)
        assert (entered.status_code, entered.headers["Location"]) == (303, "/consultas"), wanted


def test_a_stale_sheet_shows_both_texts_and_loses_none(people: People, supervisor: Visitor, code: str) -> None:
    version = people.supervisor.json(f"/api/v1/cases/{code}")["version"]
    form = {"version": version, "body": "Nota de la mañana."}
    first = supervisor.send(f"/casos/{code}/notas", form, page=f"/casos/{code}")
    assert first.status_code == 303, first.text
    token = {"csrf_token": _csrf(supervisor, f"/casos/{code}"), "form_token": secrets.token_urlsafe(12)}
    late = {**token, "version": version, "body": "Nota de la tarde."}
    page = refused_page_with_form(supervisor, f"/casos/{code}/notas", late)
    assert "Nota de la mañana." in page
    assert "Nota de la tarde." in page


def refused_page_with_form(visitor: Visitor, path: str, form: dict[str, object]) -> str:
    """A conflict is told on the sheet itself, so that the text is not lost: its title is the case's own."""
    answer = visitor.http.post(path, data=form, headers={"Accept": "text/html"})
    assert_discreet(answer)
    assert answer.status_code == 409, answer.text
    return answer.text


def _standing(people: People, code: str) -> tuple[object, ...]:
    """What the forms above would change."""
    consultation, case = (
        people.official.json(f"/api/v1/consultations/{code}"),
        people.supervisor.json(f"/api/v1/cases/{code}"),
    )
    profile, mine = people.official.json("/api/v1/officials/me"), people.official.json("/api/v1/consultations")
    return consultation["messages"], case["version"], case["state"], profile, len(mine["items"])


def _csrf(visitor: Visitor, page: str) -> str:
    """The token that any form of a page carries for this visitor."""
    answer = visitor.get(page)
    assert answer.status_code == 200, answer.text
    return answer.text.split('name="csrf_token" value="')[1].split('"')[0]


def _cookies(visitor: Visitor) -> str:
    return "; ".join(f"{name}={value}" for name, value in visitor.http.cookies.items())
