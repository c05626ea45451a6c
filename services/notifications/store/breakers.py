"""The breaker of each channel, in the database: all its senders see the same one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from services.notifications.domain.breaker import Breaker
from services.notifications.domain.message import Channel, State


def locked(session: Session, channel: Channel) -> tuple[Breaker, datetime]:
    """The breaker, locked until the transaction ends, and the time."""
    row = session.execute(
        text("""
            SELECT is_open, failures, counting_since, probe_at, clock_timestamp() AS now
              FROM channel_breaker WHERE channel = :channel FOR UPDATE
        """),
        {"channel": channel},
    ).one()
    return Breaker(row.is_open, row.failures, row.counting_since, row.probe_at), row.now


def put(session: Session, channel: Channel, breaker: Breaker) -> None:
    """Keep the breaker's new state."""
    session.execute(
        text("""
            UPDATE channel_breaker
               SET is_open = :is_open, failures = :failures, counting_since = :since, probe_at = :probe_at
             WHERE channel = :channel
        """),
        {
            "channel": channel,
            "is_open": breaker.is_open,
            "failures": breaker.failures,
            "since": breaker.counting_since,
            "probe_at": breaker.probe_at,
        },
    )


def release_after_outage(session: Session, channel: Channel) -> int:
    """The provider is back: what failed only because it was away is due at once. Returns how many messages."""
    released = session.execute(
        text("""
            UPDATE message SET next_at = clock_timestamp(), is_outage = false
             WHERE message_id IN (
                SELECT message_id FROM message WHERE channel = :channel AND state = :pending AND is_outage
                 ORDER BY message_id FOR UPDATE SKIP LOCKED)
            RETURNING message_id
        """),
        {"channel": channel, "pending": State.PENDING},
    ).all()
    return len(released)
