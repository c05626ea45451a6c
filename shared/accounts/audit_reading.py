"""Reading the audit: the newest lines first, page by page, by who, what and to what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which lines: what is None does not matter. `action` may be the first word alone: `session`."""

    actor_id: UUID | None = None
    action: str | None = None
    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A line as people read it; `actor` is None for strangers, the system, and accounts that are gone."""

    seq: int
    at: datetime
    actor_id: UUID | None
    actor: str | None
    actor_role: str
    action: str
    subject: str
    about: str | None
    detail: dict[str, Any]


def page(session: Session, wanted: Wanted, *, limit: int, before: int | None = None) -> list[Entry]:
    """Lines that fit, the newest first, one more than `limit` if there are more."""
    conditions = {
        "seq < :before": before,
        "audit_entry.actor_id = :actor_id": wanted.actor_id,
        "(action = :action OR action LIKE :action_family)": wanted.action,
        "subject = :subject": wanted.subject,
        "at >= :since": wanted.since,
        "at < :until": wanted.until,
    }
    where = " AND ".join(sql for sql, value in conditions.items() if value is not None) or "true"
    rows = session.execute(
        text(f"""
            SELECT seq, at, actor_id, actor.full_name AS actor, actor_role, action, subject,
                   (SELECT full_name FROM account
                     WHERE subject LIKE 'account:%' AND account_id::text = substr(subject, 9)) AS about, detail
              FROM audit_entry LEFT JOIN account AS actor ON actor.account_id = actor_id
             WHERE {where} ORDER BY seq DESC LIMIT :limit
        """),  # noqa: S608 - constant conditions; the values are parameters
        {
            "before": before, "actor_id": wanted.actor_id, "action": wanted.action,
            "action_family": f"{_literal(wanted.action or '')}.%", "subject": wanted.subject, "since": wanted.since,
            "until": wanted.until, "limit": limit + 1,
        },
    ).all()  # fmt: skip
    return [Entry(*row) for row in rows]


def actions(session: Session) -> list[str]:
    """Every kind of act that stands in the audit, by name; asked of the index, not of every line."""
    rows = session.execute(
        text("""
            WITH RECURSIVE known AS (
                (SELECT action FROM audit_entry ORDER BY action LIMIT 1)
                UNION ALL
                SELECT (SELECT action FROM audit_entry WHERE action > known.action ORDER BY action LIMIT 1)
                  FROM known WHERE known.action IS NOT NULL)
            SELECT action FROM known WHERE action IS NOT NULL
        """)
    )
    return list(rows.scalars())


def _literal(value: str) -> str:
    return value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
