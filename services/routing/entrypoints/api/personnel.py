"""Staff for programs: accounts, invitations, and what people did."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any
from uuid import UUID

from email_validator import EmailNotValidError, validate_email
from flask import current_app
from marshmallow import Schema
from marshmallow import fields as mm
from marshmallow.validate import Length, OneOf, Range

from services.routing.domain.assignment import HIGHEST_LEVEL
from services.routing.domain.roles import ROLES, Right, who_may
from services.routing.entrypoints.doing import parts
from services.routing.use_cases import staff_accounts
from services.routing.use_cases.staff import MAX_CAPACITY
from services.routing.use_cases.staff_accounts import AccountNotFoundError, LastAdminError, RoleNotAllowedError
from services.routing.use_cases.topics import topics
from shared.accounts import audit_reading, invitations
from shared.accounts.access import signed_in, the_person
from shared.accounts.audit_reading import Wanted
from shared.accounts.invitations import AlreadyInvitedError, InvitationClosedError
from shared.accounts.people import EmailTakenError
from shared.http.api import ApiBlueprint
from shared.http.fields import Line
from shared.http.idempotency import key_from_header, once
from shared.http.languages import N_
from shared.http.paging import page_of, read_cursor
from shared.http.problems import CONFLICT, FORBIDDEN, INVALID, NOT_FOUND, Problem

staff_blueprint = ApiBlueprint("staff", "/staff", "Personal: cuentas, funciones y segundo factor")
invitations_blueprint = ApiBlueprint("invitations", "/invitations", "Invitaciones al personal")
audit_blueprint = ApiBlueprint("audit", "/audit", "Auditoría: lo que hizo cada persona")

_TAKEN = N_("Ya hay una cuenta con ese correo.")
_INVITED = N_("Ya hay una invitación abierta para ese correo: reenvíela o anúlela.")
_CLOSED = N_("La invitación ya se aceptó o se anuló, o se envió demasiadas veces. Haga otra.")
_NOT_ALLOWED = N_("Su función no permite dar o cambiar esa función. Nadie cambia la suya propia.")
_LAST_ADMIN = N_("Es la única cuenta que administra las demás. Dé antes esa función a otra persona.")
_NOT_AN_EMAIL = N_("Escriba un correo válido, como nombre@entidad.gob.pe.")
_MOST_A_PAGE = 200


class InvitationSchema(Schema):
    """Who is invited, and as what. Capacity and skills matter for advisors and seniors only."""

    email = Line(longest=254, required=True)
    full_name = Line(longest=120, required=True)
    role = mm.String(required=True, validate=OneOf(ROLES))
    locale = mm.String(load_default="es", validate=OneOf(("es", "en")))
    capacity = mm.Integer(load_default=8, strict=True, validate=Range(0, MAX_CAPACITY))
    skills = mm.Dict(
        keys=mm.String(validate=OneOf(list(topics()))),
        values=mm.Integer(strict=True, validate=Range(1, HIGHEST_LEVEL)),
        load_default=dict,
    )


class InvitedSchema(Schema):
    """An invitation. `state`: open, expired, accepted or revoked."""

    id = mm.UUID(required=True)
    email = mm.String(required=True)
    full_name = mm.String(required=True)
    role = mm.String(required=True)
    invited_by = mm.String(required=True)
    created_at = mm.AwareDateTime(required=True)
    sent_at = mm.AwareDateTime(required=True)
    sent_count = mm.Integer(required=True)
    expires_at = mm.AwareDateTime(required=True)
    state = mm.String(required=True)


class StaffSchema(Schema):
    """A member of staff."""

    id = mm.UUID(required=True)
    email = mm.String(required=True)
    full_name = mm.String(required=True)
    role = mm.String(required=True)
    is_active = mm.Boolean(required=True)
    has_second_factor = mm.Boolean(required=True)
    sessions = mm.Integer(required=True)
    last_seen_at = mm.AwareDateTime(allow_none=True)
    open_cases = mm.Integer(required=True)


class StaffChangeSchema(Schema):
    """What an admin changes of an account; what is left out stays."""

    role = mm.String(load_default=None, validate=OneOf(ROLES))
    is_active = mm.Boolean(load_default=None)


class AuditQuerySchema(Schema):
    """Which lines. `action` may be the first word alone: `session`."""

    actor_id = mm.UUID(load_default=None)
    action = mm.String(load_default=None, validate=Length(1, 80))
    subject = mm.String(load_default=None, validate=Length(1, 200))
    since = mm.AwareDateTime(load_default=None)
    until = mm.AwareDateTime(load_default=None)
    limit = mm.Integer(load_default=50, validate=Range(1, _MOST_A_PAGE))
    cursor = mm.String(load_default=None, validate=Length(max=200))


class AuditLineSchema(Schema):
    """A line. `actor` is null for strangers and the system."""

    seq = mm.Integer(required=True)
    at = mm.AwareDateTime(required=True)
    actor_id = mm.UUID(allow_none=True)
    actor = mm.String(allow_none=True)
    actor_role = mm.String(required=True)
    action = mm.String(required=True)
    subject = mm.String(required=True)
    detail = mm.Dict(required=True)


class AuditPageSchema(Schema):
    """Lines, the newest first."""

    lines = mm.List(mm.Nested(AuditLineSchema), required=True)
    next_cursor = mm.String(allow_none=True)


@staff_blueprint.get("")
@staff_blueprint.response(HTTPStatus.OK, StaffSchema(many=True))  # type: ignore[arg-type]  # apispec takes an instance too
@signed_in(*who_may(Right.INVITE))
def list_staff() -> list[dict[str, Any]]:
    """Everybody who works here or did."""
    with parts().database.transaction() as session:
        return staff_accounts.list_accounts(session)


@staff_blueprint.patch("/<uuid:account_id>")
@staff_blueprint.arguments(StaffChangeSchema)
@staff_blueprint.response(HTTPStatus.OK, StaffSchema)
@signed_in(*who_may(Right.MANAGE_ACCOUNTS))
def change_staff(sent: dict[str, Any], account_id: UUID) -> dict[str, Any]:
    """Give another role; close an account, or open it again."""
    with personnel_refusals(), parts().units.begin() as work:
        if sent["role"] is not None:
            staff_accounts.change_role(work, the_person(), account_id, sent["role"])
        if sent["is_active"] is not None:
            staff_accounts.set_active(work, the_person(), account_id, is_active=sent["is_active"])
        return staff_accounts.find_account(work.session, account_id)


@staff_blueprint.delete("/<uuid:account_id>/sessions")
@staff_blueprint.response(HTTPStatus.NO_CONTENT)
@signed_in(*who_may(Right.MANAGE_ACCOUNTS))
def end_sessions(account_id: UUID) -> None:
    """End every session of somebody."""
    with personnel_refusals(), parts().units.begin() as work:
        staff_accounts.end_sessions(work, the_person(), account_id)


@staff_blueprint.delete("/<uuid:account_id>/second-factor")
@staff_blueprint.response(HTTPStatus.NO_CONTENT)
@signed_in(*who_may(Right.MANAGE_ACCOUNTS))
def reset_second_factor(account_id: UUID) -> None:
    """Take a lost second factor away, with all sessions."""
    with personnel_refusals(), parts().units.begin() as work:
        staff_accounts.reset_second_factor(work, the_person(), account_id)


@invitations_blueprint.get("")
@invitations_blueprint.response(HTTPStatus.OK, InvitedSchema(many=True))  # type: ignore[arg-type]  # apispec takes an instance too
@signed_in(*who_may(Right.INVITE))
def list_invitations() -> list[invitations.Invitation]:
    """The latest hundred invitations."""
    with parts().database.transaction() as session:
        return invitations.list_recent(session)


@invitations_blueprint.post("")
@invitations_blueprint.arguments(InvitationSchema)
@invitations_blueprint.response(HTTPStatus.CREATED, InvitedSchema)
@signed_in(*who_may(Right.INVITE))
def invite(sent: dict[str, Any]) -> invitations.Invitation:
    """Invite somebody by e-mail. Takes an `Idempotency-Key`."""
    return _invitation(invite_once(key_from_header(), sent))


@invitations_blueprint.post("/<uuid:invitation_id>/resend")
@invitations_blueprint.response(HTTPStatus.OK, InvitedSchema)
@signed_in(*who_may(Right.INVITE))
def resend(invitation_id: UUID) -> invitations.Invitation:
    """Mail a new link; the one before works no longer."""
    with personnel_refusals(), parts().units.begin() as work:
        return staff_accounts.resend(work, the_person(), invitation_id, link=invitation_link())


@invitations_blueprint.delete("/<uuid:invitation_id>")
@invitations_blueprint.response(HTTPStatus.NO_CONTENT)
@signed_in(*who_may(Right.INVITE))
def revoke(invitation_id: UUID) -> None:
    """Take an invitation back."""
    with personnel_refusals(), parts().units.begin() as work:
        staff_accounts.revoke(work, the_person(), invitation_id)


@audit_blueprint.get("")
@audit_blueprint.arguments(AuditQuerySchema, location="query")
@audit_blueprint.response(HTTPStatus.OK, AuditPageSchema)
@signed_in(*who_may(Right.READ_AUDIT))
def read_audit(query: dict[str, Any]) -> dict[str, Any]:
    """What people did, the newest first."""
    before, limit = position(query.pop("cursor")), query.pop("limit")
    with parts().database.transaction() as session:
        rows = audit_reading.page(session, Wanted(**query), limit=limit, before=before)
    page = page_of(rows, limit, lambda row: [row.seq])
    return {"lines": page.rows, "next_cursor": page.next_cursor}


def position(cursor: str | None) -> int | None:
    """The line a cursor stands for.

    :raises Problem: it is not one of ours.
    """
    if not cursor:
        return None
    value = read_cursor(cursor, 1)[0]
    if not (value.isascii() and value.isdigit() and len(value) < 19):  # noqa: PLR2004 - digits of a bigint
        raise Problem(INVALID, fields={"cursor": [N_("El cursor no es válido; pida la primera página otra vez.")]})
    return int(value)


def invitation_link() -> str:
    """Where invitations are opened; the token goes behind it."""
    return f"{current_app.config['PUBLIC_URL'].rstrip('/')}/invitacion/"


def invite_once(key: str, sent: dict[str, Any]) -> UUID:
    """Invite somebody, once per key.

    :raises Problem: the address will not do, or has an account or an open invitation.
    """
    try:
        email = validate_email(sent["email"], check_deliverability=False).normalized
    except EmailNotValidError:
        raise Problem(INVALID, fields={"email": [_NOT_AN_EMAIL]}) from None
    actor = the_person()
    with personnel_refusals(), parts().units.begin() as work:

        def act() -> tuple[int, dict[str, Any]]:
            details = {"capacity": sent["capacity"], "skills": sent["skills"]}
            made = staff_accounts.invite(
                work, actor, email=email, full_name=sent["full_name"], role=sent["role"], locale=sent["locale"],
                details=details, link=invitation_link(),
            )  # fmt: skip
            return HTTPStatus.CREATED, {"id": str(made.id)}

        return UUID(once(work, actor=actor.id, key=key, content=["invite", sent], act=act).body["id"])


@contextmanager
def personnel_refusals() -> Iterator[None]:
    """Turn what a use case refuses into a problem.

    :raises Problem: instead of the use case's own error.
    """
    try:
        yield
    except EmailTakenError:
        raise Problem(CONFLICT, _TAKEN) from None
    except AlreadyInvitedError:
        raise Problem(CONFLICT, _INVITED) from None
    except InvitationClosedError:
        raise Problem(CONFLICT, _CLOSED) from None
    except RoleNotAllowedError:
        raise Problem(FORBIDDEN, _NOT_ALLOWED) from None
    except LastAdminError:
        raise Problem(CONFLICT, _LAST_ADMIN) from None
    except (AccountNotFoundError, LookupError):
        raise Problem(NOT_FOUND) from None


def _invitation(invitation_id: UUID) -> invitations.Invitation:
    with parts().database.transaction() as session:
        return invitations.get(session, invitation_id)
