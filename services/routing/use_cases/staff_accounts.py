"""Accounts of staff: who is invited, as what, and what happens to an account afterwards. Every act is in the audit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from services.routing.domain.roles import ADMIN, ADVISOR, INVITABLE, ROLES, SENIOR
from services.routing.store.models import Advisor
from services.routing.use_cases import leaves, staff
from services.routing.use_cases.settlement import Settlement
from shared.accounts import audit, invitations, people, second_factor
from shared.accounts.invitations import Invitation
from shared.accounts.people import Person
from shared.contracts.account import AccessLinkRequested, AccountRegistered, AccountUpdated
from shared.messaging.work import Work

TAKES_CASES = (ADVISOR, SENIOR)
DEFAULT_CAPACITY = 8


class RoleNotAllowedError(Exception):
    """Nobody makes a colleague stronger than themselves, or changes their own role."""


class LastAdminError(Exception):
    """Somebody must be able to manage accounts."""


class AccountNotFoundError(LookupError):
    """There is no such member of staff."""


def invite(
    work: Work, actor: Person, *, email: str, full_name: str, role: str, locale: str, details: Mapping[str, Any],
    link: str,
) -> Invitation:  # fmt: skip
    """Invite somebody by e-mail.

    :param details: capacity and skills of an advisor, kept until they accept.
    :param link: where invitations are opened; the token is put behind it.
    :raises RoleNotAllowedError, EmailTakenError, AlreadyInvitedError: nothing was sent.
    """
    if role not in INVITABLE.get(actor.role, ()):
        raise RoleNotAllowedError(role)
    made, token = invitations.create(
        work.session, email=email, full_name=full_name, role=role, locale=locale, details=details, by=actor.id
    )
    _send(work, made, link + token)
    audit.append(work.session, actor, "invitation.sent", f"invitation:{made.id}", {"role": role})
    return made


def resend(work: Work, actor: Person, invitation_id: UUID, *, link: str) -> Invitation:
    """Mail a new link; the one before works no longer.

    :raises LookupError, RoleNotAllowedError, InvitationClosedError: nothing was sent.
    """
    _require_may_touch(work.session, actor, invitation_id)
    found, token = invitations.renew(work.session, invitation_id)
    _send(work, found, link + token)
    detail = {"role": found.role, "times": found.sent_count}
    audit.append(work.session, actor, "invitation.resent", f"invitation:{found.id}", detail)
    return found


def revoke(work: Work, actor: Person, invitation_id: UUID) -> None:
    """Take an invitation back.

    :raises LookupError, RoleNotAllowedError, InvitationClosedError: it stays as it is.
    """
    _require_may_touch(work.session, actor, invitation_id)
    found = invitations.revoke(work.session, invitation_id)
    if found.state != "revoked":
        audit.append(work.session, actor, "invitation.revoked", f"invitation:{invitation_id}")


def accept(work: Work, token: str, *, full_name: str, password: str) -> Person | None:
    """Open the account that somebody was invited to; None when the link no longer works.

    :raises EmailTakenError: an account with the address was opened meanwhile in another way.
    """
    found = invitations.find_by_token(work.session, token)
    if found is None:
        return None
    person = people.create(
        work.session, email=found.email, password=password, full_name=full_name, role=found.role,
        locale=found.locale, account_id=found.account_id,
    )  # fmt: skip
    invitations.mark_accepted(work.session, found.id)
    work.emit(
        AccountRegistered(
            account_id=person.id, role=person.role, email=person.email, phone=None, full_name=full_name,
            locale=person.locale,
        )
    )  # fmt: skip
    if person.role in TAKES_CASES:
        staff.make_advisor(
            work, person, capacity=found.details.get("capacity", DEFAULT_CAPACITY),
            skills=found.details.get("skills", {}),
        )  # fmt: skip
    audit.append(work.session, person, "invitation.accepted", f"invitation:{found.id}", {"role": person.role})
    return person


def change_role(work: Work, actor: Person, account_id: UUID, role: str) -> None:
    """Give somebody another role; whoever begins to take cases gets a place among the advisors.

    :raises AccountNotFoundError, RoleNotAllowedError, LastAdminError: nothing changed.
    """
    found = _locked(work.session, account_id)
    if role not in ROLES or account_id == actor.id:
        raise RoleNotAllowedError(role)
    if found.role == role:
        return
    if found.role == ADMIN:
        _require_another_admin(work.session, account_id)
    work.session.execute(
        text("UPDATE account SET role = :role WHERE account_id = :id"), {"id": account_id, "role": role}
    )
    if role in TAKES_CASES and work.session.get(Advisor, account_id) is None:
        person = Person(found.account_id, found.email, found.full_name, role, found.locale, found.phone)
        staff.make_advisor(work, person, capacity=DEFAULT_CAPACITY, skills={})
    _tell(work, found, role=role, is_active=found.is_active)
    detail = {"from": found.role, "to": role}
    audit.append(work.session, actor, "account.role_changed", f"account:{account_id}", detail)


def set_active(work: Work, actor: Person, account_id: UUID, *, is_active: bool) -> None:
    """Close an account, with all its sessions, or open it again.

    Closing hands their open cases on at once, as a leave does: to whom they suit, or to nobody, loudly. Who is opened
    again may take what waits.

    :raises AccountNotFoundError, RoleNotAllowedError, LastAdminError: nothing changed.
    """
    found = _locked(work.session, account_id)
    if account_id == actor.id:
        raise RoleNotAllowedError(found.role)
    if found.is_active == is_active:
        return
    if found.role == ADMIN and not is_active:
        _require_another_admin(work.session, account_id)
    person = Person(found.account_id, found.email, found.full_name, found.role, found.locale, found.phone)
    staff.rename(work, person, full_name=found.full_name, phone=found.phone, is_active=is_active)
    if is_active:
        Settlement.of(work).reconsider(account_id)
    else:
        leaves.hand_over_all(work, account_id)
    action = "account.reopened" if is_active else "account.closed"
    audit.append(work.session, actor, action, f"account:{account_id}")


def end_sessions(work: Work, actor: Person, account_id: UUID) -> None:
    """End every session of somebody.

    :raises AccountNotFoundError: there is no such member of staff.
    """
    _locked(work.session, account_id)
    people.close_all_sessions(work.session, account_id)
    audit.append(work.session, actor, "session.revoked_by_admin", f"account:{account_id}")


def reset_second_factor(work: Work, actor: Person, account_id: UUID) -> bool:
    """Take a lost second factor away, and end the sessions; False when there was none.

    :raises AccountNotFoundError, RoleNotAllowedError: nothing changed; one's own is removed with a code.
    """
    _locked(work.session, account_id)
    if account_id == actor.id:
        raise RoleNotAllowedError
    removed = second_factor.remove(work.session, account_id)
    if removed:
        people.close_all_sessions(work.session, account_id)
        audit.append(work.session, actor, "second_factor.reset", f"account:{account_id}")
    return removed


def list_accounts(session: Session) -> list[dict[str, Any]]:
    """Everybody who works here or did, by name."""
    return [dict(row) for row in session.execute(text(f"{_ACCOUNTS} ORDER BY full_name, id")).mappings()]


def find_account(session: Session, account_id: UUID) -> dict[str, Any]:
    """One member of staff.

    :raises AccountNotFoundError: there is none.
    """
    row = session.execute(text(f"{_ACCOUNTS} WHERE account.account_id = :id"), {"id": account_id}).mappings().first()
    if row is None:
        raise AccountNotFoundError(account_id)
    return dict(row)


_ACCOUNTS = """
    SELECT account.account_id AS id, email, full_name, role, is_active, totp_secret IS NOT NULL AS has_second_factor,
           created_at, seen.sessions, seen.last_seen_at, coalesce(open_count, 0) AS open_cases
      FROM account LEFT JOIN advisor ON advisor.account_id = account.account_id
      CROSS JOIN LATERAL (
        SELECT count(*) AS sessions, max(seen_at) AS last_seen_at FROM account_session
         WHERE account_session.account_id = account.account_id AND expires_at > clock_timestamp()) AS seen
"""


def _require_may_touch(session: Session, actor: Person, invitation_id: UUID) -> None:
    if invitations.get(session, invitation_id).role not in INVITABLE.get(actor.role, ()):
        raise RoleNotAllowedError


def _send(work: Work, invitation: Invitation, url: str) -> None:
    work.emit(
        AccessLinkRequested(
            account_id=invitation.account_id, email=invitation.email, full_name=invitation.full_name,
            locale=invitation.locale, purpose=invitations.PURPOSE, url=url, expires_at=invitation.expires_at,
        )
    )  # fmt: skip


def _locked(session: Session, account_id: UUID) -> Any:
    row = session.execute(
        text("""
            SELECT account_id, email, full_name, role, locale, phone, is_active FROM account
             WHERE account_id = :id FOR UPDATE
        """),
        {"id": account_id},
    ).one_or_none()
    if row is None:
        raise AccountNotFoundError(account_id)
    return row


def _require_another_admin(session: Session, account_id: UUID) -> None:
    others = session.execute(
        text("SELECT account_id FROM account WHERE role = :admin AND is_active ORDER BY account_id FOR UPDATE"),
        {"admin": ADMIN},
    ).scalars()
    if not set(others) - {account_id}:
        raise LastAdminError


def _tell(work: Work, found: Any, *, role: str, is_active: bool) -> None:
    work.emit(
        AccountUpdated(
            account_id=found.account_id, role=role, email=found.email, phone=found.phone, full_name=found.full_name,
            locale=found.locale, is_active=is_active,
        )
    )  # fmt: skip
