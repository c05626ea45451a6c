"""What waits to be told in one letter: noted by event and recipient, taken once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.ids import new_id


def lock(session: Session, recipient_id: UUID) -> None:
    """One at a time per recipient until the transaction ends, so that nothing is noted behind a letter's back."""
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:id, 8))"), {"id": str(recipient_id)})


def next_send_at(session: Session, recipient_id: UUID) -> datetime | None:
    """When the next letter with what waits is due; None when nothing waits."""
    found: datetime | None = session.execute(
        text("SELECT min(send_at) FROM digest_item WHERE recipient_id = :id AND told_at IS NULL"), {"id": recipient_id}
    ).scalar()
    return found


def note(
    session: Session,
    event_id: UUID,
    recipient_id: UUID,
    content: dict[str, Any],
    *,
    not_before: datetime,
    send_at: datetime,
) -> None:
    """Note something to be told; what its event has noted already is left out."""
    session.execute(
        text("""
            INSERT INTO digest_item (item_id, event_id, recipient_id, code, content, not_before, send_at)
            VALUES (:item_id, :event_id, :recipient_id, :code, CAST(:content AS jsonb), :not_before, :send_at)
            ON CONFLICT DO NOTHING
        """),
        {
            "item_id": new_id(),
            "event_id": event_id,
            "recipient_id": recipient_id,
            "code": content["code"],
            "content": json.dumps(content),
            "not_before": not_before,
            "send_at": send_at,
        },
    )


def take(session: Session, recipient_id: UUID, now: datetime) -> list[tuple[UUID, dict[str, Any]]]:
    """What may be told now, marked as told, in the order in which it was noted: identifier and content."""
    rows = session.execute(
        text("""
            UPDATE digest_item SET told_at = :now
             WHERE recipient_id = :id AND told_at IS NULL AND not_before <= :now
            RETURNING item_id, content
        """),
        {"id": recipient_id, "now": now},
    ).all()
    return [(row.item_id, row.content) for row in sorted(rows, key=lambda row: row.item_id)]


def note_letter(session: Session, message_id: UUID, item_ids: Sequence[UUID]) -> None:
    """Note in which letter of the ledger notices went out, and of which cases it tells."""
    session.execute(
        text("""
            WITH told AS (
                UPDATE digest_item SET message_id = message.message_id FROM message
                 WHERE item_id = ANY(:item_ids) AND message.message_id = :message_id
             RETURNING digest_item.code
            )
            INSERT INTO message_case (code, message_id) SELECT DISTINCT code, CAST(:message_id AS uuid) FROM told
        """),
        {"message_id": message_id, "item_ids": list(item_ids)},
    )


def forget(session: Session, before: datetime) -> None:
    """Drop what was told long ago."""
    session.execute(text("DELETE FROM digest_item WHERE told_at < :before"), {"before": before})
