"""The Flask application that every service's web process starts from."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from pathlib import Path
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import Flask, Response, current_app, g, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_smorest import Api
from jinja2 import ChoiceLoader, FileSystemLoader
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from shared.accounts.access import current_person, install_access, public, require_declared
from shared.db.absence import is_away
from shared.http import health
from shared.http.compression import install_compression
from shared.http.csrf import install_csrf
from shared.http.languages import add_catalogs, install_languages
from shared.http.problems import (
    BY_STATUS,
    INTERNAL,
    INVALID,
    MALFORMED,
    PROBLEM_JSON,
    UNAVAILABLE,
    Problem,
    ProblemSchema,
    ProblemType,
    wants_json,
)
from shared.http.protection import install_protection
from shared.http.static_files import static_blueprint
from shared.ids import new_id
from shared.messaging.processes import Parts
from shared.observability.metrics import counter, histogram

log = structlog.get_logger()

_SHARED = Path(__file__).parent


class ProblemApi(Api):  # type: ignore[misc]  # flask-smorest ships no types
    """flask-smorest's Api, answering errors as problem details, and describing them as such."""

    ERROR_SCHEMA = ProblemSchema

    def _register_responses(self) -> None:
        # The answers that are described here are all errors; other content keeps the class's own type.
        self.DEFAULT_RESPONSE_CONTENT_TYPE = PROBLEM_JSON
        super()._register_responses()
        del self.DEFAULT_RESPONSE_CONTENT_TYPE

    def handle_http_exception(self, error: HTTPException) -> Any:
        """Answer an error that Werkzeug, Flask or webargs raised."""
        return _answer(problem_of(error))


def create_base_app(parts: Parts, *, title: str, package_dir: Path, sign_in_path: str = "/ingresar") -> Flask:
    """An application with everything that is the same in all services; blueprints are added by the caller.

    :param package_dir: the service's folder, for its `entrypoints/pages/templates` and `locale`.
    """
    settings = parts.settings
    pages = package_dir / "entrypoints" / "pages"
    app = Flask(settings.service, static_folder=None)
    app.jinja_loader = ChoiceLoader([FileSystemLoader(pages / "templates"), FileSystemLoader(_SHARED / "templates")])
    app.config.update(
        SERVICE=settings.service,
        SECRET_KEY=settings.secret_key,
        IS_TLS=urlsplit(settings.public_url).scheme == "https",
        IS_DEMO=settings.is_demo,
        PUBLIC_URL=settings.public_url,
        SIGN_IN_PATH=sign_in_path,
        TOTP_REQUIRED_ROLES=frozenset(settings.totp_required_roles),
        JSON_SORT_KEYS=False,
        API_TITLE=title,
        API_VERSION="v1",
        OPENAPI_VERSION="3.0.3",
        OPENAPI_URL_PREFIX="/api",
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS={
            "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
            "security": [{"bearer": []}],
        },
    )
    _trust_proxies(app, settings.trusted_proxies)
    app.extensions["ventanilla_parts"] = parts
    app.extensions["ventanilla_database"] = parts.database
    app.url_map.strict_slashes = False
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # of the default provider; Spanish stays readable
    add_catalogs(package_dir / "locale")
    _install_requests(app)
    install_compression(app)  # installed first, it runs last: on what the others leave
    install_languages(app)
    install_protection(app)
    install_csrf(app)
    install_access(app)
    _install_errors(app)
    app.register_blueprint(health.blueprint)
    app.register_blueprint(static_blueprint(pages / "static", _SHARED / "static"))
    app.context_processor(
        lambda: {"person": current_person(), "service": settings.service, "is_demo": settings.is_demo}
    )
    return app


def finish_app(app: Flask, *blueprints: Any) -> Flask:
    """Add the API's blueprints and refuse an application with an undeclared route."""
    api = ProblemApi(app)
    for blueprint in blueprints:
        api.register_blueprint(blueprint)
    specification = "api-docs.openapi_json"
    app.view_functions[specification] = public(partial(app.view_functions[specification]))
    app.add_url_rule("/api/docs", "api_docs", public(lambda: _docs_page(api)))
    require_declared(app)
    return app


def _docs_page(api: Api) -> str:
    paths: dict[str, dict[str, Any]] = api.spec.to_dict().get("paths", {})
    methods = {"get", "post", "put", "patch", "delete"}
    listed = [(path, [(m, o) for m, o in operations.items() if m in methods]) for path, operations in paths.items()]
    return render_template("api_docs.html", api_paths=listed)


def _trust_proxies(app: Flask, number: int) -> None:
    """Take callers' addresses and the scheme from what our own proxies forwarded.

    Without it everybody behind a proxy has one address, and the failures of one lock out all; believing one header
    more than there are proxies would let anybody choose their address.
    """
    if number:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=number, x_proto=number)  # type: ignore[method-assign]  # Flask's documented way


def _install_requests(app: Flask) -> None:
    requests = counter(app.config["SERVICE"], "http_requests", "Requests answered.", "method", "route", "status")
    seconds = histogram(app.config["SERVICE"], "http_request_seconds", "Time to answer.", "method", "route")

    @app.before_request
    def begin() -> None:
        g.started = perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(correlation_id=str(new_id()))

    @app.after_request
    def end(response: Response) -> Response:
        elapsed = perf_counter() - g.get("started", perf_counter())
        route = request.url_rule.rule if request.url_rule else "unknown"
        requests.labels(request.method, route, str(response.status_code)).inc()
        seconds.labels(request.method, route).observe(elapsed)
        bound = structlog.contextvars.get_contextvars()
        response.headers["X-Correlation-ID"] = str(bound.get("correlation_id", ""))
        if route not in ("/healthz", "/readyz", "/metrics", "/static/<path:name>"):
            log.info(
                "request",
                method=request.method, route=route, status=response.status_code, ms=round(elapsed * 1000, 1),
            )  # fmt: skip
        return response


def _install_errors(app: Flask) -> None:
    app.register_error_handler(Problem, _answer)
    app.register_error_handler(HTTPException, lambda error: _answer(problem_of(error)))
    app.register_error_handler(DBAPIError, _database_failed)
    app.register_error_handler(PoolTimeoutError, _database_failed)
    app.register_error_handler(Exception, _failed)


def problem_of(error: HTTPException) -> Problem:
    """The problem that a Werkzeug error stands for, with the messages per field that webargs found."""
    status = error.code or 500
    kind = BY_STATUS.get(status)
    data = getattr(error, "data", None) or {}
    if kind is None:
        kind = (
            INTERNAL
            if status >= INTERNAL.status
            else ProblemType("bad_request", MALFORMED.status, MALFORMED.title, MALFORMED.advice)
        )
    messages = data.get("messages") if isinstance(data, dict) else None
    headers = {key: value for key, value in error.get_headers() if key in ("Allow", "Retry-After")}
    if kind is INVALID and isinstance(messages, dict):
        # webargs groups by where it looked (json, query, ...); people know only fields.
        fields: dict[str, Any] = {}
        for location in messages.values():
            fields.update(location if isinstance(location, dict) else {"_": location})
        return Problem(kind, fields=fields, headers=headers)
    return Problem(kind, headers=headers)


def _answer(problem: Problem) -> ResponseReturnValue:
    if wants_json():
        return problem.to_response()
    body = problem.to_dict()
    page = render_template("problem.html", problem=body, layout=_layout_for(problem.kind.status))
    return page, body["status"], problem.headers


def _layout_for(status: int) -> str:
    """The service's own, so that people find on; where we failed, one that needs no database."""
    is_ours = status >= HTTPStatus.INTERNAL_SERVER_ERROR or current_person() is None
    return "base.html" if is_ours else str(current_app.config.get("ACCOUNT_LAYOUT", "base.html"))


def _database_failed(error: Exception) -> ResponseReturnValue:
    if is_away(error):
        log.warning("database_unavailable", error=error.__class__.__name__)
        return _answer(Problem(UNAVAILABLE, headers={"Retry-After": "5"}))
    return _failed(error)


def _failed(error: Exception) -> ResponseReturnValue:
    log.error("request_failed", error=error.__class__.__name__, exc_info=error)
    return _answer(Problem(INTERNAL))


def see_other(path: str, notice: str | None = None) -> Response:
    """After a form was accepted: go to a page, which shows a notice; reloading it sends nothing twice."""
    separator = "&" if "?" in path else "?"
    return redirect(f"{path}{separator}aviso={notice}" if notice else path, 303)  # type: ignore[return-value]  # werkzeug's base response
