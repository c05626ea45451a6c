"""Gathered notices as the ledger shows them: those that wait for their letter, and those that went out in one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

WAITING, TOLD, DROPPED = STATES = ("waiting", "told", "dropped")
"""Waiting for its letter; told in one; dropped, because the person had left when the letter was due."""


@dataclass(frozen=True, slots=True)
class HeldNotice:
    """A notice about one case for one person.

    `send_at`: when the letter it goes into is due, None once it went; `message_id`: that letter, when it is written.
    """

    item_id: UUID
    code: str
    subject_line: str
    what: dict[str, str]
    recipient_id: UUID
    recipient_kind: str
    noted_at: datetime
    send_at: datetime | None
    told_at: datetime | None
    message_id: UUID | None

    @property
    def state(self) -> str:
        """One of STATES."""
        if self.told_at is None:
            return WAITING
        return DROPPED if self.message_id is None else TOLD


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeFilter:
    """Which notices: all that is given must fit. `before` is the identifier of the last one of the page before."""

    code: str | None = None
    state: str | None = None
    message_id: UUID | None = None
    before: UUID | None = None
    limit: int = 50


_CONDITIONS = {
    WAITING: "told_at IS NULL",
    TOLD: "item.message_id IS NOT NULL",
    DROPPED: "told_at IS NOT NULL AND item.message_id IS NULL",
}


def find(session: Session, wanted: NoticeFilter) -> Sequence[HeldNotice]:
    """Notices, newest first, one more than the limit when there are more."""
    conditions = ["true"] if wanted.state is None else [_CONDITIONS[wanted.state]]
    values: dict[str, Any] = {"limit": wanted.limit + 1}
    for column, name, value in (
        ("code", "=", wanted.code), ("message_id", "=", wanted.message_id), ("item_id", "<", wanted.before),
    ):  # fmt: skip
        if value is not None:
            conditions.append(f"item.{column} {name} :{column}")
            values[column] = value
    rows = session.execute(
        text(f"""
            SELECT item_id, code, content ->> 'subject_line' AS subject_line, content -> 'what' AS what, recipient_id,
                   coalesce(contact.role, '') AS recipient_kind, noted_at,
                   -- A letter takes along whatever may be told by then, so it may come before the notice's own.
                   CASE WHEN told_at IS NULL THEN (
                       SELECT min(other.send_at) FROM digest_item AS other
                        WHERE other.recipient_id = item.recipient_id AND other.told_at IS NULL
                          AND other.send_at >= item.not_before) END AS send_at,
                   told_at, message_id
              FROM digest_item AS item LEFT JOIN contact ON contact.person_id = recipient_id
             WHERE {" AND ".join(conditions)} ORDER BY item_id DESC LIMIT :limit
        """),  # noqa: S608 - the conditions are the constants above; values are parameters
        values,
    ).all()
    return [HeldNotice(*row) for row in rows]


def count_waiting(session: Session) -> int:
    """How many notices wait for their letter."""
    return int(session.execute(text("SELECT count(*) FROM digest_item WHERE told_at IS NULL")).scalar_one())
