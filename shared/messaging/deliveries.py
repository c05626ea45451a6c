"""What is still owed to whom: the rows of `outbox_delivery`, and the evidence that something was lost.

A delivery is *fresh* until it is leased for its first publication, then *published*, and gone when its subscriber
confirmed it. It is published again only on evidence that it was lost, because time alone is none: a subscriber may
be away for a day, and its queue holds everything. The evidence is, from certain to likely:

* the broker is not the one we published to (its content went with it): due at once;
* the subscriber confirmed something published later, as in TCP's fast retransmit;
* the subscriber's queue is empty.

The last two may also mean "in work at this moment", so they wait for the delivery's pause to pass. A subscriber
that is only away while others keep its queue from ever looking empty is settled by a *probe*: an empty batch whose
confirmation overtakes whatever was lost before it (TCP's tail loss probe).

Locks are taken in one order everywhere: the subscriber's `relay_state`, then its deliveries by event. All times are
the database's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.db.bulk import id_array


@dataclass(frozen=True, slots=True)
class LeasedDelivery:
    """A delivery that this relay may publish now; `published_at` is the same for all of one lease."""

    subscriber: str
    event_id: UUID
    envelope: str
    published_at: datetime


def subscribers_with_fresh(session: Session, subscribers: Sequence[str]) -> list[str]:
    """For whom something waits for its first publication: asked fifty times a second, one index probe each."""
    found = session.execute(
        text("""
            SELECT subscriber FROM unnest(CAST(:subscribers AS text[])) AS asked (subscriber)
             WHERE (SELECT seq FROM outbox_delivery AS delivery
                     WHERE delivery.subscriber = asked.subscriber AND published_at IS NULL
                       AND next_at <= (SELECT clock_timestamp())
                     ORDER BY seq LIMIT 1) IS NOT NULL
        """),
        {"subscribers": list(subscribers)},
    ).scalars()
    return list(found)


def lease_fresh(session: Session, subscriber: str, *, limit: int, retry_seconds: float) -> list[LeasedDelivery]:
    """Take deliveries that were never published, by row state: a transaction that commits late is not skipped."""
    return _lease(session, _LEASE_FRESH, subscriber, limit=limit, pause=retry_seconds, longest_pause=retry_seconds)


def lease_lost(
    session: Session, subscriber: str, *, limit: int, retry_seconds: float, max_retry_seconds: float,
    is_queue_empty: bool, slack_seconds: float,
) -> list[LeasedDelivery]:  # fmt: skip
    """Take published deliveries of which there is evidence that they were lost.

    :param retry_seconds: the pause after a publication; doubled at each further one, up to `max_retry_seconds`.
    :param slack_seconds: how much later something else must have been published, and confirmed, to overtake.
    """
    return _lease(
        session, _LEASE_LOST, subscriber, limit=limit, pause=retry_seconds, longest_pause=max_retry_seconds,
        is_queue_empty=is_queue_empty, slack=slack_seconds,
    )  # fmt: skip


def _lease(session: Session, statement: Any, subscriber: str, **values: Any) -> list[LeasedDelivery]:
    rows = session.execute(statement, {"subscriber": subscriber, **values}).all()
    return [LeasedDelivery(subscriber, row.event_id, row.envelope, row.published_at) for row in rows]


_TAKE = """
    , taken AS (
        UPDATE outbox_delivery AS delivery
           SET attempts = attempts + 1,
               published_at = moment.now,
               next_at = moment.now + least(:pause * 2 ^ least(attempts, 10), :longest_pause)
                         * (0.9 + 0.2 * random()) * interval '1 second'
          FROM due, moment
         WHERE delivery.subscriber = :subscriber AND delivery.event_id = due.event_id
        RETURNING delivery.seq, delivery.event_id, delivery.published_at
    )
    SELECT taken.seq, taken.event_id, taken.published_at, event.envelope
      FROM taken JOIN outbox_event AS event USING (event_id)
     ORDER BY taken.seq
"""

_DUE_FRESH = """
    WITH moment AS MATERIALIZED (SELECT clock_timestamp() AS now),
    due AS MATERIALIZED (
        SELECT event_id FROM outbox_delivery
         WHERE subscriber = :subscriber AND published_at IS NULL AND next_at <= (SELECT now FROM moment)
         ORDER BY seq LIMIT :limit FOR UPDATE SKIP LOCKED
    )
"""

# Every bound is a scalar, so that the index on (subscriber, published_at) ends the search where the evidence ends:
# with nothing lost and half a million deliveries out, this reads no row.
_DUE_LOST = """
    WITH moment AS MATERIALIZED (SELECT clock_timestamp() AS now),
    evidence AS MATERIALIZED (
        SELECT coalesce(max(lost_before), '-infinity') AS lost_before,
               CASE WHEN :is_queue_empty THEN 'infinity'
                    ELSE coalesce(max(last_confirmed_publication), '-infinity') - :slack * interval '1 second'
               END AS overtaken_before
          FROM relay_state WHERE subscriber = :subscriber
    ),
    due AS MATERIALIZED (
        SELECT event_id FROM outbox_delivery
         WHERE subscriber = :subscriber AND published_at IS NOT NULL
           AND published_at < (SELECT greatest(lost_before, overtaken_before) FROM evidence)
           AND (published_at < (SELECT lost_before FROM evidence) OR next_at <= (SELECT now FROM moment))
         ORDER BY published_at LIMIT :limit FOR UPDATE SKIP LOCKED
    )
"""

_LEASE_FRESH, _LEASE_LOST = text(_DUE_FRESH + _TAKE), text(_DUE_LOST + _TAKE)


def give_back(session: Session, leased: Sequence[LeasedDelivery], *, delay_seconds: float) -> None:
    """Return leases whose publication failed: they count as never published, and are due again after the delay.

    What another relay leased in the meantime is left to it.
    """
    session.execute(
        text("""
            UPDATE outbox_delivery
               SET attempts = greatest(attempts - 1, 0), published_at = NULL,
                   next_at = clock_timestamp() + :delay * interval '1 second'
             WHERE subscriber = :subscriber AND event_id IN (
                SELECT event_id FROM outbox_delivery
                 WHERE subscriber = :subscriber AND event_id = ANY(CAST(:ids AS uuid[]))
                   AND published_at = :published_at
                 ORDER BY event_id FOR UPDATE)
        """),
        {
            "subscriber": leased[0].subscriber,
            "ids": id_array(row.event_id for row in leased),
            "published_at": leased[0].published_at,
            "delay": delay_seconds,
        },
    )


def confirm(session: Session, subscriber: str, event_ids: Sequence[UUID], published_at: datetime) -> int:
    """Forget deliveries that the subscriber holds in its inbox; returns how many were still open.

    :param published_at: when the confirmed message was published; a time to come is taken for the present one.
    """
    session.execute(
        text("""
            INSERT INTO relay_state (subscriber, last_confirmed_publication)
            VALUES (:subscriber, least(:published_at, clock_timestamp()))
            ON CONFLICT (subscriber) DO UPDATE SET last_confirmed_publication =
                greatest(relay_state.last_confirmed_publication, excluded.last_confirmed_publication)
        """),
        {"subscriber": subscriber, "published_at": published_at},
    )
    deleted = session.execute(
        text("""
            DELETE FROM outbox_delivery WHERE subscriber = :subscriber AND event_id IN (
                SELECT event_id FROM outbox_delivery
                 WHERE subscriber = :subscriber AND event_id = ANY(CAST(:ids AS uuid[]))
                 ORDER BY event_id FOR UPDATE)
            RETURNING seq
        """),
        {"subscriber": subscriber, "ids": id_array(event_ids)},
    ).all()
    return len(deleted)


def notice_incarnation(session: Session, subscriber: str, incarnation: str) -> bool:
    """Compare the broker with the one last published to; if it is another, all that it held counts as lost.

    One row is written, however much was lost; `lease_lost` then finds it.
    """
    changed = session.execute(
        text("""
            INSERT INTO relay_state (subscriber, incarnation) VALUES (:subscriber, :incarnation)
            ON CONFLICT (subscriber) DO UPDATE
               SET incarnation = excluded.incarnation,
                   lost_before = clock_timestamp(),
                   resets = relay_state.resets + (relay_state.incarnation IS NOT NULL)::int
             WHERE relay_state.incarnation IS DISTINCT FROM excluded.incarnation
            RETURNING lost_before
        """),
        {"subscriber": subscriber, "incarnation": incarnation},
    ).one_or_none()
    return changed is not None and changed.lost_before is not None


def take_probe(session: Session, subscriber: str, *, after_seconds: float) -> datetime | None:
    """Whether to send an empty batch now, and the moment to date it.

    The first goes out when the oldest published delivery is `after_seconds` old; further ones ever more rarely, as
    the silence grows, so that a subscriber that is away for a day finds a dozen of them and not a thousand.
    """
    probed_at: datetime | None = session.execute(
        text("""
            UPDATE relay_state SET probed_at = clock_timestamp()
              FROM (SELECT clock_timestamp() AS now,
                           (SELECT min(published_at) FROM outbox_delivery
                             WHERE subscriber = :subscriber AND published_at IS NOT NULL) AS oldest) AS owed
             WHERE subscriber = :subscriber AND oldest < now - :after * interval '1 second'
               AND coalesce(probed_at, '-infinity') < now - greatest(:after * interval '1 second', (now - oldest) / 2)
            RETURNING probed_at
        """),
        {"subscriber": subscriber, "after": after_seconds},
    ).scalar_one_or_none()
    return probed_at
