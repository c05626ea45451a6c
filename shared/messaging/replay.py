"""Delivering again: for a subscriber that was restored from a backup, or that was added later.

Safe at any time: the subscriber's inbox drops what it already holds.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.contracts.catalog import publications_of
from shared.ids import lowest_id_at


def redeliver(
    session: Session, service: str, subscriber: str, *, since: datetime, until: datetime | None = None
) -> int:
    """Make every event of a period due again for one subscriber; returns how many.

    :raises LookupError: `subscriber` receives nothing from `service`.
    """
    types = sorted({c.event.TYPE for c in publications_of(service) if subscriber in c.subscribers})
    if not types:
        raise LookupError(f"{subscriber} receives nothing from {service}")
    rows = session.execute(
        text("""
            INSERT INTO outbox_delivery (event_id, subscriber)
            SELECT event_id, :subscriber FROM outbox_event
             WHERE event_id >= :since AND (CAST(:until AS uuid) IS NULL OR event_id < :until)
               AND type = ANY(:types)
             ORDER BY event_id
            ON CONFLICT DO NOTHING RETURNING seq
        """),
        {
            "subscriber": subscriber,
            "since": lowest_id_at(since),
            "until": None if until is None else lowest_id_at(until),
            "types": types,
        },
    ).all()
    return len(rows)
