"""Where somebody who was invited opens their account. Public: the link is all they have."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from services.routing.entrypoints.doing import parts
from services.routing.entrypoints.wording.accounts import ROLE_NAMES
from services.routing.use_cases import staff_accounts
from services.routing.use_cases.settlement import Settlement
from shared.accounts import invitations, passwords
from shared.accounts.access import public
from shared.accounts.people import EmailTakenError
from shared.accounts.views import open_web_session, with_session
from shared.http.application import see_other
from shared.http.fields import Line, read_form
from shared.http.languages import N_
from shared.http.problems import translate_messages

invitation_pages = Blueprint("invitation_pages", __name__)
_LONGEST_PASSWORD = 256
_WEAK = N_("Use al menos 12 caracteres, y no una contraseña común.")
_NOT_THE_SAME = N_("Las dos contraseñas no son iguales.")


class NameSchema(Schema):
    """The name that the account gets; the invitation proposes one."""

    full_name = Line(longest=120, required=True)


@invitation_pages.get("/invitacion/<token>")
@public
def show(token: str) -> ResponseReturnValue:
    """The form; opening it spends nothing, since mail scanners open links before people do."""
    return _form(token, {})


@invitation_pages.post("/invitacion/<token>")
@public
def accept(token: str) -> ResponseReturnValue:
    """Open the account, and enter."""
    sent, errors = read_form(NameSchema(), request.form)
    password = request.form.get("new_password", "")[: _LONGEST_PASSWORD + 1]
    if not passwords.is_acceptable(password):
        errors["new_password"] = [_WEAK]
    elif password != request.form.get("repeated_password", "")[: _LONGEST_PASSWORD + 1]:
        errors["repeated_password"] = [_NOT_THE_SAME]
    if errors:
        return _form(token, errors)
    try:
        with parts().units.begin() as work:
            person = staff_accounts.accept(work, token, full_name=sent["full_name"], password=password)
            if person is None:
                return _gone()
            Settlement.of(work).settle()
            session_token = open_web_session(work, person.id, entered_by="invitation")
    except EmailTakenError:
        return _gone()
    return with_session(see_other("/", "bienvenida"), session_token)


def _form(token: str, errors: Mapping[str, Any]) -> ResponseReturnValue:
    with parts().database.transaction() as session:
        found = invitations.find_by_token(session, token)
    if found is None:
        return _gone()
    page = render_template(
        "invitation.html", invitation=found, role_name=ROLE_NAMES[found.role], token=token, typed=request.form,
        errors=translate_messages(errors),
    )  # fmt: skip
    return page, HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK


def _gone() -> ResponseReturnValue:
    return render_template("invitation.html", invitation=None), HTTPStatus.GONE
