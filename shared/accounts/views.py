"""Entering and leaving, the same in every service that has people: pages and API.

A failed attempt must be counted even though the request is refused, so views raise after the transaction.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

import structlog
from flask import Blueprint, Flask, Response, current_app, g, redirect, render_template, request
from flask.typing import ResponseReturnValue
from marshmallow import Schema
from marshmallow import fields as mm
from marshmallow.validate import Length

from shared.accounts import audit, people, throttle, visitor
from shared.accounts.access import current_person, public, session_cookie_name, signed_in
from shared.accounts.passwords import DEMO_PASSWORD
from shared.accounts.people import Person, SignIn
from shared.contracts.account import AccessLinkRequested
from shared.http.api import ApiBlueprint
from shared.http.application import see_other
from shared.http.fields import Line
from shared.http.languages import N_, translate
from shared.http.notices import add_notices
from shared.http.problems import BAD_CREDENTIALS, TOO_MANY, Problem
from shared.messaging.work import Work
from shared.observability.metrics import counter

log = structlog.get_logger()

_LINK_PURPOSE = "sign_in"
_LONGEST_PASSWORD = 256
_BAD_CREDENTIALS = BAD_CREDENTIALS.title
_LOCKED = N_("Demasiados intentos. Espere unos minutos antes de intentarlo otra vez.")
_NEEDS_CODE = N_("Escriba otra vez su contraseña y el código de seis cifras de su aplicación.")
_NOTICES = {
    "enlace": N_("Si ese correo tiene una cuenta, le enviamos un enlace para ingresar. Vale 15 minutos."),
    "salio": N_("Salió de Ventanilla."),
}


class SignInSchema(Schema):
    """Who wants to enter. `code`: six digits of an authenticator, or a recovery code, for people who have one."""

    email = Line(longest=254, required=True)
    password = mm.String(required=True, validate=Length(1, _LONGEST_PASSWORD, error=_BAD_CREDENTIALS))
    code = Line(longest=24, is_blank_none=True, load_default=None)


class PersonSchema(Schema):
    """The person a token stands for."""

    id = mm.UUID(required=True)
    email = mm.String(required=True)
    full_name = mm.String(required=True)
    role = mm.String(required=True)
    locale = mm.String(required=True)


class SessionSchema(Schema):
    """A token for `Authorization: Bearer`, and when it stops working."""

    token = mm.String(required=True)
    expires_at = mm.AwareDateTime(required=True)
    person = mm.Nested(PersonSchema, required=True)


def sessions_blueprint(service: str) -> ApiBlueprint:
    """`POST` and `DELETE /api/v1/sessions`, to be given to `finish_app`."""
    blueprint = ApiBlueprint("sessions", "/sessions", "Entrar y salir")

    @blueprint.post("")
    @blueprint.arguments(SignInSchema)
    @blueprint.response(HTTPStatus.CREATED, SessionSchema)
    @public
    def open_session(sent: dict[str, Any]) -> dict[str, Any]:
        """Open a session for a program."""
        with _parts().units.begin() as work:
            outcome = _try_sign_in(work, sent["email"], sent["password"], sent["code"])
            if outcome.person is not None:
                token = _open_session(work, outcome.person, "api", "password")
                expires_at = work.now + people.API_ABSOLUTE
        _count(service, outcome)
        if outcome.person is None:
            raise _refusal(outcome)
        return {"token": token, "expires_at": expires_at, "person": outcome.person}

    @blueprint.delete("")
    @blueprint.response(HTTPStatus.NO_CONTENT)
    @signed_in(even_without_second_factor=True)
    def close_session() -> None:
        """End the session that makes this request."""
        _end_session()

    return blueprint


def sign_in_pages(
    app: Flask, *, title: str, has_links: bool = True, register_path: str | None = None, home: str = "/"
) -> None:
    """Add `/ingresar` (password or one-time link) and `/salir` to a service's pages.

    :param title: a marked text: what one enters, such as N_("Ingrese para consultar").
    :param has_links: whether the service may ask notifications to mail one-time links (the catalog says who may).
    :param register_path: where strangers can open an account, if they can.
    :param home: where people go who came from nowhere in particular.
    """
    add_notices(app, _NOTICES)
    pages = Blueprint("sign_in", __name__)

    def form(status: int = HTTPStatus.OK, **values: Any) -> ResponseReturnValue:
        options = {"title": title, "has_links": has_links, "register_path": register_path}
        wanted = request.values.get("siguiente", "")
        return render_template("sign_in.html", **options, **{"next_path": wanted, "errors": {}, **values}), status

    @pages.get(app.config["SIGN_IN_PATH"])
    @public
    def sign_in() -> ResponseReturnValue:
        if current_person() is not None:
            return redirect(_way_on(home), HTTPStatus.SEE_OTHER)
        return form()

    @pages.post(app.config["SIGN_IN_PATH"])
    @public
    def enter() -> ResponseReturnValue:
        email = request.form.get("email", "").strip()[:254]
        with _parts().units.begin() as work:
            password, code = request.form.get("password", "")[:_LONGEST_PASSWORD], request.form.get("code")
            outcome = _try_sign_in(work, email, password, code)
            token = _open_session(work, outcome.person, "web", "password")
        _count(app.config["SERVICE"], outcome)
        if token is None:
            status, message = _page_refusal(outcome)
            errors = {"email": translate(message)}
            return form(status, email=email, asks_code=outcome.needs_code, errors=errors)
        return _with_session(see_other(_way_on(home)), token)

    @pages.post("/salir")
    @public
    def leave() -> ResponseReturnValue:
        _end_session()
        answer = see_other("/", "salio")
        answer.delete_cookie(session_cookie_name(), path="/", secure=current_app.config["IS_TLS"], httponly=True)
        return answer

    if has_links:
        _add_link_pages(pages, app.config["SIGN_IN_PATH"], home)
    app.register_blueprint(pages)


def _add_link_pages(pages: Blueprint, path: str, home: str) -> None:
    @pages.post(f"{path}/enlace")
    @public
    def request_link() -> ResponseReturnValue:
        email = request.form.get("email", "").strip()[:254]
        with _parts().units.begin() as work:
            _send_link(work, email, f"{current_app.config['PUBLIC_URL'].rstrip('/')}{path}/enlace/")
        return see_other(path, "enlace")  # the same for everybody: it must not tell who has an account

    @pages.get(f"{path}/enlace/<token>")
    @public
    def show_link(token: str) -> ResponseReturnValue:
        # Mail scanners open links before people do; only the button spends it.
        with _parts().database.transaction() as session:
            owner = people.owner_of_link(session, token, _LINK_PURPOSE)
        asks_code = owner is not None and owner.has_second_factor
        return render_template("sign_in_link.html", token=token, asks_code=asks_code)

    @pages.post(f"{path}/enlace/<token>")
    @public
    def use_link(token: str) -> ResponseReturnValue:
        with _parts().units.begin() as work:
            outcome = _try_link(work, token)
            session_token = _open_session(work, outcome.person if outcome else None, "web", "link")
        if outcome is None:
            return render_template("sign_in_link.html", token=None), HTTPStatus.GONE
        if session_token is None:
            status, message = _page_refusal(outcome, N_("Escriba el código de seis cifras de su aplicación."))
            errors = {"code": translate(message)}
            return render_template("sign_in_link.html", token=token, asks_code=True, errors=errors), status
        return _with_session(see_other(home), session_token)


def _send_link(work: Work, email: str, base: str) -> None:
    """Mail a one-time link to the account with this address, if there is one and it was not asked for too often."""
    keys = (f"link:{email.casefold()}",)
    if throttle.is_locked(work.session, keys):
        return
    throttle.count_failure(work.session, keys)
    person = people.find_by_email(work.session, email)
    if person is None:
        return
    token, expires_at = people.create_link(work.session, person.id, _LINK_PURPOSE)
    work.emit(
        AccessLinkRequested(
            account_id=person.id, email=person.email, full_name=person.full_name, locale=person.locale,
            purpose=_LINK_PURPOSE, url=base + token, expires_at=expires_at,
        )
    )  # fmt: skip


def _try_sign_in(work: Work, email: str, password: str, code: str | None) -> SignIn:
    if password == DEMO_PASSWORD and not current_app.config["IS_DEMO"]:
        password = ""  # an account left over from a demonstration opens nothing elsewhere; counted as any failure
    outcome = people.sign_in(
        work.session, email=email, password=password, code=code, address=visitor.address(), sealer=visitor.sealer()
    )
    _record(work, outcome)
    return outcome


def _try_link(work: Work, token: str) -> SignIn | None:
    outcome = people.use_link(
        work.session, token, _LINK_PURPOSE, code=request.form.get("code"), address=visitor.address(),
        sealer=visitor.sealer(),
    )  # fmt: skip
    if outcome is not None:
        _record(work, outcome)
        _count(current_app.config["SERVICE"], outcome)
    return outcome


def _record(work: Work, outcome: SignIn) -> None:
    """Who entered, and who failed. That a code is still asked for is neither; what is locked out was not even tried."""
    if outcome.needs_code or outcome.is_locked:
        return
    subject = f"account:{outcome.account_id}" if outcome.account_id else "account:unknown"
    detail = {"from": visitor.network()}
    if outcome.person is not None:
        audit.append(work.session, outcome.person, "session.opened", subject, {**detail, "by": outcome.method})
        return
    audit.append_as(work.session, None, "stranger", "session.refused", subject, detail)


def _open_session(work: Work, person: Person | None, kind: str, entered_by: str) -> str | None:
    if person is None:
        return None
    return people.open_session(
        work.session, person.id, kind=kind, user_agent=visitor.user_agent(), address=visitor.network(),
        entered_by=entered_by,
    )  # fmt: skip


def open_web_session(work: Work, account_id: UUID, *, entered_by: str = "password") -> str:
    """Sign in somebody who has just opened an account; give the token to `with_session`."""
    return people.open_session(
        work.session, account_id, kind="web", user_agent=visitor.user_agent(), address=visitor.network(),
        entered_by=entered_by,
    )  # fmt: skip


def with_session(response: Response, token: str) -> Response:
    """An answer that makes the browser keep a session token."""
    return _with_session(response, token)


def _with_session(response: Response, token: str) -> Response:
    response.set_cookie(
        session_cookie_name(), token, path="/", httponly=True, samesite="Lax", secure=current_app.config["IS_TLS"]
    )
    return response


def _end_session() -> None:
    token, person = visitor.session_token(), current_person()
    if token:
        with _parts().database.transaction() as session:
            people.close_session(session, token)
            if person is not None:
                audit.append(session, person, "session.closed", f"account:{person.id}", {"from": visitor.network()})
    g.person = None


def _refusal(outcome: SignIn) -> Problem:
    if outcome.is_locked:
        return Problem(TOO_MANY, headers={"Retry-After": "60"})
    return Problem(BAD_CREDENTIALS, detail=_NEEDS_CODE if outcome.needs_code else None, needs_code=outcome.needs_code)


def _page_refusal(outcome: SignIn, ask_code: str = _NEEDS_CODE) -> tuple[HTTPStatus, str]:
    if outcome.is_locked:
        return HTTPStatus.TOO_MANY_REQUESTS, _LOCKED
    return HTTPStatus.UNAUTHORIZED, ask_code if outcome.needs_code else _BAD_CREDENTIALS


def _count(service: str, outcome: SignIn) -> None:
    result = "locked" if outcome.is_locked else "code_asked" if outcome.needs_code else "refused"
    result = "entered" if outcome.person is not None else result
    counter(service, "sign_ins", "Attempts to sign in.", "result").labels(result).inc()
    log.info("sign_in", result=result)


def _way_on(home: str) -> str:
    """Where the person wanted to go: a path of this site, or `home`."""
    wanted = request.values.get("siguiente", "")
    is_local = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if is_local else home


_parts = visitor.parts
