"""Invitations to open an account: a link by e-mail that works once and for a week, kept as a hash only.

The account is opened when the invitation is accepted, under the identifier that the invitation has had from its first
day, so that what was mailed about it belongs to the same person.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from shared.accounts.people import EmailTakenError, hash_token
from shared.ids import new_id

LIFE = timedelta(days=7)
MOST_SENDS = 10
PURPOSE = "invitation"


class AlreadyInvitedError(Exception):
    """There is an open invitation for this address: resend or revoke that one."""


class InvitationClosedError(Exception):
    """The invitation was accepted or revoked, or was sent too often."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation. `details` belong to the service that invites; `state`: open, expired, accepted or revoked."""

    id: UUID
    account_id: UUID
    email: str
    full_name: str
    role: str
    locale: str
    details: Mapping[str, Any]
    invited_by: str
    created_at: datetime
    sent_at: datetime
    sent_count: int
    expires_at: datetime
    state: str


def create(
    session: Session, *, email: str, full_name: str, role: str, locale: str, details: Mapping[str, Any], by: UUID
) -> tuple[Invitation, str]:
    """Invite somebody; returns the invitation and the token for the link.

    :raises EmailTakenError: somebody has an account with this address, active or not.
    :raises AlreadyInvitedError: an invitation for the address is open; one that expired makes room.
    """
    if session.execute(text("SELECT 1 FROM account WHERE lower(email) = lower(:email)"), {"email": email}).scalar():
        raise EmailTakenError(email)
    session.execute(
        text("""
            UPDATE invitation SET revoked_at = clock_timestamp()
             WHERE lower(email) = lower(:email) AND accepted_at IS NULL AND revoked_at IS NULL
               AND expires_at <= clock_timestamp()
        """),
        {"email": email},
    )
    token, invitation_id = secrets.token_urlsafe(32), new_id()
    made = session.execute(
        text("""
            INSERT INTO invitation (invitation_id, account_id, email, full_name, role, locale, details, token_hash,
                                    invited_by, expires_at)
            VALUES (:id, :account_id, :email, :full_name, :role, :locale, CAST(:details AS jsonb), :hash, :by,
                    clock_timestamp() + :life)
            ON CONFLICT DO NOTHING RETURNING invitation_id
        """),
        {
            "id": invitation_id, "account_id": new_id(), "email": email, "full_name": full_name, "role": role,
            "locale": locale, "details": json.dumps(dict(details)), "hash": hash_token(token), "by": by, "life": LIFE,
        },
    ).one_or_none()  # fmt: skip
    if made is None:
        raise AlreadyInvitedError(email)
    return _get(session, invitation_id), token


def renew(session: Session, invitation_id: UUID) -> tuple[Invitation, str]:
    """A new link with a new week; the one before works no longer.

    :raises LookupError: there is no such invitation.
    :raises InvitationClosedError: it was accepted or revoked, or was sent ten times.
    """
    found = _get(session, invitation_id, is_locked=True)
    if found.state in ("accepted", "revoked") or found.sent_count >= MOST_SENDS:
        raise InvitationClosedError
    token = secrets.token_urlsafe(32)
    session.execute(
        text("""
            UPDATE invitation SET token_hash = :hash, sent_at = clock_timestamp(), sent_count = sent_count + 1,
                   expires_at = clock_timestamp() + :life WHERE invitation_id = :id
        """),
        {"id": invitation_id, "hash": hash_token(token), "life": LIFE},
    )
    return _get(session, invitation_id), token


def revoke(session: Session, invitation_id: UUID) -> Invitation:
    """Take an invitation back: its link works no longer.

    :raises LookupError: there is no such invitation.
    :raises InvitationClosedError: it was accepted already; revoking twice is no mistake.
    """
    found = _get(session, invitation_id, is_locked=True)
    if found.state == "accepted":
        raise InvitationClosedError
    session.execute(
        text("UPDATE invitation SET revoked_at = coalesce(revoked_at, clock_timestamp()) WHERE invitation_id = :id"),
        {"id": invitation_id},
    )
    return found


def find_by_token(session: Session, token: str) -> Invitation | None:
    """The invitation that a link stands for, locked; None when it is used, revoked, too old or unknown."""
    row = session.execute(
        text(_SELECT + " WHERE token_hash = :hash FOR UPDATE OF invitation"), {"hash": hash_token(token)}
    ).one_or_none()
    found = None if row is None else _read(row)
    return found if found is not None and found.state == "open" else None


def mark_accepted(session: Session, invitation_id: UUID) -> None:
    """The account is open; the link is spent."""
    session.execute(
        text("UPDATE invitation SET accepted_at = clock_timestamp() WHERE invitation_id = :id"), {"id": invitation_id}
    )


def list_recent(session: Session, *, limit: int = 100) -> list[Invitation]:
    """Invitations, the newest first."""
    rows = session.execute(
        text(_SELECT + " ORDER BY invitation.created_at DESC, invitation_id DESC LIMIT :limit"), {"limit": limit}
    )
    return [_read(row) for row in rows]


def get(session: Session, invitation_id: UUID) -> Invitation:
    """One invitation.

    :raises LookupError: there is no such invitation.
    """
    return _get(session, invitation_id)


def _get(session: Session, invitation_id: UUID, *, is_locked: bool = False) -> Invitation:
    lock = " FOR UPDATE OF invitation" if is_locked else ""
    row = session.execute(text(f"{_SELECT} WHERE invitation_id = :id{lock}"), {"id": invitation_id}).one_or_none()
    if row is None:
        raise LookupError(invitation_id)
    return _read(row)


def _read(row: Row[Any]) -> Invitation:
    return Invitation(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name


_SELECT = """
    SELECT invitation_id AS id, invitation.account_id, invitation.email, invitation.full_name, invitation.role,
           invitation.locale, details, inviter.full_name AS invited_by, invitation.created_at, sent_at, sent_count,
           expires_at,
           CASE WHEN accepted_at IS NOT NULL THEN 'accepted' WHEN revoked_at IS NOT NULL THEN 'revoked'
                WHEN expires_at <= clock_timestamp() THEN 'expired' ELSE 'open' END AS state
      FROM invitation JOIN account AS inviter ON inviter.account_id = invited_by
"""
