"""The outbox: events as rows, written in the same transaction as the change they tell of.

`outbox_event` keeps every event for months. `outbox_delivery` holds one row per event and subscriber for as long
as that subscriber has not confirmed; an empty table means that everybody has everything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.contracts.catalog import subscribers_of
from shared.contracts.envelope import Envelope
from shared.contracts.event import Event
from shared.ids import new_id


@dataclass(frozen=True, slots=True)
class Origin:
    """What led to an event: the request of a person, or another event."""

    correlation_id: str
    causation_id: str | None = None
    traceparent: str | None = None


@dataclass(slots=True)
class OutboxBuffer:
    """The events of one transaction, kept until its end so that they are written in three statements, not 3 n."""

    service: str
    events: list[tuple[Event, Origin]] = field(default_factory=list)

    def write(self, session: Session) -> None:
        """Append the events and their deliveries. Streams are locked in key order, so two writers never deadlock."""
        if not self.events:
            return
        counts = Counter(event.subject for event, _ in self.events)
        rows = session.execute(
            _ADVANCE_STREAMS, {"subjects": sorted(counts), "counts": [counts[key] for key in sorted(counts)]}
        ).all()
        next_sequence = {row.subject: row.sequence - counts[row.subject] + 1 for row in rows}
        envelopes = []
        for event, origin in self.events:
            envelopes.append(self._envelope(event, origin, next_sequence[event.subject], rows[0].now))
            next_sequence[event.subject] += 1
        session.execute(_APPEND_EVENTS, _columns_of(envelopes))
        deliveries = [
            (envelope.id, subscriber)
            for envelope, (event, _) in zip(envelopes, self.events, strict=True)
            for subscriber in subscribers_of(type(event))
        ]
        session.execute(
            _APPEND_DELIVERIES,
            {"ids": [row[0] for row in deliveries], "subscribers": [row[1] for row in deliveries]},
        )
        self.events.clear()

    def _envelope(self, event: Event, origin: Origin, sequence: int, now: datetime) -> Envelope:
        return Envelope(
            id=new_id(),
            source=self.service,
            type=event.TYPE,
            version=event.VERSION,
            subject=event.subject,
            sequence=sequence,
            time=now,
            correlation_id=origin.correlation_id,
            causation_id=origin.causation_id,
            traceparent=origin.traceparent,
            data=event.to_data(),
        )


def _columns_of(envelopes: list[Envelope]) -> dict[str, list[Any]]:
    return {
        "ids": [envelope.id for envelope in envelopes],
        "subjects": [envelope.subject for envelope in envelopes],
        "sequences": [envelope.sequence for envelope in envelopes],
        "types": [envelope.type for envelope in envelopes],
        "versions": [envelope.version for envelope in envelopes],
        "envelopes": [envelope.to_json() for envelope in envelopes],
    }


_ADVANCE_STREAMS = text("""
    INSERT INTO outbox_stream (subject, sequence)
    SELECT subject, count
      FROM unnest(CAST(:subjects AS uuid[]), CAST(:counts AS bigint[])) AS streams (subject, count)
     ORDER BY subject
    ON CONFLICT (subject) DO UPDATE SET sequence = outbox_stream.sequence + excluded.sequence
    RETURNING subject, sequence, clock_timestamp() AS now
""")

_APPEND_EVENTS = text("""
    INSERT INTO outbox_event (event_id, subject, sequence, type, version, envelope)
    SELECT * FROM unnest(
        CAST(:ids AS uuid[]), CAST(:subjects AS uuid[]), CAST(:sequences AS bigint[]),
        CAST(:types AS text[]), CAST(:versions AS integer[]), CAST(:envelopes AS text[]))
""")

_APPEND_DELIVERIES = text("""
    INSERT INTO outbox_delivery (event_id, subscriber)
    SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:subscribers AS text[]))
""")


@dataclass(frozen=True, slots=True)
class LeasedDelivery:
    """A delivery that this relay may publish now; `published_at` is the same for all of one lease."""

    seq: int
    event_id: UUID
    envelope: str
    published_at: datetime


def lease_fresh(session: Session, subscriber: str, *, limit: int, retry_seconds: float) -> list[LeasedDelivery]:
    """Take deliveries that were never published, by row state: a transaction that commits late is not skipped."""
    return _lease(session, _LEASE_FRESH, subscriber, limit=limit, retry_seconds=retry_seconds)


def lease_lost(
    session: Session, subscriber: str, *, limit: int, retry_seconds: float, max_retry_seconds: float,
    is_queue_empty: bool, slack_seconds: float,
) -> list[LeasedDelivery]:  # fmt: skip
    """Take published deliveries of which there is evidence that they were lost.

    Time alone is none: a consumer may be away for a day. Evidence is an empty queue, a confirmation of something
    published later (as in TCP's fast retransmit), or a very great age.
    """
    return _lease(
        session, _LEASE_LOST, subscriber, limit=limit, retry_seconds=retry_seconds,
        max_retry_seconds=max_retry_seconds, is_queue_empty=is_queue_empty, slack_seconds=slack_seconds,
    )  # fmt: skip


def _lease(session: Session, statement: Any, subscriber: str, **values: Any) -> list[LeasedDelivery]:
    rows = session.execute(statement, {"subscriber": subscriber, **values}).all()
    return [LeasedDelivery(row.seq, row.event_id, row.envelope, row.published_at) for row in rows]


_TAKE = """
    , taken AS (
        UPDATE outbox_delivery AS delivery
           SET attempts = attempts + 1,
               published_at = moment.now,
               next_at = moment.now + :retry_seconds * interval '1 second' * (0.9 + 0.2 * random())
          FROM due, moment
         WHERE delivery.seq = due.seq
        RETURNING delivery.seq, delivery.event_id, delivery.published_at
    )
    SELECT taken.seq, taken.event_id, taken.published_at, event.envelope
      FROM taken JOIN outbox_event AS event USING (event_id)
     ORDER BY taken.seq
"""

_LEASE_FRESH = text(
    """
    WITH moment AS MATERIALIZED (SELECT clock_timestamp() AS now),
    due AS MATERIALIZED (
        SELECT seq FROM outbox_delivery
         WHERE subscriber = :subscriber AND published_at IS NULL AND next_at <= (SELECT now FROM moment)
         ORDER BY seq LIMIT :limit FOR UPDATE SKIP LOCKED
    )
    """
    + _TAKE
)

_LEASE_LOST = text(
    """
    WITH moment AS MATERIALIZED (SELECT clock_timestamp() AS now),
    confirmed AS MATERIALIZED (
        SELECT coalesce(max(last_confirmed_publication), '-infinity') AS newest
          FROM relay_state WHERE subscriber = :subscriber
    ),
    due AS MATERIALIZED (
        SELECT seq FROM outbox_delivery, moment, confirmed
         WHERE subscriber = :subscriber AND published_at IS NOT NULL AND next_at <= moment.now
           AND (:is_queue_empty
                OR published_at < confirmed.newest - :slack_seconds * interval '1 second'
                OR published_at < moment.now - :max_retry_seconds * interval '1 second')
         ORDER BY published_at LIMIT :limit FOR UPDATE OF outbox_delivery SKIP LOCKED
    )
    """
    + _TAKE.replace(
        ":retry_seconds * interval",
        "least(:retry_seconds * 2 ^ least(attempts, 10), :max_retry_seconds) * interval",
    )
)


def give_back(session: Session, leased: list[LeasedDelivery], *, delay_seconds: float) -> None:
    """Return leases whose publication failed: they count as never published, and are due again after the delay."""
    session.execute(
        text("""
            UPDATE outbox_delivery
               SET attempts = greatest(attempts - 1, 0), published_at = NULL,
                   next_at = clock_timestamp() + :delay * interval '1 second'
             WHERE seq = ANY(:seqs)
        """),
        {"seqs": sorted(row.seq for row in leased), "delay": delay_seconds},
    )


def confirm(session: Session, subscriber: str, event_ids: list[UUID], published_at: datetime) -> int:
    """Forget deliveries that the subscriber holds in its inbox; returns how many were still open."""
    deleted = session.execute(
        text("""
            DELETE FROM outbox_delivery WHERE seq IN (
                SELECT seq FROM outbox_delivery WHERE subscriber = :subscriber AND event_id = ANY(:ids)
                 ORDER BY seq FOR UPDATE)
            RETURNING seq
        """),
        {"subscriber": subscriber, "ids": sorted(event_ids)},
    ).all()
    session.execute(
        text("""
            INSERT INTO relay_state (subscriber, last_confirmed_publication) VALUES (:subscriber, :published_at)
            ON CONFLICT (subscriber) DO UPDATE SET last_confirmed_publication =
                greatest(relay_state.last_confirmed_publication, excluded.last_confirmed_publication)
        """),
        {"subscriber": subscriber, "published_at": published_at},
    )
    return len(deleted)


def notice_incarnation(session: Session, subscriber: str, incarnation: str) -> int | None:
    """Compare the broker with the one last published to; if it is another, all that it held is due again.

    :returns: None when nothing changed, else how many deliveries became due.
    """
    changed = session.execute(
        text("""
            INSERT INTO relay_state (subscriber, incarnation) VALUES (:subscriber, :incarnation)
            ON CONFLICT (subscriber) DO UPDATE
               SET incarnation = excluded.incarnation,
                   resets = relay_state.resets + (relay_state.incarnation IS NOT NULL)::int
             WHERE relay_state.incarnation IS DISTINCT FROM excluded.incarnation
            RETURNING resets
        """),
        {"subscriber": subscriber, "incarnation": incarnation},
    ).one_or_none()
    if changed is None:
        return None
    freed = session.execute(
        text("""
            UPDATE outbox_delivery SET published_at = NULL, next_at = '-infinity'
             WHERE seq IN (SELECT seq FROM outbox_delivery
                            WHERE subscriber = :subscriber AND published_at IS NOT NULL ORDER BY seq FOR UPDATE)
            RETURNING seq
        """),
        {"subscriber": subscriber},
    ).all()
    return len(freed)


def subscribers_with_fresh(session: Session, subscribers: Sequence[str]) -> list[str]:
    """For whom something waits for its first publication: asked fifty times a second, one index probe each."""
    found = session.execute(
        text("""
            SELECT subscriber FROM unnest(CAST(:subscribers AS text[])) AS asked (subscriber)
             WHERE EXISTS (SELECT FROM outbox_delivery AS delivery
                            WHERE delivery.subscriber = asked.subscriber AND published_at IS NULL
                              AND next_at <= clock_timestamp())
        """),
        {"subscribers": list(subscribers)},
    ).scalars()
    return list(found)
