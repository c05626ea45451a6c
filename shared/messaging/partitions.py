"""Months of outbox and inbox: made ahead of time, dropped when nothing in them is still open.

Dropping a month takes milliseconds and leaves no bloat, where deleting its rows would take hours of vacuum. What is
still owed to somebody outlives every retention period: an event that a subscriber has not confirmed, an inbox row
that was not applied. Without its partition a row lands in the default one, where it works as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from shared.ids import lowest_id_at

log = structlog.get_logger()

PARTITIONED_TABLES = ("outbox_event", "inbox")
_MONTHS_AHEAD = 3

_STILL_OPEN = {
    "outbox_event": "SELECT FROM outbox_delivery WHERE event_id >= :low AND event_id < :high",
    "inbox": """
        SELECT FROM inbox WHERE event_id >= :low AND event_id < :high
           AND status IN ('pending', 'waiting', 'dead', 'unknown')
    """,
}


def statements_for_coming_months(now: datetime) -> list[str]:
    """The statements that make the partitions of this month and the next three; harmless when they exist."""
    return [
        f"CREATE TABLE IF NOT EXISTS {table}_{month:%Y_%m} PARTITION OF {table}"
        f" FOR VALUES FROM ('{lowest_id_at(month)}') TO ('{lowest_id_at(_following(month))}')"
        for month in _months_from(now)
        for table in PARTITIONED_TABLES
    ]


def create_coming_months(session: Session, now: datetime) -> None:
    """See that the coming months have their partitions.

    A month whose rows already fell into the default partition (no clock ran for a quarter) stays there.
    """
    for statement in statements_for_coming_months(now):
        try:
            with session.begin_nested():
                session.execute(text(statement))
        except DBAPIError as error:
            log.warning("partition_not_made", statement=statement, error=type(error.orig).__name__)


def drop_old_months(session: Session, table: str, *, older_than: datetime) -> list[str]:
    """Drop the months that ended before `older_than` and in which nothing is open; returns their names."""
    dropped = []
    for name, month in _months_of(session, table):
        low, high = lowest_id_at(month), lowest_id_at(_following(month))
        if _following(month) <= older_than and not _is_open(session, table, low, high):
            session.execute(text(f"DROP TABLE {name}"))
            dropped.append(name)
    return dropped


def _is_open(session: Session, table: str, low: UUID, high: UUID) -> bool:
    found: bool = session.execute(
        text(f"SELECT EXISTS ({_STILL_OPEN[table]})"), {"low": low, "high": high}
    ).scalar_one()
    return found


def _months_of(session: Session, table: str) -> list[tuple[str, datetime]]:
    names = session.execute(
        text("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = CAST(:table AS regclass) ORDER BY 1"),
        {"table": table},
    ).scalars()
    months = []
    for name in names:
        year_and_month = name.rpartition(f"{table}_")[2]
        if year_and_month != "default":
            year, month = map(int, year_and_month.split("_"))
            months.append((name, datetime(year, month, 1, tzinfo=UTC)))
    return months


def _months_from(now: datetime) -> Iterator[datetime]:
    month = datetime(now.year, now.month, 1, tzinfo=UTC)
    for _ in range(_MONTHS_AHEAD + 1):
        yield month
        month = _following(month)


def _following(month: datetime) -> datetime:
    return datetime(month.year + month.month // 12, month.month % 12 + 1, 1, tzinfo=UTC)
