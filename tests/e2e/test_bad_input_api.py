"""What the APIs of the running system say to input that is wrong in every way we could think of.

Each case is sent twice, in Spanish and in English, to real processes; afterwards no log may hold a trace.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import psycopg
import pytest

from tests.support.eventually import eventually
from tests.support.problem_answers import assert_discreet, refused
from tests.support.running_system import RunningSystem
from tests.support.signed_in import Member, People

_MEGABYTE = 1_000_000
_UNKNOWN_ID = "01a00000-0000-7000-8000-000000000000"


@pytest.fixture(scope="module", autouse=True)
def quiet_logs(system: RunningSystem) -> Iterator[None]:
    """Bad input is somebody else's mistake: nobody of ours may stumble over it."""
    before = system.log_positions()
    yield
    logged = system.logged_since(before)
    stumbled = {name: text[-2000:] for name, text in logged.items() if "Traceback" in text or "request_failed" in text}
    assert stumbled == {}


@dataclass(frozen=True)
class Asked:
    """A consultation that an official sent, and its case at the desk."""

    code: str
    case: dict[str, Any]


@pytest.fixture(scope="module")
def asked(people: People) -> Asked:
    sent = people.official.post(
        "/api/v1/consultations",
        {"subject": "Nota modificatoria", "body": "¿Cómo registro en el SIAF una nota de modificación presupuestaria?"},
    )
    assert sent.status_code == 201, sent.text
    code = sent.json()["code"]

    def case() -> dict[str, Any] | None:
        answer = people.supervisor.http.get(f"/api/v1/cases/{code}")
        return answer.json() if answer.status_code == 200 and answer.json()["state"] != "received" else None

    return Asked(code, eventually(case, within=60))


WRITES = {
    "intake": ("official", "POST", "/api/v1/consultations"),
    "intake-registration": ("official", "POST", "/api/v1/officials"),
    "intake-message": ("official", "POST", "/api/v1/consultations/{code}/messages"),
    "intake-profile": ("official", "PATCH", "/api/v1/officials/me"),
    "routing": ("advisor", "POST", "/api/v1/cases/{code}/notes"),
    "routing-answer": ("advisor", "POST", "/api/v1/cases/{code}/answer"),
    "routing-advisors": ("supervisor", "POST", "/api/v1/advisors"),
    "routing-sessions": ("advisor", "POST", "/api/v1/sessions"),
    "insights-sessions": ("operator", "POST", "/api/v1/sessions"),
}
UNREADABLE = {
    "malformed JSON": b'{"body": ',
    "JSON with a trailing comma": b'{"body": "x",}',
    "a word that is no JSON": b"hola",
    "bad UTF-8": b'{"body": "\xff\xfe"}',
    "UTF-16": '{"body": "x"}'.encode("utf-16"),
    "a NUL byte": b'{"body": "x\x00y"}',
    "an escaped NUL": rb'{"body": "x\u0000y"}',
    "a NUL in a name": rb'{"bo\u0000dy": "x"}',
    "a lone surrogate": rb'{"body": "\ud800"}',
    "a lone surrogate deep inside": rb'{"a": [{"b": ["\uDFFF"]}]}',
    "thousands of brackets": b"[" * 100_000 + b"]" * 100_000,
    "brackets that never close": b"[" * 200_000,
    "objects a hundred deep": b'{"body":' * 100 + b"1" + b"}" * 100,
    "a number of five thousand digits": b'{"body": ' + b"9" * 5000 + b"}",
}


@pytest.mark.parametrize("write", ["intake", "routing", "insights-sessions"])
@pytest.mark.parametrize("kind", UNREADABLE)
def test_a_body_that_cannot_be_read_is_called_so(people: People, asked: Asked, write: str, kind: str) -> None:
    _refused_body(people, asked, write, UNREADABLE[kind], "application/json", 400, "malformed_request")


@pytest.mark.parametrize("write", WRITES)
def test_a_body_of_a_megabyte_is_too_large(people: People, asked: Asked, write: str) -> None:
    body = json.dumps({"body": "x" * _MEGABYTE}).encode()
    _refused_body(people, asked, write, body, "application/json", 413, "too_large")


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data", "¿?"]
)
def test_what_is_not_json_is_called_so(people: People, asked: Asked, write: str, content_type: str) -> None:
    _refused_body(people, asked, write, b'{"body": "hola"}', content_type.encode(), 415, "unsupported_media_type")


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("body", [b"[]", b'"hola"', b"12", b"true", b"null", b"[1, 2]"])
def test_json_that_is_no_object_is_invalid(people: People, asked: Asked, write: str, body: bytes) -> None:
    _refused_body(people, asked, write, body, "application/json", 422, "invalid_fields")


@pytest.mark.parametrize("body", [b"{}", b""])
def test_no_change_of_a_profile_changes_nothing(people: People, body: bytes) -> None:
    before = people.official.http.get("/api/v1/officials/me").json()
    answer = people.official.http.patch(
        "/api/v1/officials/me", content=body, headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json()) == (200, before)


@pytest.mark.parametrize("write", [write for write in WRITES if write != "intake-profile"])
@pytest.mark.parametrize("body", [b"{}", b""])
def test_an_empty_object_is_invalid(people: People, asked: Asked, write: str, body: bytes) -> None:
    _refused_body(people, asked, write, body, "application/json", 422, "invalid_fields")


@pytest.mark.parametrize("write", WRITES)
def test_an_unknown_field_is_named(people: People, asked: Asked, write: str) -> None:
    problem = _refused_body(
        people, asked, write, '{"versión_ñ": 1, "x": [{"y": 2}]}'.encode(), "application/json", 422, "invalid_fields"
    )
    assert {"versión_ñ", "x"} <= problem["errors"].keys(), problem


WRONG_TYPES = {
    "intake": {"subject": 5, "body": ["x"], "topic_hint": {"a": 1}, "attachments": "nada"},
    "intake-registration": {
        "email": 7, "password": [], "full_name": None, "ubigeo": 80910, "position": True, "phone": {}, "locale": "qu",
    },
    "intake-message": {"body": {"texto": "x"}},
    "intake-profile": {"full_name": 1, "ubigeo": "8091", "position": [], "phone": 51.9, "locale": None},
    "routing": {"version": "dos", "body": 3},
    "routing-answer": {"version": 1.5, "body": None},
    "routing-advisors": {"email": [], "full_name": 1, "capacity": "mucho", "skills": ["presupuesto"], "locale": 3},
    "routing-sessions": {"email": {}, "password": 12, "code": []},
    "insights-sessions": {"email": None, "password": None},
}  # fmt: skip


@pytest.mark.parametrize("write", WRITES)
def test_every_field_of_a_wrong_type_is_named_with_a_text(people: People, asked: Asked, write: str) -> None:
    wrong = WRONG_TYPES[write]
    body = json.dumps(wrong).encode()
    problem = _refused_body(people, asked, write, body, "application/json", 422, "invalid_fields")
    assert problem["errors"].keys() >= wrong.keys(), problem["errors"]
    assert all(_texts(messages) for messages in problem["errors"].values()), problem["errors"]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "-1", "99999999999999999999", "1.0"])
def test_numbers_no_column_holds_are_invalid(people: People, asked: Asked, number: str) -> None:
    body = f'{{"version": {number}, "body": "hola"}}'.encode()
    _refused_body(people, asked, "routing", body, "application/json", 422, "invalid_fields")


def test_texts_beyond_their_length_are_invalid(people: People, asked: Asked) -> None:
    for field, longest in (("subject", 1_000), ("body", 20_000)):
        sent = {"body": "¿Qué plazo hay para la nota?", field: "á" * longest}
        problem = _refused_body(
            people, asked, "intake", json.dumps(sent).encode(), "application/json", 422, "invalid_fields"
        )
        assert list(problem["errors"]) == [field]


WRONG_CODES = [
    "V-0000-0000",
    "V-AAAA-AAAA",
    "nada",
    "V-",
    "..",
    "%F0%9F%A6%99",
    "%FF%FE",
    "x" * 500,
    "' OR 1=1 --",
    "%0A",
]


@pytest.mark.parametrize("code", WRONG_CODES)
def test_a_code_that_no_consultation_has_is_not_found(people: People, asked: Asked, code: str) -> None:
    paths = {"official": f"/api/v1/consultations/{code}", "advisor": f"/api/v1/cases/{code}"}
    for role, path in paths.items():
        member = people.of_role(role)
        refused(lambda headers, m=member, p=path: m.http.get(p, headers=headers), 404, "not_found")
    for path in (f"/api/v1/consultations/{code}/messages", f"/api/v1/consultations/{code}/withdraw"):
        refused(
            lambda headers, p=path: people.official.post(p, {"body": "x"} if "mess" in p else {}, headers=headers),
            404, "not_found",
        )  # fmt: skip
    refused(
        lambda headers: people.advisor.post(
            f"/api/v1/cases/{code}/answer", {"version": 1, "body": "x"}, headers=headers
        ),
        404, "not_found",
    )  # fmt: skip


def test_somebody_elses_consultation_does_not_exist(people: People, asked: Asked) -> None:
    stranger, path = people.other_official, f"/api/v1/consultations/{asked.code}"
    refused(lambda headers: stranger.http.get(path, headers=headers), 404, "not_found")
    acts = {"messages": {"body": "x"}, "rating": {"score": 5}, "reopen": {"reason": "No me sirve"}, "withdraw": {}}
    for act, body in acts.items():
        refused(lambda headers, a=act, b=body: stranger.post(f"{path}/{a}", b, headers=headers), 404, "not_found")
    assert asked.code not in json.dumps(stranger.json("/api/v1/consultations"))
    assert asked.code in json.dumps(people.official.json("/api/v1/consultations"))
    assert asked.code not in json.dumps(stranger.json("/api/v1/suggestions?text=nota%20modificación%20presupuestaria"))


def test_a_token_that_ended_expired_or_never_was_is_not_taken(system: RunningSystem, people: People) -> None:
    paths = {"official": "/api/v1/consultations", "advisor": "/api/v1/cases", "operator": "/api/v1/overview"}
    for role, path in paths.items():
        member = people.of_role(role)
        ended = people.sign_in(member.service, member.email, member.password)
        assert ended.http.delete("/api/v1/sessions").status_code == 204
        _not_authenticated(ended.http, path, ended.token)
        expired = people.sign_in(member.service, member.email, member.password)
        with psycopg.connect(system.servers.database_url(member.service)) as connection:
            connection.execute(
                "UPDATE account_session SET expires_at = clock_timestamp() - interval '1 second'"
                " WHERE token_hash = sha256(%s)", [expired.token.encode()],
            )  # fmt: skip
        _not_authenticated(expired.http, path, expired.token)
        for token in ("x", expired.token[:-1], "á" * 40, "%00", expired.token * 50, "Bearer", "null"):
            _not_authenticated(people.stranger(member.service), path, token)


def test_a_token_of_one_service_opens_no_other(people: People) -> None:
    tokens = {"intake": people.official.token, "routing": people.advisor.token, "insights": people.operator.token}
    doors = {"intake": "/api/v1/consultations", "routing": "/api/v1/cases", "insights": "/api/v1/overview"}
    for home, token in tokens.items():
        for service, path in doors.items():
            if service != home:
                _not_authenticated(people.stranger(service), path, token)
        _not_authenticated(people.stranger("notifications"), "/api/v1/messages", token)


def test_a_stale_version_is_a_conflict_that_shows_both_texts(people: People, asked: Asked) -> None:
    act = f"/api/v1/cases/{asked.code}"
    version = people.supervisor.json(act)["version"]
    noted = people.supervisor.post(f"{act}/notes", {"version": version, "body": "Ya llamé al área."})
    assert noted.status_code == 200, noted.text
    problem = refused(
        lambda headers: people.supervisor.post(
            f"{act}/notes", {"version": version, "body": "Llamaré al área."}, headers=headers
        ),
        409, "stale_version",
    )  # fmt: skip
    assert problem["mine"] == "Llamaré al área."
    assert "Ya llamé al área." in json.dumps(problem["theirs"], ensure_ascii=False)
    assert people.supervisor.json(act)["version"] == noted.json()["version"]


def test_an_idempotency_key_is_wanted_and_belongs_to_one_content(people: People) -> None:
    path, official = "/api/v1/consultations", people.official
    body = {"body": "¿Qué plazo hay para rendir viáticos?"}
    for key in ("", "corta", "x" * 201):
        headers = {"Idempotency-Key": key} if key else {}
        refused(
            lambda wish, h=headers: official.http.post(path, json=body, headers={**h, **wish}),
            400, "idempotency_key_required",
        )  # fmt: skip
    key = secrets.token_urlsafe(12)
    first, again = (official.post(path, body, key=key) for _ in range(2))
    assert first.json() == again.json()
    assert first.status_code == again.status_code == 201
    other = {"body": "¿Y para rendir encargos internos?"}
    refused(lambda headers: official.post(path, other, key=key, headers=headers), 422, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("role", "query"),
    [
        ("official", "/api/v1/municipalities?limit=mil"),
        ("official", "/api/v1/municipalities?limit=0"),
        ("official", "/api/v1/municipalities?q=" + "x" * 3000),
        ("official", "/api/v1/consultations?cursor=%C3%B1"),
        ("official", "/api/v1/consultations?cursor=bnVsbA"),
        ("official", "/api/v1/consultations?status=perdida"),
        ("advisor", "/api/v1/cases?view=ajenos"),
        ("advisor", "/api/v1/cases?cursor=W10"),
        ("advisor", "/api/v1/cases?limit=1e3"),
        ("operator", "/api/v1/overview?period=siglo"),
    ],
)
def test_a_query_that_means_nothing_is_invalid(people: People, role: str, query: str) -> None:
    http = people.of_role(role).http
    problem = refused(lambda headers: http.get(query, headers=headers), 422, "invalid_fields")
    assert problem["errors"], problem


def test_a_query_of_the_ledger_that_means_nothing_is_invalid(people: People) -> None:
    http = people.stranger("notifications")
    for query in ("state=perdido", "limit=x", "cursor=W10", "channel=paloma", "subject=" + "x" * 100):
        refused(lambda headers, q=query: http.get(f"/api/v1/messages?{q}", headers=headers), 422, "invalid_fields")
    refused(lambda headers: http.get(f"/api/v1/messages/{_UNKNOWN_ID}", headers=headers), 404, "not_found")
    refused(lambda headers: http.get("/api/v1/messages/no-es-un-id", headers=headers), 404, "not_found")


@pytest.mark.parametrize("service", ["intake", "routing", "notifications", "insights"])
def test_wrong_methods_and_unknown_routes_are_called_so(people: People, service: str) -> None:
    http = people.stranger(service)
    refused(
        lambda headers: http.delete("/api/docs", headers={"Accept": "application/json", **headers}),
        405,
        "method_not_allowed",
    )
    refused(lambda headers: http.get("/api/v1/nada", headers=headers), 404, "not_found")
    refused(lambda headers: http.get("/api/v1/%00", headers=headers), 400, "malformed_request")
    refused(lambda headers: http.get("/api/v1/nada?x=%00", headers=headers), 400, "malformed_request")
    refused(lambda headers: http.request("BREW", "/api/v1/nada", headers=headers), 404, "not_found")
    allowed = http.delete("/api/docs", headers={"Accept": "application/json"}).headers["Allow"]
    assert "GET" in allowed


@pytest.mark.parametrize("service", ["intake", "routing", "notifications", "insights"])
def test_what_is_beyond_http_is_refused_without_a_word_too_many(people: People, service: str) -> None:
    http = people.stranger(service)
    for path in ("/?" + "x=1&" * 900, "/api/v1/nada?q=" + "é" * 600):
        assert_discreet(http.get(path))
    for path in ("/?" + "x" * 60_000, "/" + "x/" * 30_000):
        answer = http.get(path)
        assert answer.status_code in (400, 414, 431), answer.status_code
        assert_discreet(answer)
    garbage = "; ".join(f"ventanilla_{service}={value}" for value in ("%%%", '"', "\\777", "a=b", "x" * 2000))
    for cookie in (garbage, "ventanilla_lang=xx; =; ;;", "ventanilla_lang=" + "é" * 20):
        answer = http.get("/api/v1/nada", headers=[(b"Cookie", cookie.encode())])
        assert answer.status_code == 404
        assert_discreet(answer)
    many = httpx.Headers([(f"X-Nada-{number}", "1") for number in range(200)])
    assert http.get("/healthz", headers=many).status_code in (400, 431)


def _refused_body(
    people: People, asked: Asked, write: str, body: bytes, content_type: str | bytes, status: int, code: str
) -> dict[str, Any]:
    role, method, path = WRITES[write]
    member = people.of_role(role)
    own: dict[Any, Any] = {"Content-Type": content_type, "Idempotency-Key": secrets.token_urlsafe(12)}
    url = path.format(code=asked.code)
    return refused(
        lambda headers: member.http.request(method, url, content=body, headers={**own, **headers}), status, code
    )


def _not_authenticated(http: httpx.Client, path: str, token: str) -> None:
    authorization = b"Bearer " + token.encode()

    def send(headers: dict[str, str]) -> httpx.Response:
        named = [(name.encode(), value.encode()) for name, value in headers.items()]
        return http.get(path, headers=[(b"Authorization", authorization), *named])

    refused(send, 401, "not_authenticated")


def _texts(messages: Any) -> list[str]:
    """Every message of a field, however deep."""
    if isinstance(messages, str):
        return [messages]
    nested = messages.values() if isinstance(messages, dict) else messages
    return [text for part in nested for text in _texts(part)]


def test_members_are_who_they_say(people: People) -> None:
    """The fixtures themselves: a test above that forgot to sign in would pass for the wrong reason."""
    members: list[Member] = [people.official, people.other_official, people.advisor, people.supervisor]
    paths = ["/api/v1/officials/me", "/api/v1/officials/me", "/api/v1/topics", "/api/v1/advisors"]
    for member, path in zip(members, paths, strict=True):
        assert member.http.get(path).status_code == 200
