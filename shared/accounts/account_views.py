"""«Mi cuenta»: password, sessions and second factor of whoever is signed in; the same pages in every service.

What guards the account changes only for somebody who shows the password again (after a one-time link, by which people
come who have forgotten it, the link stands for it).
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, current_app, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from shared.accounts import audit, passwords, people, second_factor, sessions, throttle, visitor
from shared.accounts.access import SECOND_FACTOR_PATH, lacks_second_factor, signed_in, the_person
from shared.accounts.people import Person
from shared.http.application import see_other
from shared.http.languages import N_, translate
from shared.http.notices import add_notices
from shared.http.problems import NOT_FOUND, Problem

HOME = "/cuenta"
_LONGEST = 256
_WRONG_PASSWORD = N_("La contraseña no es la de esta cuenta.")
_WRONG_CODE = N_("El código no es correcto o ya se usó. Espere el siguiente y escríbalo.")
_WEAK = N_("Use al menos 12 caracteres, y no una contraseña común.")
_NOT_THE_SAME = N_("Las dos contraseñas no son iguales.")
_LOCKED = N_("Demasiados intentos. Espere unos minutos antes de intentarlo otra vez.")
_NOTICES = {
    "clave": N_("Su contraseña cambió. Las demás sesiones se cerraron."),
    "sesion": N_("La sesión se cerró."),
    "sesiones": N_("Las demás sesiones se cerraron."),
    "sin_factor": N_("El segundo factor se quitó. Desde ahora basta la contraseña."),
}


def account_pages(app: Flask, *, layout: str = "base.html") -> None:
    """Add `/cuenta` and what belongs to it. `layout`: the service's own template, for its navigation."""
    add_notices(app, _NOTICES)
    pages = Blueprint("account", __name__)
    app.config["ACCOUNT_LAYOUT"] = layout
    app.context_processor(lambda: {"has_account_pages": True})
    _add_overview(pages)
    _add_sessions(pages)
    _add_second_factor(pages)
    app.register_blueprint(pages)


def _add_overview(pages: Blueprint) -> None:
    @pages.get(HOME)
    @signed_in(even_without_second_factor=True)
    def show_account() -> ResponseReturnValue:
        return _overview()

    @pages.get(f"{HOME}/contrasena")
    @signed_in(even_without_second_factor=True)
    def back_to_account() -> ResponseReturnValue:
        return see_other(HOME)

    @pages.post(f"{HOME}/contrasena")
    @signed_in(even_without_second_factor=True)
    def change_password() -> ResponseReturnValue:
        person, new = the_person(), request.form.get("new_password", "")[: _LONGEST + 1]
        with visitor.parts().database.transaction() as session:
            errors = _password_errors(session, person) or _new_password_errors(new)
            if not errors:
                people.set_password(session, person.id, new, keep_sessions=True)
                ended = sessions.close_others(session, person.id, token=visitor.session_token())
                _note(session, person, "password.changed", ended_sessions=ended)
        return _overview(errors) if errors else see_other(HOME, "clave")


def _add_sessions(pages: Blueprint) -> None:
    @pages.post(f"{HOME}/sesiones/<uuid:session_id>/cerrar")
    @signed_in(even_without_second_factor=True)
    def close_one_session(session_id: UUID) -> ResponseReturnValue:
        person = the_person()
        with visitor.parts().database.transaction() as session:
            if not sessions.close_one(session, person.id, session_id):
                raise Problem(NOT_FOUND)
            _note(session, person, "session.revoked", revoked=str(session_id))
        return see_other(HOME, "sesion")

    @pages.post(f"{HOME}/sesiones/cerrar-otras")
    @signed_in(even_without_second_factor=True)
    def close_other_sessions() -> ResponseReturnValue:
        person = the_person()
        with visitor.parts().database.transaction() as session:
            ended = sessions.close_others(session, person.id, token=visitor.session_token())
            _note(session, person, "session.revoked", others=ended)
        return see_other(HOME, "sesiones")


def _add_second_factor(pages: Blueprint) -> None:
    @pages.get(SECOND_FACTOR_PATH)
    @signed_in(even_without_second_factor=True)
    def show_second_factor() -> ResponseReturnValue:
        return _second_factor_page()

    @pages.post(SECOND_FACTOR_PATH)
    @signed_in(even_without_second_factor=True)
    def confirm_second_factor() -> ResponseReturnValue:
        person, code = the_person(), request.form.get("code", "")[:24]
        with visitor.parts().database.transaction() as session:
            errors = _password_errors(session, person)
            if not errors and second_factor.has(session, person.id):
                raise Problem(NOT_FOUND)
            codes = None if errors else second_factor.confirm(session, visitor.sealer(), person.id, code)
            if codes is not None:
                ended = sessions.close_others(session, person.id, token=visitor.session_token())
                _note(session, person, "second_factor.enrolled", ended_sessions=ended)
        if codes is None:
            return _second_factor_page(errors or {"code": [_WRONG_CODE]})
        return render_template("recovery_codes.html", layout=_layout(), codes=codes)

    _add_changes_of_second_factor(pages)


def _add_changes_of_second_factor(pages: Blueprint) -> None:
    @pages.get(f"{SECOND_FACTOR_PATH}/<any(quitar, codigos):_form>")
    @signed_in(even_without_second_factor=True)
    def back_to_second_factor(_form: str) -> ResponseReturnValue:
        return see_other(SECOND_FACTOR_PATH)

    @pages.post(f"{SECOND_FACTOR_PATH}/quitar")
    @signed_in(even_without_second_factor=True)
    def remove_second_factor() -> ResponseReturnValue:
        person = the_person()
        with visitor.parts().database.transaction() as session:
            errors = _password_errors(session, person) or _code_errors(session, person)
            if not errors:
                second_factor.remove(session, person.id)
                _note(session, person, "second_factor.removed")
        return _second_factor_page(errors) if errors else see_other(HOME, "sin_factor")

    @pages.post(f"{SECOND_FACTOR_PATH}/codigos")
    @signed_in()
    def renew_recovery_codes() -> ResponseReturnValue:
        person = the_person()
        with visitor.parts().database.transaction() as session:
            errors = _password_errors(session, person) or _code_errors(session, person)
            codes = [] if errors else second_factor.new_recovery_codes(session, person.id)
            if codes:
                _note(session, person, "second_factor.codes_renewed")
        if errors:
            return _second_factor_page(errors)
        return render_template("recovery_codes.html", layout=_layout(), codes=codes)


def _overview(errors: Mapping[str, Any] | None = None) -> ResponseReturnValue:
    person = the_person()
    with visitor.parts().database.transaction() as session:
        page = render_template(
            "account.html",
            layout=_layout(),
            sessions=sessions.list_open(session, person.id, token=visitor.session_token()),
            codes_left=second_factor.recovery_codes_left(session, person.id) if person.has_second_factor else 0,
            asks_password=_asks_password(session),
            must_enrol=lacks_second_factor(person),
            errors=_texts(errors),
        )
    return page, _status(errors)


def _second_factor_page(errors: Mapping[str, Any] | None = None) -> ResponseReturnValue:
    person = the_person()
    with visitor.parts().database.transaction() as session:
        asks_password = _asks_password(session)
        if second_factor.has(session, person.id):
            left = second_factor.recovery_codes_left(session, person.id)
            shown: dict[str, Any] = {"secret": None, "codes_left": left}
        else:
            secret = second_factor.show(session, visitor.sealer(), person.id)
            uri = second_factor.provisioning_uri(secret, person.email)
            grouped = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
            shown = {"secret": grouped, "uri": uri, "qr_code": second_factor.qr_code(uri)}
    page = render_template(
        "second_factor.html", layout=_layout(), errors=_texts(errors), asks_password=asks_password,
        must_enrol=lacks_second_factor(person), **shown,
    )  # fmt: skip
    return page, _status(errors)


def _asks_password(session: Session) -> bool:
    """Whether the old password must be shown: not to who has just come by a one-time link, which stands for it."""
    return not people.came_by_link(session, visitor.session_token())


def _password_errors(session: Session, person: Person) -> dict[str, list[str]]:
    if not _asks_password(session):
        return {}
    keys = (f"account:{person.email.casefold()}",)
    if throttle.is_locked(session, keys):
        return {"password": [_LOCKED]}
    if people.is_password(session, person.id, request.form.get("password", "")[:_LONGEST]):
        return {}
    throttle.count_failure(session, keys)
    return {"password": [_WRONG_PASSWORD]}


def _code_errors(session: Session, person: Person) -> dict[str, list[str]]:
    keys = (f"account:{person.email.casefold()}",)
    if throttle.is_locked(session, keys):
        return {"code": [_LOCKED]}
    if second_factor.use(session, visitor.sealer(), person.id, request.form.get("code", "")[:24]):
        return {}
    throttle.count_failure(session, keys)
    return {"code": [_WRONG_CODE]}


def _new_password_errors(new: str) -> dict[str, list[str]]:
    if not passwords.is_acceptable(new):
        return {"new_password": [_WEAK]}
    if new != request.form.get("repeated_password", "")[: _LONGEST + 1]:
        return {"repeated_password": [_NOT_THE_SAME]}
    return {}


def _note(session: Session, person: Person, action: str, **detail: Any) -> None:
    audit.append(session, person, action, f"account:{person.id}", {"from": visitor.network(), **detail})


def _texts(errors: Mapping[str, Any] | None) -> dict[str, list[str]]:
    return {name: [translate(text) for text in texts] for name, texts in (errors or {}).items()}


def _status(errors: Mapping[str, Any] | None) -> HTTPStatus:
    return HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK


def _layout() -> str:
    return str(current_app.config["ACCOUNT_LAYOUT"])
