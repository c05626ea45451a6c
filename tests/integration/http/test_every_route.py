"""Every route of every application, tried by a stranger, by people of other services and by every role."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from shared.accounts.access import access_of
from shared.contracts.catalog import SERVICES
from shared.ids import new_id
from tests.support.service_apps import ROLES, ServiceApp

pytestmark = pytest.mark.integration

_UNKNOWN = {
    "int": "404404",
    "uuid": "01a00000-0000-7000-8000-000000000000",
    "any": "mensajes",
    "path": "nada.css",
    "default": "nada",
}
_PUBLIC_PAGES = {"GET": {200, 303, 404, 410, 503}, "POST": {204, 303, 400, 401, 403, 404, 410, 413, 415, 422}}
_REFUSED = {401, 403}


@pytest.mark.parametrize("service", SERVICES)
def test_strangers_come_only_to_what_is_declared_public(application: Callable[[str], ServiceApp], service: str) -> None:
    built = application(service)
    for rule, method, path in _routes(built.app):
        for wanted in ("text/html", "application/json"):
            answer = _call(built, method, path, {"Accept": wanted})
            if access_of(built.app, rule.endpoint) == "public":
                is_api = path.startswith("/api/")
                allowed = _PUBLIC_PAGES["POST" if method != "GET" else "GET"] | ({400, 422} if is_api else set())
                assert answer.status_code in allowed, (method, path, answer.status_code, answer.text[:300])
            else:
                _assert_refused(built, answer, method, path, wanted)


@pytest.mark.parametrize("service", SERVICES)
def test_a_token_of_another_service_is_the_token_of_a_stranger(
    application: Callable[[str], ServiceApp], service: str
) -> None:
    built = application(service)
    others = {
        role: token for other in SERVICES if other != service for role, token in application(other).tokens.items()
    }
    for rule, method, path in _routes(built.app):
        if access_of(built.app, rule.endpoint) == "public":
            continue
        for role, token in others.items():
            answer = _call(built, method, path, {"Accept": "application/json", "Authorization": f"Bearer {token}"})
            assert answer.status_code == 401, (role, method, path, answer.status_code, answer.text[:300])


@pytest.mark.parametrize("service", ["intake", "routing", "insights"])
def test_every_role_comes_exactly_to_what_names_it(application: Callable[[str], ServiceApp], service: str) -> None:
    built = application(service)
    for rule, method, path in _routes(built.app):
        access = access_of(built.app, rule.endpoint)
        if access == "public" or path == "/api/v1/sessions":
            continue  # who ends a session has none afterwards
        for role in ROLES[service]:
            answer = _call(built, method, path, {"Accept": "application/json", **built.headers(role)})
            told = (role, access, method, path, answer.status_code, answer.text[:300])
            if access == "signed_in" or role in access:
                assert answer.status_code not in _REFUSED, told
                assert answer.status_code < 500 or _asks_to_come_later(answer), told
            else:
                assert answer.status_code == 403, told


def test_an_advisor_is_refused_at_every_route_of_supervisors(application: Callable[[str], ServiceApp]) -> None:
    built = application("routing")
    closed = [
        (method, path)
        for rule, method, path in _routes(built.app)
        if isinstance(roles := access_of(built.app, rule.endpoint), tuple) and "advisor" not in roles
    ]
    assert ("POST", "/api/v1/advisors") in closed
    assert ("GET", "/supervision") in closed
    for method, path in closed:
        answer = _call(built, method, path, {"Accept": "application/json", **built.headers("advisor")})
        assert answer.status_code == 403, (method, path, answer.text[:300])
        assert answer.get_json()["code"] == "forbidden", (method, path)


@pytest.mark.parametrize("service", SERVICES)
def test_nobody_comes_anywhere_with_a_token_in_the_address(
    application: Callable[[str], ServiceApp], service: str
) -> None:
    built = application(service)
    for rule, method, path in _routes(built.app):
        if access_of(built.app, rule.endpoint) != "public" and method == "GET":
            for token in built.tokens.values():
                answer = _call(built, method, f"{path}?token={token}&access_token={token}", {"Accept": "text/html"})
                _assert_refused(built, answer, method, path, "text/html")


@pytest.mark.parametrize("service", SERVICES)
def test_every_answer_tells_the_browser_what_it_may_do(application: Callable[[str], ServiceApp], service: str) -> None:
    built = application(service)
    for _, method, path in _routes(built.app):
        headers = _call(built, method, path, {"Accept": "text/html"}).headers
        assert "default-src 'self'" in headers["Content-Security-Policy"], path
        assert "unsafe" not in headers["Content-Security-Policy"], path
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert headers["X-Correlation-ID"], path
        if not path.startswith("/static/"):
            assert headers["Cache-Control"] == "no-store", path


def _routes(app: Flask) -> Iterator[tuple[Rule, str, str]]:
    """Every rule with each of its methods and an address that fits it, of a thing that does not exist."""
    rules = sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule)
    assert len(rules) > 10
    for rule in rules:
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule, method, re.sub(r"<(?:(\w+)(?:\(([^)]*)\))?:)?\w+>", _value, rule.rule)


def _value(parameter: re.Match[str]) -> str:
    if parameter[1] == "any":
        return parameter[2].split(",")[0].strip()
    return _UNKNOWN[parameter[1] or "default"]


def _call(built: ServiceApp, method: str, path: str, headers: dict[str, str]) -> TestResponse:
    options: dict[str, Any] = {} if method == "GET" else {"json": {}} if path.startswith("/api/") else {"data": {}}
    client = built.app.test_client(use_cookies=False)
    own = {"X-Forwarded-For": "203.0.113.9", "Idempotency-Key": str(new_id())}  # behind a proxy, not on this machine
    return client.open(path, method=method, headers={**own, **headers}, **options)


def _asks_to_come_later(answer: TestResponse) -> bool:
    """A live stream has no room, or no connection to take over: it says so, and the page asks now and then."""
    return answer.status_code == 503 and "Retry-After" in answer.headers


def _assert_refused(built: ServiceApp, answer: TestResponse, method: str, path: str, wanted: str) -> None:
    told = (method, path, answer.status_code, answer.text[:300])
    if wanted == "application/json" or path.startswith("/api/"):
        assert answer.status_code in ({401} if method == "GET" or path.startswith("/api/") else _REFUSED), told
        assert answer.get_json()["code"] in ("not_authenticated", "csrf_failed"), told
    elif built.service == "notifications":
        assert answer.status_code in _REFUSED, told  # asks for its token by HTTP Basic, on the spot
    elif method == "GET":
        assert answer.status_code == 303, told
        assert answer.headers["Location"].startswith("/ingresar"), told
    else:
        assert answer.status_code == 403, told  # a form of nobody's page
