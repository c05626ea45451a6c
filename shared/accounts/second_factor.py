"""The second factor: codes of an authenticator (RFC 6238), and recovery codes for the day the phone is lost.

Each code works once. The secret is sealed where it is stored; of recovery codes, which have 80 random bits, a hash is.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from uuid import UUID

import pyotp
from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.accounts.sealing import SealBrokenError, Sealer

ISSUER = "Ventanilla"
ENROLMENT_LIFE = timedelta(minutes=20)
RECOVERY_CODES = 10
_STEP_SECONDS = 30
_CODE_BYTES, _GROUP = 10, 4


def show(session: Session, sealer: Sealer, account_id: UUID) -> str:
    """The secret to be shown for enrolment: the one shown minutes ago, or a new one. It counts once confirmed."""
    row = session.execute(
        text("SELECT secret FROM totp_enrolment WHERE account_id = :id AND expires_at > clock_timestamp()"),
        {"id": account_id},
    ).one_or_none()
    if row is not None:
        try:
            return sealer.open(row.secret)
        except SealBrokenError:
            pass  # keys were exchanged meanwhile: show a new one
    secret = pyotp.random_base32()
    session.execute(
        text("""
            INSERT INTO totp_enrolment (account_id, secret, expires_at)
            VALUES (:id, :secret, clock_timestamp() + :life)
            ON CONFLICT (account_id) DO UPDATE SET secret = excluded.secret, expires_at = excluded.expires_at
        """),
        {"id": account_id, "secret": sealer.seal(secret), "life": ENROLMENT_LIFE},
    )
    return secret


def confirm(session: Session, sealer: Sealer, account_id: UUID, code: str) -> list[str] | None:
    """Make the shown secret count, if `code` is one of its codes; returns recovery codes, to be shown once.

    None: there is nothing to confirm any more, or the code is not right.
    """
    row = session.execute(
        text("""
            SELECT secret FROM totp_enrolment WHERE account_id = :id AND expires_at > clock_timestamp() FOR UPDATE
        """),
        {"id": account_id},
    ).one_or_none()
    if row is None:
        return None
    try:
        step = _matching_step(session, sealer.open(row.secret), code, None)
    except SealBrokenError:
        return None
    if step is None:
        return None
    session.execute(
        text("UPDATE account SET totp_secret = :secret, totp_last_step = :step WHERE account_id = :id"),
        {"id": account_id, "secret": row.secret, "step": step},
    )
    session.execute(text("DELETE FROM totp_enrolment WHERE account_id = :id"), {"id": account_id})
    return new_recovery_codes(session, account_id)


def has(session: Session, account_id: UUID) -> bool:
    """Whether somebody must show a second factor to enter."""
    found: bool | None = session.execute(
        text("SELECT totp_secret IS NOT NULL FROM account WHERE account_id = :id"), {"id": account_id}
    ).scalar()
    return bool(found)


def use(session: Session, sealer: Sealer, account_id: UUID, code: str) -> str | None:
    """Spend a code of the authenticator, or a recovery code: says which it was ("totp", "recovery"), or None."""
    row = session.execute(
        text("SELECT totp_secret, totp_last_step FROM account WHERE account_id = :id FOR UPDATE"), {"id": account_id}
    ).one_or_none()
    if row is None or row.totp_secret is None:
        return None
    try:
        step = _matching_step(session, sealer.open(row.totp_secret), code, row.totp_last_step)
    except SealBrokenError:
        step = None  # the key is gone: a recovery code still opens, and then one enrols anew
    if step is not None:
        session.execute(
            text("UPDATE account SET totp_last_step = :step WHERE account_id = :id"), {"step": step, "id": account_id}
        )
        return "totp"
    return "recovery" if _use_recovery_code(session, account_id, code) else None


def remove(session: Session, account_id: UUID) -> bool:
    """Take the second factor away, with its recovery codes; False when there was none."""
    removed = session.execute(
        text("""
            UPDATE account SET totp_secret = NULL, totp_last_step = NULL
             WHERE account_id = :id AND totp_secret IS NOT NULL RETURNING account_id
        """),
        {"id": account_id},
    ).one_or_none()
    for table in ("recovery_code", "totp_enrolment"):
        session.execute(text(f"DELETE FROM {table} WHERE account_id = :id"), {"id": account_id})  # noqa: S608 - constants
    return removed is not None


def new_recovery_codes(session: Session, account_id: UUID) -> list[str]:
    """Fresh recovery codes; those before work no longer."""
    codes = [_new_code() for _ in range(RECOVERY_CODES)]
    session.execute(text("DELETE FROM recovery_code WHERE account_id = :id"), {"id": account_id})
    session.execute(
        text("INSERT INTO recovery_code (account_id, code_hash) VALUES (:id, :hash)"),
        [{"id": account_id, "hash": _hash(code)} for code in codes],
    )
    return codes


def recovery_codes_left(session: Session, account_id: UUID) -> int:
    """How many recovery codes were not used yet."""
    left: int = session.execute(
        text("SELECT count(*) FROM recovery_code WHERE account_id = :id AND used_at IS NULL"), {"id": account_id}
    ).scalar_one()
    return left


def provisioning_uri(secret: str, email: str) -> str:
    """What the QR code says to an authenticator."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def qr_code(uri: str) -> str:
    """The QR code as an SVG image in a `data:` address, which the pages' policy allows for images alone."""
    import segno  # noqa: PLC0415 - needed by one page that people see once

    made: str = segno.make(uri, error="m").svg_data_uri(scale=5, border=4, dark="#000", light="#fff")
    return made


def _matching_step(session: Session, secret: str, code: str, last_step: int | None) -> int | None:
    """The time step a code is of: now, or the one before; none at or before the last that was used."""
    now: datetime = session.execute(text("SELECT clock_timestamp()")).scalar_one()
    typed = "".join(code.split())
    present, totp = int(now.timestamp()) // _STEP_SECONDS, pyotp.TOTP(secret)
    for step in (present, present - 1):
        is_right = hmac.compare_digest(totp.at(step * _STEP_SECONDS).encode(), typed.encode())
        if is_right and (last_step is None or step > last_step):
            return step
    return None


def _use_recovery_code(session: Session, account_id: UUID, code: str) -> bool:
    return (
        session.execute(
            text("""
                UPDATE recovery_code SET used_at = clock_timestamp()
                 WHERE account_id = :id AND code_hash = :hash AND used_at IS NULL RETURNING account_id
            """),
            {"id": account_id, "hash": _hash(code)},
        ).one_or_none()
        is not None
    )


def _new_code() -> str:
    letters = base64.b32encode(secrets.token_bytes(_CODE_BYTES)).decode().lower()
    return "-".join(letters[start : start + _GROUP] for start in range(0, len(letters), _GROUP))


def _hash(code: str) -> bytes:
    return hashlib.sha256("".join(code.split()).replace("-", "").lower().encode("utf-8", "replace")).digest()
