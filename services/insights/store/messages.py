"""The newest known state of every message that reached an end: delivered, failed, or held for a person."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session


def put(
    session: Session, message_id: UUID, *, consultation_id: UUID | None, channel: str, template: str, state: str,
    changed_at: datetime, sequence: int,
) -> None:  # fmt: skip
    """Keep the state of a message, unless a newer one is held."""
    session.execute(
        _PUT,
        {
            "id": message_id, "consultation_id": consultation_id, "channel": channel, "template": template,
            "state": state, "changed_at": changed_at, "sequence": sequence,
        },
    )  # fmt: skip


_PUT = text("""
    INSERT INTO message AS held (message_id, consultation_id, channel, template, state, changed_at, sequence)
    VALUES (:id, :consultation_id, :channel, :template, :state, :changed_at, :sequence)
    ON CONFLICT (message_id) DO UPDATE
       SET state = excluded.state, changed_at = excluded.changed_at, sequence = excluded.sequence
     WHERE excluded.sequence > held.sequence
""")
