"""Accounts, sessions and one-time links: what can be done with them, each within the caller's transaction.

Tokens are 256 random bits; only their hash is stored, so a copy of the database opens no session.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shared.accounts import passwords, second_factor, throttle
from shared.accounts.sealing import Sealer
from shared.ids import new_id

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
API_ABSOLUTE = timedelta(hours=12)
LINK_LIFE = timedelta(minutes=15)
_TOUCH_EVERY = timedelta(minutes=1)


class EmailTakenError(Exception):
    """Another account has this e-mail address."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who is signed in."""

    id: UUID
    email: str
    full_name: str
    role: str
    locale: str
    phone: str | None = None
    has_second_factor: bool = False


@dataclass(frozen=True, slots=True)
class SignIn:
    """The outcome of an attempt to sign in. Returned, not raised: the count of failures must be committed."""

    person: Person | None
    is_locked: bool = False
    needs_code: bool = False
    account_id: UUID | None = None
    """Whose account was tried, when there is one; for the audit, never for the caller."""
    method: str = ""
    """What opened it: password, totp, recovery or link."""


_PERSON = "account_id, email, full_name, role, locale, phone, totp_secret IS NOT NULL AS has_second_factor"
_FIELDS = 7


def create(
    session: Session,
    *,
    email: str,
    password: str | None,
    full_name: str,
    role: str,
    locale: str = "es",
    phone: str | None = None,
    account_id: UUID | None = None,
) -> Person:
    """Open an account; `email` is already normalised, `password` already acceptable (None: links only).

    `account_id`: the identifier an invitation promised; a new one otherwise.

    :raises EmailTakenError: the address is in use, in whatever capitals.
    """
    person = Person(account_id or new_id(), email, full_name, role, locale, phone)
    try:
        with session.begin_nested():
            session.execute(
                text("""
                    INSERT INTO account (account_id, email, password_hash, full_name, role, locale, phone)
                    VALUES (:id, :email, :hash, :full_name, :role, :locale, :phone)
                """),
                {
                    "id": person.id,
                    "email": email,
                    "hash": passwords.hash_password(password) if password else None,
                    "full_name": full_name,
                    "role": role,
                    "locale": locale,
                    "phone": phone,
                },
            )
    except IntegrityError as error:
        raise EmailTakenError(email) from error
    return person


def sign_in(session: Session, *, email: str, password: str, code: str | None, address: str, sealer: Sealer) -> SignIn:
    """Check a password, and the second factor of those who have one; counts failures by account and by address."""
    keys = (f"account:{email.casefold()}", f"address:{address}")
    if throttle.is_locked(session, keys):
        return SignIn(None, is_locked=True)
    row = session.execute(
        text(f"""
            SELECT {_PERSON}, password_hash FROM account
             WHERE lower(email) = lower(:email) AND is_active FOR UPDATE
        """),  # noqa: S608 - a constant list of columns
        {"email": email},
    ).one_or_none()
    if not passwords.is_right(password, None if row is None else row.password_hash) or row is None:
        throttle.count_failure(session, keys)
        return SignIn(None, account_id=None if row is None else row.account_id)
    outcome = _ask_second_factor(session, sealer, Person(*row[:_FIELDS]), code, keys, "password")
    if outcome.person is not None and passwords.needs_rehash(row.password_hash):
        set_password(session, row.account_id, password, keep_sessions=True)
    return outcome


def _ask_second_factor(
    session: Session, sealer: Sealer, person: Person, code: str | None, keys: tuple[str, ...], method: str
) -> SignIn:
    """Whoever has a second factor shows it, however they proved the first; a wrong code is counted as a failure."""
    if person.has_second_factor:
        if not code:
            return SignIn(None, needs_code=True, account_id=person.id)
        used = second_factor.use(session, sealer, person.id, code)
        if used is None:
            throttle.count_failure(session, keys)
            return SignIn(None, account_id=person.id)
        method = used
    throttle.forget(session, keys)
    return SignIn(person, account_id=person.id, method=method)


def update(session: Session, account_id: UUID, *, full_name: str, phone: str | None, locale: str) -> Person:
    """Change what people may change of themselves; returns the account as it is now."""
    row = session.execute(
        text(f"""
            UPDATE account SET full_name = :full_name, phone = :phone, locale = :locale WHERE account_id = :id
            RETURNING {_PERSON}
        """),  # noqa: S608 - a constant list of columns
        {"id": account_id, "full_name": full_name, "phone": phone, "locale": locale},
    ).one()
    return Person(*row)


def is_password(session: Session, account_id: UUID, password: str) -> bool:
    """Whether a password is that of an account, for those who are asked again before they change what guards it."""
    stored = session.execute(
        text("SELECT password_hash FROM account WHERE account_id = :id FOR UPDATE"), {"id": account_id}
    ).scalar()
    return passwords.is_right(password, stored)


def set_password(session: Session, account_id: UUID, password: str, *, keep_sessions: bool = False) -> None:
    """Store a new password; whoever was signed in with the old one no longer is."""
    session.execute(
        text("UPDATE account SET password_hash = :hash WHERE account_id = :id"),
        {"hash": passwords.hash_password(password), "id": account_id},
    )
    if not keep_sessions:
        close_all_sessions(session, account_id)


def open_session(
    session: Session, account_id: UUID, *, kind: str, user_agent: str = "", address: str = "",
    entered_by: str = "password",
) -> str:  # fmt: skip
    """Start a session of kind web or api; returns the token that the caller keeps.

    :param address: the network of the device, as `sessions.address_prefix` gives it.
    :param entered_by: password, link or invitation: after the latter two one may set a password without the old one.
    """
    token = secrets.token_urlsafe(32)
    session.execute(
        text("""
            INSERT INTO account_session (token_hash, account_id, kind, user_agent, address, entered_by, expires_at)
            VALUES (:hash, :account_id, :kind, :user_agent, :address, :entered_by, clock_timestamp() + :life)
        """),
        {
            "hash": hash_token(token),
            "account_id": account_id,
            "kind": kind,
            "user_agent": user_agent[:200],
            "address": address,
            "entered_by": entered_by,
            "life": ABSOLUTE if kind == "web" else API_ABSOLUTE,
        },
    )
    return token


def find_by_token(session: Session, token: str, kind: str) -> Person | None:
    """Who holds a session token; None when it is unknown, ended, idle for too long, or its account is closed."""
    row = session.execute(
        text(f"""
            SELECT {_PERSON}, seen_at < clock_timestamp() - CAST(:touch AS interval) AS is_due
              FROM account_session JOIN account USING (account_id)
             WHERE token_hash = :hash AND kind = :kind AND is_active AND expires_at > clock_timestamp()
               AND (kind = 'api' OR seen_at > clock_timestamp() - CAST(:idle AS interval))
        """),  # noqa: S608 - a constant list of columns
        {"hash": hash_token(token), "kind": kind, "idle": IDLE, "touch": _TOUCH_EVERY},
    ).one_or_none()
    if row is None:
        return None
    if row.is_due:
        session.execute(
            text("UPDATE account_session SET seen_at = clock_timestamp() WHERE token_hash = :hash"),
            {"hash": hash_token(token)},
        )
    return Person(*row[:_FIELDS])


def came_by_link(session: Session, token: str) -> bool:
    """Whether a session was opened minutes ago by a one-time link or an invitation, sent to the account's address."""
    found = session.execute(
        text("""
            SELECT 1 FROM account_session WHERE token_hash = :hash AND entered_by IN ('link', 'invitation')
               AND created_at > clock_timestamp() - CAST(:life AS interval)
        """),
        {"hash": hash_token(token), "life": LINK_LIFE},
    ).one_or_none()
    return found is not None


def close_session(session: Session, token: str) -> None:
    """End one session."""
    session.execute(text("DELETE FROM account_session WHERE token_hash = :hash"), {"hash": hash_token(token)})


def close_all_sessions(session: Session, account_id: UUID) -> None:
    """End every session of an account."""
    session.execute(text("DELETE FROM account_session WHERE account_id = :id"), {"id": account_id})


def find_by_email(session: Session, email: str) -> Person | None:
    """The active account with this address, in whatever capitals."""
    row = session.execute(
        text(f"SELECT {_PERSON} FROM account WHERE lower(email) = lower(:email) AND is_active"),  # noqa: S608 - a constant list of columns
        {"email": email},
    ).one_or_none()
    return None if row is None else Person(*row)


def get(session: Session, account_id: UUID) -> Person:
    """An account that is known to exist, active or not."""
    row = session.execute(
        text(f"SELECT {_PERSON} FROM account WHERE account_id = :id"),  # noqa: S608 - a constant list of columns
        {"id": account_id},
    ).one()
    return Person(*row)


def create_link(session: Session, account_id: UUID, purpose: str) -> tuple[str, datetime]:
    """A one-time link's token and the moment it stops working."""
    token = secrets.token_urlsafe(32)
    expires_at: datetime = session.execute(
        text("""
            INSERT INTO access_link (token_hash, account_id, purpose, expires_at)
            VALUES (:hash, :id, :purpose, clock_timestamp() + :life) RETURNING expires_at
        """),
        {"hash": hash_token(token), "id": account_id, "purpose": purpose, "life": LINK_LIFE},
    ).scalar_one()
    return token, expires_at


def owner_of_link(session: Session, token: str, purpose: str) -> Person | None:
    """Whose one-time link this is; None when it was used, is too old, or was made for something else."""
    row = session.execute(
        text(f"""
            SELECT {_PERSON} FROM account JOIN access_link USING (account_id)
             WHERE token_hash = :hash AND purpose = :purpose AND used_at IS NULL
               AND access_link.expires_at > clock_timestamp() AND is_active FOR UPDATE OF access_link
        """),  # noqa: S608 - a constant list of columns
        {"hash": hash_token(token), "purpose": purpose},
    ).one_or_none()
    return None if row is None else Person(*row)


def use_link(
    session: Session, token: str, purpose: str, *, code: str | None, address: str, sealer: Sealer
) -> SignIn | None:
    """Spend a one-time link; None when it no longer works.

    A link is one factor: whoever has a second one shows it too, and the link is spent only then.
    """
    person = owner_of_link(session, token, purpose)
    if person is None:
        return None
    keys = (f"account:{person.email.casefold()}", f"address:{address}")
    if throttle.is_locked(session, keys):
        return SignIn(None, is_locked=True, needs_code=person.has_second_factor, account_id=person.id)
    outcome = _ask_second_factor(session, sealer, person, code, keys, "link")
    if outcome.person is not None:
        session.execute(
            text("UPDATE access_link SET used_at = clock_timestamp() WHERE token_hash = :hash"),
            {"hash": hash_token(token)},
        )
    return outcome


def hash_token(token: str) -> bytes:
    """What is stored of a token. It has 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
