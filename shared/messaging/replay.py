"""Delivering again: for a subscriber that was restored from a backup, or that was added later.

Safe at any time: the subscriber's inbox drops what it already holds.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.contracts.catalog import publications_of
from shared.ids import lowest_id_at


def types_for(service: str, subscriber: str) -> list[str]:
    """The types of events that `subscriber` receives from `service`."""
    return sorted({c.event.TYPE for c in publications_of(service) if subscriber in c.subscribers})


def redeliver(
    session: Session, service: str, subscriber: str, *, since: datetime, until: datetime | None = None
) -> int:
    """Make every event of a period due again for one subscriber; returns how many were not due already.

    :raises LookupError: `subscriber` receives nothing from `service`.
    """
    types = types_for(service, subscriber)
    if not types:
        raise LookupError(f"{subscriber} receives nothing from {service}")
    count: int = session.execute(
        text("""
            WITH again AS (
                INSERT INTO outbox_delivery (event_id, subscriber)
                SELECT event_id, :subscriber FROM outbox_event
                 WHERE event_id >= :since AND (CAST(:until AS uuid) IS NULL OR event_id < :until)
                   AND type = ANY(:types)
                 ORDER BY event_id
                ON CONFLICT DO NOTHING RETURNING seq)
            SELECT count(*) FROM again
        """),
        {
            "subscriber": subscriber,
            "since": lowest_id_at(since),
            "until": None if until is None else lowest_id_at(until),
            "types": types,
        },
    ).scalar_one()
    return count
