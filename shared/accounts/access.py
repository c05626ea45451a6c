"""Who may call a route: declared on every view, or the application refuses to start.

A page is reached with the session cookie, the API with a Bearer token or, from our own pages, with the cookie too.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Flask, current_app, g, redirect, request

from shared.accounts import people
from shared.accounts.people import Person
from shared.db.database import Database
from shared.http.problems import FORBIDDEN, NOT_AUTHENTICATED, SECOND_FACTOR_REQUIRED, Problem, wants_json

View = TypeVar("View", bound=Callable[..., Any])
Check = Callable[[], Any]
SECOND_FACTOR_PATH = "/cuenta/segundo-factor"
"""The page where people set up their second factor."""
_MARK, _CHECK = "__access__", "__access_check__"


def public(view: View) -> View:
    """Anybody may call this route."""
    setattr(view, _MARK, "public")
    return view


def is_public(view: Any) -> bool:
    """Whether a view declares that anybody may call it."""
    return getattr(view, _MARK, None) == "public"


def guarded(access: Any, check: Check) -> Callable[[View], View]:
    """Declare who may call a route. `check` raises, or returns what is answered instead, or None for who may.

    It runs before anything that was sent is read, so that strangers learn nothing about what a route takes.
    """

    def declare(view: View) -> View:
        @wraps(view)
        def checked(*args: Any, **kwargs: Any) -> Any:
            refusal = check()
            return view(*args, **kwargs) if refusal is None else refusal

        setattr(checked, _MARK, access)
        setattr(checked, _CHECK, check)
        return checked  # type: ignore[return-value]  # same signature, by wraps

    return declare


def signed_in(*roles: str, even_without_second_factor: bool = False) -> Callable[[View], View]:
    """Only people who are signed in, with one of the roles when any are named.

    Whose role must have a second factor (`TOTP_REQUIRED_ROLES`) and has none yet comes only to what is there
    `even_without_second_factor`: setting one up, and leaving.

    A program gets a 401 or 403 problem; a person is led to the sign-in page and back.
    """

    def check() -> Any:
        person = current_person()
        if person is None:
            if wants_json():
                raise Problem(NOT_AUTHENTICATED, headers={"WWW-Authenticate": "Bearer"})
            return redirect(f"{current_app.config['SIGN_IN_PATH']}?siguiente={_way_back()}", 303)
        if roles and person.role not in roles:
            raise Problem(FORBIDDEN)
        if not even_without_second_factor and lacks_second_factor(person):
            if wants_json():
                raise Problem(SECOND_FACTOR_REQUIRED)
            return redirect(SECOND_FACTOR_PATH, 303)
        return None

    return guarded(roles or "signed_in", check)


def lacks_second_factor(person: Person) -> bool:
    """Whether this person must set up a second factor before anything else."""
    return person.role in current_app.config["TOTP_REQUIRED_ROLES"] and not person.has_second_factor


def install_access(app: Flask) -> None:
    """Ask every route's check before the decorators of its view read and judge what was sent."""
    app.before_request(_check_first)


def _check_first() -> Any:
    view = current_app.view_functions.get(request.endpoint or "")
    check: Check | None = getattr(view, _CHECK, None)
    return None if check is None or request.method == "OPTIONS" else check()


def _way_back() -> str:
    from urllib.parse import quote  # noqa: PLC0415 - used on this path only

    if request.method == "GET":
        return quote(request.full_path.rstrip("?"), safe="")
    is_page = current_app.url_map.bind("").test(request.path, "GET")  # a form's own page, where its draft waits
    return quote(request.path if is_page else "/", safe="")


def current_person() -> Person | None:
    """Who makes this request, looked up once; None for strangers and for tokens that ended."""
    if "person" not in g:
        g.person = _find_person()
    person: Person | None = g.person
    return person


def the_person() -> Person:
    """Who makes this request, in views that `signed_in` guards."""
    person = current_person()
    if person is None:
        raise Problem(NOT_AUTHENTICATED)
    return person


def session_cookie_name() -> str:
    """One name per service, since cookies are shared by all ports of a host; `__Host-` where there is TLS."""
    name = f"ventanilla_{current_app.config['SERVICE']}"
    return f"__Host-{name}" if current_app.config["IS_TLS"] else name


def bearer_token() -> str | None:
    """The token of the Authorization header."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def _find_person() -> Person | None:
    if not current_app.config.get("HAS_PEOPLE", True):
        return None  # a service without accounts has no table to look a token up in
    database: Database = current_app.extensions["ventanilla_database"]
    token = bearer_token()
    g.is_cookie_session = token is None
    kind = "web" if token is None else "api"
    token = token or request.cookies.get(session_cookie_name())
    if not token:
        return None
    with database.transaction() as session:
        return people.find_by_token(session, token, kind)


def require_declared(app: Flask) -> None:
    """Refuse to start an application with a route that does not say who may call it.

    :raises LookupError: names the routes.
    """
    undeclared = [
        f"{rule.rule} ({rule.endpoint})"
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static" and not _access_of(app.view_functions[rule.endpoint])
    ]
    if undeclared:
        raise LookupError(f"routes without declared access: {', '.join(sorted(undeclared))}")


def access_of(app: Flask, endpoint: str) -> Any:
    """What a route declares: "public", "signed_in" or a tuple of roles; for tests that try every route."""
    return _access_of(app.view_functions[endpoint])


def _access_of(view: Any) -> Any:
    view_class = getattr(view, "view_class", None)
    if view_class is None:
        return getattr(view, _MARK, None)
    methods = [getattr(view_class, name.lower()) for name in view_class.methods or ()]
    declared = [getattr(method, _MARK, None) for method in methods]
    return declared[0] if declared and all(declared) else None
