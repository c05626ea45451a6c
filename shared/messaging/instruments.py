"""The numbers of event delivery. See docs/runbook.md for what each tells an operator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from uuid import UUID

from shared.contracts.envelope import Envelope
from shared.messaging.deliveries import LeasedDelivery
from shared.messaging.retry import Decision
from shared.observability.metrics import AGE_BUCKETS, counter, histogram


class RelayInstruments:
    """What a relay counts."""

    def __init__(self, service: str) -> None:
        self._published = counter(
            service, "events_published", "Deliveries handed to the broker.", "subscriber", "again"
        )
        self._confirmed = counter(service, "events_confirmed", "Deliveries confirmed.", "subscriber")
        self._changed = counter(service, "broker_changes", "Times the broker's content was found to be lost.")
        self._paused = counter(service, "relay_pauses", "Ticks that failed for want of broker or database.")
        self._capped = counter(service, "relay_capped", "Ticks held back by a full queue.", "subscriber")

    def published(self, subscriber: str, leased: Sequence[LeasedDelivery], *, is_again: bool) -> None:
        """A lease was pushed."""
        self._published.labels(subscriber, "yes" if is_again else "no").inc(len(leased))

    def confirmed(self, subscriber: str, count: int) -> None:
        """Deliveries were closed."""
        self._confirmed.labels(subscriber).inc(count)

    def broker_changed(self) -> None:
        """Another broker answered than before."""
        self._changed.inc()

    def paused(self) -> None:
        """A tick failed."""
        self._paused.inc()

    def capped(self, subscriber: str) -> None:
        """A queue was full."""
        self._capped.labels(subscriber).inc()


class ConsumerInstruments:
    """What a consumer counts."""

    def __init__(self, service: str) -> None:
        self._received = counter(service, "events_received", "Events that arrived.", "type", "outcome")
        self._applied = counter(service, "events_applied", "Events applied.", "type")
        self._postponed = counter(service, "events_postponed", "Events not applied yet.", "type", "status")
        self._quarantined = counter(
            service, "batches_quarantined", "Batches or events that could not be trusted or read."
        )
        self._compared = counter(
            service, "digests_compared", "Nightly comparisons with a producer.", "source", "outcome"
        )
        self._handling = histogram(service, "event_handling_seconds", "Time to apply an event, batch time shared.")
        self._delay = histogram(
            service, "event_delay_seconds", "From the fact to its effect here.", buckets=AGE_BUCKETS
        )

    def received(self, envelopes: Iterable[Envelope], *, new: set[UUID], known: set[UUID]) -> None:
        """A batch was stored."""
        outcomes = Counter(
            (
                envelope.type if envelope.id in known else "unknown",
                "new" if envelope.id in new else "duplicate" if envelope.id in known else "unknown",
            )
            for envelope in envelopes
        )
        for (event_type, outcome), count in outcomes.items():
            self._received.labels(event_type, outcome).inc(count)

    def applied(self, envelopes: Sequence[Envelope], seconds: float) -> None:
        """Events were applied together in `seconds`."""
        now = datetime.now(UTC)
        for envelope in envelopes:
            self._applied.labels(envelope.type).inc()
            self._handling.observe(seconds / len(envelopes))
            self._delay.observe(max((now - envelope.time).total_seconds(), 0))

    def postponed(self, envelope: Envelope, decision: Decision) -> None:
        """An event failed, waits, or was buried."""
        self._postponed.labels(envelope.type, decision.status).inc()

    def quarantined(self) -> None:
        """A batch was set aside."""
        self._quarantined.inc()

    def compared(self, source: str, *, is_equal: bool) -> None:
        """A producer's digests were compared with the inbox."""
        self._compared.labels(source, "equal" if is_equal else "different").inc()
