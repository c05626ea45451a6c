"""Accounts of staff: who works here, who is invited, and what an admin can do with an account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from services.routing.domain.roles import INVITABLE, ROLES, Right, may, who_may
from services.routing.entrypoints.api.personnel import (
    InvitationSchema,
    invitation_link,
    invite_once,
    personnel_refusals,
)
from services.routing.entrypoints.doing import form_key, parts
from services.routing.entrypoints.wording.accounts import ROLE_NAMES
from services.routing.use_cases import staff_accounts
from services.routing.use_cases.topics import topics
from shared.accounts import invitations
from shared.accounts.access import signed_in, the_person
from shared.http.application import see_other
from shared.http.fields import read_form
from shared.http.languages import N_
from shared.http.problems import CONFLICT, FORBIDDEN, INVALID, NOT_FOUND, Problem, translate_messages
from shared.messaging.work import Work

personnel = Blueprint("personnel", __name__)
HOME = "/personal"
NOTICES = {
    "invitado": N_("La invitación se envió."),
    "reenviado": N_("Se envió un enlace nuevo; el anterior ya no sirve."),
    "anulado": N_("La invitación se anuló."),
    "funcion": N_("La función cambió."),
    "cuenta_cerrada": N_("La cuenta se cerró, con todas sus sesiones."),
    "cuenta_abierta": N_("La cuenta está abierta otra vez."),
    "sesiones_cerradas": N_("Todas sus sesiones se cerraron."),
    "factor_quitado": N_("El segundo factor se quitó. Ingresará con su contraseña y podrá activar otro."),
}


@personnel.get(HOME)
@signed_in(*who_may(Right.INVITE))
def show_all() -> ResponseReturnValue:
    """Everybody, and the invitations."""
    return _list()


@personnel.get(f"{HOME}/invitar")
@signed_in(*who_may(Right.INVITE))
def show_form() -> ResponseReturnValue:
    """The form to invite somebody."""
    return _form({})


@personnel.post(f"{HOME}/invitar")
@signed_in(*who_may(Right.INVITE))
def invite() -> ResponseReturnValue:
    """Send an invitation."""
    key, typed = form_key(), dict(request.form)
    capacity = typed.get("capacity", "").strip()
    values: dict[str, Any] = {
        **typed, "skills": _skills(request.form),
        "capacity": int(capacity) if capacity.isascii() and capacity.isdigit() and len(capacity) < 7 else capacity,  # noqa: PLR2004 - digits
    }  # fmt: skip
    sent, errors = read_form(InvitationSchema(), values)
    if errors:
        return _form(errors)
    try:
        invite_once(key, sent)
    except Problem as problem:
        if problem.kind not in (CONFLICT, INVALID, FORBIDDEN):
            raise
        return _form(problem.fields or {"email": [problem.detail or problem.kind.advice]}, problem.kind.status)
    return see_other(HOME, "invitado")


@personnel.get(f"{HOME}/invitaciones/<uuid:invitation_id>/<any(reenviar, anular):_act>")
@signed_in(*who_may(Right.INVITE))
def back_to_list(invitation_id: UUID, _act: str) -> ResponseReturnValue:
    """A form's own address."""
    del invitation_id
    return see_other(HOME)


@personnel.post(f"{HOME}/invitaciones/<uuid:invitation_id>/reenviar")
@signed_in(*who_may(Right.INVITE))
def resend(invitation_id: UUID) -> ResponseReturnValue:
    """Mail a new link."""
    return _do(
        HOME, "reenviado",
        lambda work: staff_accounts.resend(work, the_person(), invitation_id, link=invitation_link()),
    )  # fmt: skip


@personnel.post(f"{HOME}/invitaciones/<uuid:invitation_id>/anular")
@signed_in(*who_may(Right.INVITE))
def revoke(invitation_id: UUID) -> ResponseReturnValue:
    """Take an invitation back."""
    return _do(HOME, "anulado", lambda work: staff_accounts.revoke(work, the_person(), invitation_id))


@personnel.get(f"{HOME}/<uuid:account_id>")
@signed_in(*who_may(Right.MANAGE_ACCOUNTS))
def show_one(account_id: UUID) -> ResponseReturnValue:
    """One account."""
    return _account(account_id)


@personnel.post(f"{HOME}/<uuid:account_id>")
@signed_in(*who_may(Right.MANAGE_ACCOUNTS))
def change(account_id: UUID) -> ResponseReturnValue:
    """Another role; closed or open again; sessions ended; a lost second factor taken away."""
    actor, act = the_person(), request.form.get("act", "")
    acts: dict[str, tuple[str, Callable[[Work], Any]]] = {
        "role": (
            "funcion",
            lambda work: staff_accounts.change_role(work, actor, account_id, request.form.get("role", "")),
        ),
        "close": (
            "cuenta_cerrada", lambda work: staff_accounts.set_active(work, actor, account_id, is_active=False),
        ),
        "open": (
            "cuenta_abierta", lambda work: staff_accounts.set_active(work, actor, account_id, is_active=True),
        ),
        "sessions": ("sesiones_cerradas", lambda work: staff_accounts.end_sessions(work, actor, account_id)),
        "factor": ("factor_quitado", lambda work: staff_accounts.reset_second_factor(work, actor, account_id)),
    }  # fmt: skip
    if act not in acts:
        raise Problem(INVALID)
    notice, run = acts[act]
    try:
        return _do(f"{HOME}/{account_id}", notice, run)
    except Problem as problem:
        if problem.kind not in (CONFLICT, FORBIDDEN):
            raise
        return _account(account_id, {"act": [problem.detail or problem.kind.advice]}, problem.kind.status)


def _do(path: str, notice: str, run: Callable[[Work], Any]) -> ResponseReturnValue:
    with personnel_refusals(), parts().units.begin() as work:
        run(work)
    return see_other(path, notice)


def _list() -> ResponseReturnValue:
    with parts().database.transaction() as session:
        accounts, invited = staff_accounts.list_accounts(session), invitations.list_recent(session)
    actor = the_person()
    return render_template(
        "personnel.html", accounts=accounts, invitations=invited, role_names=ROLE_NAMES,
        may_manage=may(actor.role, Right.MANAGE_ACCOUNTS), invitable=INVITABLE[actor.role],
    )  # fmt: skip


def _form(errors: Mapping[str, Any], status: int | None = None) -> ResponseReturnValue:
    page = render_template(
        "invite.html", roles=[(role, ROLE_NAMES[role]) for role in INVITABLE[the_person().role]],
        topics=topics().values(), skills=_skills(request.form), typed=request.form,
        errors=translate_messages(errors),
    )  # fmt: skip
    return page, status or (HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK)


def _account(
    account_id: UUID, errors: Mapping[str, Any] | None = None, status: int = HTTPStatus.OK
) -> ResponseReturnValue:
    with parts().database.transaction() as session:
        try:
            found = staff_accounts.find_account(session, account_id)
        except staff_accounts.AccountNotFoundError:
            raise Problem(NOT_FOUND) from None
    page = render_template(
        "account_of.html", account=found, role_names=ROLE_NAMES, roles=[(role, ROLE_NAMES[role]) for role in ROLES],
        is_self=account_id == the_person().id, errors=translate_messages(errors or {}),
    )  # fmt: skip
    return page, status


def _skills(form: Mapping[str, str]) -> dict[str, int]:
    return {
        name.removeprefix("skill_"): int(value)
        for name, value in form.items()
        if name.startswith("skill_") and value in ("1", "2", "3")
    }
