"""The state of delivery, read from the rows at every scrape: what waits, and for how long.

Freshness, not "the process is up": a relay that runs and publishes nothing shows in the age of the oldest row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import structlog
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from shared.contracts.catalog import peers_of
from shared.messaging.broker import BrokerError

if TYPE_CHECKING:
    from shared.messaging.processes import Parts

log = structlog.get_logger()


class DeliveryCollector(Collector):
    """Gauges of one service's outbox, inbox, timers, queues and processes; served by its clock."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._peers = list(peers_of(parts.settings.service))
        self._prefix = f"ventanilla_{parts.settings.service}_"

    def describe(self) -> Iterable[Metric]:
        """Nothing at registration: describing would mean asking the database."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Ask the database and the broker; what does not answer is left out of this scrape."""
        try:
            with self._parts.database.transaction() as session:
                metrics = [self._rows(session, *question) for question in _QUESTIONS]
        except SQLAlchemyError as error:
            log.warning("scrape_failed", error=error.__class__.__name__)
            return
        yield from metrics
        try:
            yield self._queues()
            yield GaugeMetricFamily(
                self._prefix + "broker_quarantined",
                "Malformed messages that the workers set aside in the broker.",
                float(self._parts.broker.quarantined()),
            )
        except BrokerError as error:
            log.warning("scrape_failed", error=error.__class__.__name__)

    def _rows(self, session: Session, name: str, help_text: str, labels: list[str], query: str) -> Metric:
        family = GaugeMetricFamily(self._prefix + name, help_text, labels=labels)
        values = {"peers": self._peers} if ":peers" in query else {}
        for row in session.execute(text(query), values).all():
            *of_labels, value = row
            family.add_metric([str(label) for label in of_labels], float(value))
        return family

    def _queues(self) -> Metric:
        family = GaugeMetricFamily(
            self._prefix + "queue_messages", "Messages waiting in the broker, by subscriber.", labels=["subscriber"]
        )
        for subscriber in self._peers:
            family.add_metric([subscriber], float(self._parts.broker.queue_length(subscriber)))
        return family


_QUESTIONS: tuple[tuple[str, str, list[str], str], ...] = (
    (
        "outbox_unpublished",
        "Deliveries not yet handed to the broker.",
        ["subscriber"],
        """
        SELECT subscriber, (SELECT count(*) FROM outbox_delivery AS delivery
                             WHERE delivery.subscriber = peer.subscriber AND published_at IS NULL)
          FROM unnest(CAST(:peers AS text[])) AS peer (subscriber)
        """,
    ),
    (
        "outbox_unconfirmed",
        "Deliveries published and not yet confirmed.",
        ["subscriber"],
        """
        SELECT subscriber, (SELECT count(*) FROM outbox_delivery AS delivery
                             WHERE delivery.subscriber = peer.subscriber AND published_at IS NOT NULL)
          FROM unnest(CAST(:peers AS text[])) AS peer (subscriber)
        """,
    ),
    (
        "outbox_oldest_seconds",
        "Age of the oldest delivery that is not confirmed; 0 when all are.",
        ["subscriber"],
        """
        SELECT subscriber, coalesce(extract(epoch FROM clock_timestamp() - (
                SELECT event.created_at
                  FROM (SELECT event_id FROM outbox_delivery AS delivery
                         WHERE delivery.subscriber = peer.subscriber ORDER BY event_id LIMIT 1) AS oldest
                  JOIN outbox_event AS event USING (event_id))), 0)
          FROM unnest(CAST(:peers AS text[])) AS peer (subscriber)
        """,
    ),
    (
        "inbox_events",
        "Events in the inbox that are not applied, by status.",
        ["status"],
        """
        SELECT status, count(event_id)
          FROM unnest(ARRAY['pending', 'waiting', 'dead', 'unknown']) AS wanted (status)
          LEFT JOIN (SELECT status, event_id FROM inbox WHERE status IN ('pending', 'waiting')
                      UNION ALL
                     SELECT status, event_id FROM inbox WHERE status IN ('dead', 'unknown')) AS open USING (status)
         GROUP BY 1
        """,
    ),
    (
        "inbox_oldest_seconds",
        "Age of the oldest event that is neither applied nor buried.",
        [],
        """
        SELECT coalesce(max(extract(epoch FROM clock_timestamp() - received_at)), 0)
          FROM inbox WHERE status IN ('pending', 'waiting')
        """,
    ),
    (
        "timers_overdue_seconds",
        "How long the timer that has been due longest has waited, attempts that failed included.",
        [],
        """
        SELECT greatest(coalesce(extract(epoch FROM clock_timestamp() - min(due_at)), 0), 0)
          FROM timer WHERE state = 'armed'
        """,
    ),
    ("quarantined_batches", "Batches or events in quarantine.", [], "SELECT count(*) FROM quarantine"),
    (
        "process_heartbeat_age_seconds",
        "Time since a process last said that it works.",
        ["instance", "kind"],
        """
        SELECT instance, kind, extract(epoch FROM clock_timestamp() - seen_at) FROM process_heartbeat
         WHERE seen_at > clock_timestamp() - interval '1 day'
        """,
    ),
    (
        "broker_resets_seen",
        "How often the broker was found to have lost its content.",
        [],
        "SELECT coalesce(max(resets), 0) FROM relay_state",
    ),
)
