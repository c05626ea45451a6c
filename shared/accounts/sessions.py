"""Sessions as their owner sees them: which devices are signed in, since when, from where; and ending them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address, ip_network
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.accounts.people import IDLE, hash_token

_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"),
             ("Chrome", "Chrome"), ("Safari", "Safari"))  # fmt: skip
_SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
            ("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"))  # fmt: skip
_PREFIX = {4: 24, 6: 48}


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session that still works. `kind`: web or api; `device`: a hint, from what the browser says of itself."""

    id: UUID
    kind: str
    device: str
    address: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    is_current: bool


def list_open(session: Session, account_id: UUID, *, token: str = "") -> list[OpenSession]:
    """The sessions of an account that work, last used first. `token`: of the session that asks, to mark it."""
    rows = session.execute(
        text("""
            SELECT session_id, kind, user_agent, address, created_at, seen_at, expires_at, token_hash = :hash
              FROM account_session
             WHERE account_id = :id AND expires_at > clock_timestamp()
               AND (kind = 'api' OR seen_at > clock_timestamp() - CAST(:idle AS interval))
             ORDER BY token_hash = :hash DESC, seen_at DESC, session_id
        """),
        {"id": account_id, "hash": hash_token(token), "idle": IDLE},
    ).all()
    return [OpenSession(row[0], row[1], device_hint(row[2]), *row[3:]) for row in rows]


def close_one(session: Session, account_id: UUID, session_id: UUID) -> bool:
    """End a session of this account; False when it has no such session."""
    closed = session.execute(
        text("DELETE FROM account_session WHERE account_id = :id AND session_id = :session RETURNING session_id"),
        {"id": account_id, "session": session_id},
    ).one_or_none()
    return closed is not None


def close_others(session: Session, account_id: UUID, *, token: str = "") -> int:
    """End every session of an account but the one of this token; returns how many that were."""
    closed = session.execute(
        text("DELETE FROM account_session WHERE account_id = :id AND token_hash <> :hash RETURNING session_id"),
        {"id": account_id, "hash": hash_token(token)},
    ).all()
    return len(closed)


def device_hint(user_agent: str) -> str:
    """«Firefox · Windows»: enough to tell one's own devices apart."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    program = re.match(r"[\w.+-]{1,40}", user_agent)
    return " · ".join(filter(None, (browser, system))) or (program[0] if program else "")


def address_prefix(address: str | None) -> str:
    """The network somebody calls from (203.0.113.0/24): tells places apart, and is not a person's address."""
    try:
        found = ip_address(address or "")
    except ValueError:
        return ""
    return str(ip_network((found, _PREFIX[found.version]), strict=False))
