"""Anti-entropy, the producer's half: once a night, tell every subscriber what it should hold.

A subscriber whose database was restored from a backup has lost events that it once confirmed; nobody owes them to it
any more, so only a comparison can find out. It goes through messages alone: the producer sends a digest of each past
day and type (how many events, and the XOR of the MD5 of their ids), the subscriber compares them with its inbox
(`anti_entropy_check`) and names the days that differ, and the relay makes all deliveries of those days due again.
Whatever the subscriber holds already, its inbox drops.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.contracts.catalog import peers_of
from shared.db.database import Database
from shared.ids import lowest_id_at, time_of
from shared.messaging.broker import Broker
from shared.messaging.replay import types_for
from shared.settings import DeliverySettings

log = structlog.get_logger()

Digests = dict[str, dict[str, tuple[int, str]]]
"""Day (ISO 8601, UTC) -> event type -> how many events, and the XOR of the MD5 of their ids in hexadecimal."""

_NIGHT_BEGINS = timedelta(hours=8)  # 03:00 in Lima
_DAYS_A_MESSAGE = 30
_JOB = "anti_entropy:"
_OLDEST = text("SELECT event_id FROM outbox_event ORDER BY event_id LIMIT 1")


def publish_digests(service: str, database: Database, broker: Broker, settings: DeliverySettings) -> None:
    """Send this night's digests to the subscribers that have not got them yet; called every minute.

    :raises BrokerError: the broker did not take them; the next call tries again.
    """
    for subscriber in peers_of(service):
        with database.transaction() as session:
            night = _pending_night(session, subscriber)
            oldest: UUID | None = session.execute(_OLDEST).scalar()
        if night is None:
            continue
        kept = night.date() - timedelta(days=settings.outbox_kept_days - 1)
        first = night.date() if oldest is None else max(time_of(oldest).date(), kept)
        for days in _chunks(first, night.date()):
            if digests := _digests_of_days(database, days, types_for(service, subscriber)):
                broker.publish_digests(subscriber, night, json.dumps(digests))
        with database.transaction() as session:
            _record_night(session, subscriber, night)
        log.info("digests_published", subscriber=subscriber)


def digests_of_day(session: Session, rows_of: str, day: date, types: list[str], **values: Any) -> dict[str, Any]:
    """The digests of one day's rows in `rows_of`, a table or a filtered table with `event_id` and `type`."""
    start = datetime.combine(day, time(), UTC)
    rows = session.execute(
        text(f"""
            SELECT type, count(*) AS events, bit_xor(('x' || md5(event_id::text))::bit(128))::text AS digest
              FROM {rows_of}
             WHERE event_id >= :low AND event_id < :high AND type = ANY(:types) GROUP BY type
        """),  # noqa: S608 - the table is a constant of this package
        {
            "low": lowest_id_at(start),
            "high": lowest_id_at(start + timedelta(days=1)),
            "types": types,
            **values,
        },
    ).all()
    return {row.type: (row.events, f"{int(row.digest, 2):032x}") for row in rows}


def _digests_of_days(database: Database, days: list[date], types: list[str]) -> Digests:
    """One short transaction per day: a long one would keep dead rows of the whole database from being cleaned."""
    digests: Digests = {}
    for day in days:
        with database.transaction() as session:
            if of_day := digests_of_day(session, "outbox_event", day, types):
                digests[day.isoformat()] = of_day
    return digests


def _pending_night(session: Session, subscriber: str) -> datetime | None:
    """The start of the current night's period, unless the digests were sent in it."""
    night: datetime | None = session.execute(
        text("""
            SELECT night FROM date_trunc('day', clock_timestamp() - :shift, 'UTC') AS night
             WHERE NOT EXISTS (SELECT FROM job_run WHERE name = :name AND period_start = night)
        """),
        {"shift": _NIGHT_BEGINS, "name": _JOB + subscriber},
    ).scalar()
    return night


def _record_night(session: Session, subscriber: str, night: datetime) -> None:
    session.execute(
        text("INSERT INTO job_run (name, period_start) VALUES (:name, :start) ON CONFLICT DO NOTHING"),
        {"name": _JOB + subscriber, "start": night},
    )


def _chunks(first: date, today: date) -> Iterator[list[date]]:
    """The days from `first` until yesterday, in portions that fit a message."""
    past = [first + timedelta(days=n) for n in range((today - first).days)]
    for start in range(0, len(past), _DAYS_A_MESSAGE):
        yield past[start : start + _DAYS_A_MESSAGE]
