"""A stranger to a case tries every route that takes its code: it is as if there were no such case.

Generic over the routes of an application: one that is added is tried without anybody remembering it here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from services.intake.domain.code import new_code
from shared.accounts.access import access_of, public, require_declared, signed_in
from shared.contracts.catalog import SERVICES
from shared.ids import new_id
from tests.integration.http.test_every_route import _UNKNOWN
from tests.support.service_apps import ServiceApp

pytestmark = pytest.mark.integration
NO_SUCH_CODE = new_code()
_REFUSALS = {400, 403, 404, 409, 413, 415, 422}


@pytest.mark.parametrize("service", ["intake", "routing"])
def test_what_is_somebody_elses_cannot_be_told_from_what_does_not_exist(
    application: Callable[[str], ServiceApp], service: str
) -> None:
    built = application(service)
    code, spec = built.known["code"][0], built.app.test_client().get("/api/openapi.json").get_json()
    tried, hidden = 0, 0
    for rule, method in _routes_of_codes(built.app):
        body = _a_body(spec, rule, method)
        theirs, none = (_call(built, rule, method, value, body) for value in (code, NO_SUCH_CODE))
        told = (method, rule.rule, theirs.status_code, none.status_code, theirs.text[:300])
        assert theirs.status_code == none.status_code, told
        assert theirs.status_code in _REFUSALS | {303}, told
        assert code not in theirs.text.replace(quote(rule.rule), "") or theirs.status_code == 303, told
        tried, hidden = tried + 1, hidden + (theirs.status_code == 404)
        if method == "GET":
            assert theirs.status_code in (303, 403, 404), told
    assert tried >= 8
    assert hidden >= tried / 2, "most routes were reached with something that they would have taken"


@pytest.mark.parametrize("service", ["intake", "routing"])
def test_the_owner_reaches_what_the_stranger_did_not(application: Callable[[str], ServiceApp], service: str) -> None:
    built = application(service)
    role = {"intake": "official", "routing": "supervisor"}[service]
    path = {"intake": "/api/v1/consultations/", "routing": "/api/v1/cases/"}[service] + built.known["code"][0]
    client = built.app.test_client(use_cookies=False)
    assert client.get(path, headers=built.headers(role)).status_code == 200
    assert client.get(path, headers={"Authorization": f"Bearer {built.outsider}"}).status_code == 404


@pytest.mark.parametrize("service", SERVICES)
def test_every_route_says_who_may_call_it(application: Callable[[str], ServiceApp], service: str) -> None:
    app = application(service).app
    declared = {rule.rule: access_of(app, rule.endpoint) for rule in app.url_map.iter_rules()}
    assert all(declared.values()), [path for path, access in declared.items() if not access]


def test_a_route_that_is_added_without_a_declaration_stops_the_service() -> None:
    app = Flask("forgetful", static_folder=None)
    app.add_url_rule("/declared", "declared", public(lambda: "x"))
    app.add_url_rule("/guarded", "guarded", signed_in("advisor")(lambda: "x"))
    require_declared(app)
    app.add_url_rule("/forgotten", "forgotten", lambda: "x")
    with pytest.raises(LookupError, match="/forgotten"):
        require_declared(app)


def _routes_of_codes(app: Flask) -> list[tuple[Rule, str]]:
    return [
        (rule, method)
        for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule)
        if "code" in rule.arguments and access_of(app, rule.endpoint) != "public"
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def _call(built: ServiceApp, rule: Rule, method: str, code: str, body: Any) -> TestResponse:
    values = {name: _value(rule, name) for name in rule.arguments} | {"code": code}
    adapter = built.app.url_map.bind("localhost")
    path = adapter.build(rule.endpoint, values, method=method)
    is_api = path.startswith("/api/")
    options: dict[str, Any] = {} if method == "GET" else {"json": body} if is_api else {"data": {"version": "1"}}
    headers = {
        "Authorization": f"Bearer {built.outsider}", "Idempotency-Key": str(new_id()),
        "Accept": "application/json" if is_api else "text/html",
    }  # fmt: skip
    return built.app.test_client(use_cookies=False).open(path, method=method, headers=headers, **options)


def _value(rule: Rule, name: str) -> str:
    converter = rule._converters[name]
    if items := getattr(converter, "items", None):
        return str(min(items))
    kinds = {"UUIDConverter": "uuid", "IntegerConverter": "int"}
    return _UNKNOWN[kinds.get(type(converter).__name__, "default")]


def _a_body(spec: dict[str, Any], rule: Rule, method: str) -> Any:
    """The smallest body that the API's own description allows."""
    path = rule.rule.replace("<", "{").replace(">", "}").replace("{uuid:", "{")
    operation = spec["paths"].get(path, {}).get(method.lower(), {})
    content = operation.get("requestBody", {}).get("content", {})
    return _made_up(spec, content.get("application/json", {}).get("schema", {}))


def _made_up(spec: dict[str, Any], schema: dict[str, Any]) -> Any:
    if "$ref" in schema:
        return _made_up(spec, spec["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]])
    if "allOf" in schema:
        return _made_up(spec, schema["allOf"][0])
    if schema.get("enum"):
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "object" or "properties" in schema:
        members = schema.get("properties", {})
        return {name: _made_up(spec, members[name]) for name in schema.get("required", ())}
    if kind == "string":
        made = {"uuid": _UNKNOWN["uuid"], "date": "2026-12-01", "date-time": "2026-12-01T10:00:00-05:00"}
        return made.get(schema.get("format", ""), "x" * max(schema.get("minLength", 0), 12))
    return {"integer": max(schema.get("minimum", 1), 1), "number": 1.0, "boolean": True, "array": []}.get(
        kind or "", {}
    )
