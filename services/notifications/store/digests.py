"""What waits to be told in one letter: noted by event and recipient, taken once."""

from __future__ import annotations

import json
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
            INSERT INTO digest_item (item_id, event_id, recipient_id, content, not_before, send_at)
            VALUES (:item_id, :event_id, :recipient_id, CAST(:content AS jsonb), :not_before, :send_at)
            ON CONFLICT DO NOTHING
        """),
        {
            "item_id": new_id(),
            "event_id": event_id,
            "recipient_id": recipient_id,
            "content": json.dumps(content),
            "not_before": not_before,
            "send_at": send_at,
        },
    )


def take(session: Session, recipient_id: UUID, now: datetime) -> list[dict[str, Any]]:
    """What may be told now, marked as told, in the order in which it was noted."""
    rows = session.execute(
        text("""
            UPDATE digest_item SET told_at = :now
             WHERE recipient_id = :id AND told_at IS NULL AND not_before <= :now
            RETURNING item_id, content
        """),
        {"id": recipient_id, "now": now},
    ).all()
    return [row.content for row in sorted(rows, key=lambda row: row.item_id)]


def forget(session: Session, before: datetime) -> None:
    """Drop what was told long ago."""
    session.execute(text("DELETE FROM digest_item WHERE told_at < :before"), {"before": before})
