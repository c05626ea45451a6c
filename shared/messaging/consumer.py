"""The consumer: what happens to a batch of events on arrival, and to those that failed before.

Store, apply, confirm. *Stored* is what the producer is told; whether a handler likes the event is this service's
own business, so one bad event delays nobody: the batch is applied in one transaction, and if that fails each event
gets its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from time import perf_counter
from uuid import UUID

import structlog
from sqlalchemy.exc import DBAPIError

from shared.contracts.envelope import Envelope, read_batch
from shared.contracts.event import ContractError
from shared.messaging import inbox
from shared.messaging.broker import Broker, BrokerError
from shared.messaging.handlers import Handlers
from shared.messaging.instruments import ConsumerInstruments
from shared.messaging.retry import Decision, NotYet, RetryPolicy
from shared.messaging.signing import Signatures
from shared.messaging.work import UnitsOfWork
from shared.observability.correlation import correlated
from shared.observability.tracing import span_of
from shared.settings import DeliverySettings

log = structlog.get_logger()


class Consumer:
    """Receives events for one service."""

    def __init__(
        self, units: UnitsOfWork, handlers: Handlers, broker: Broker, signatures: Signatures, settings: DeliverySettings
    ) -> None:
        self._units = units
        self._database = units.database
        self._handlers = handlers
        self._broker = broker
        self._signatures = signatures
        self._settings = settings
        self._policy = RetryPolicy(max_attempts=settings.max_attempts)
        self._instruments = ConsumerInstruments(units.service)

    def deliver(self, source: str, published_at: str, batch: str, signature: str) -> None:
        """Take in one published batch. Delivering it again, whole or in part, changes nothing."""
        if not self._signatures.is_valid(source, "events", f"{published_at}\n{batch}", signature):
            self._quarantine(source, "the signature is not valid", batch)
            return
        try:
            envelopes = read_batch(batch)
        except ContractError as error:
            self._quarantine(source, str(error), batch)
            return
        known = {envelope.id for envelope in envelopes if self._handlers.knows(envelope)}
        with self._database.transaction() as session:
            new = inbox.store(session, envelopes, known=known, lease_seconds=self._settings.inbox_lease_seconds)
        self._instruments.received(envelopes, new=new, known=known)
        try:
            self._apply_new([envelope for envelope in envelopes if envelope.id in new])
        finally:
            self._confirm(source, published_at, [envelope.id for envelope in envelopes])

    def sweep(self, limit: int = 20) -> int:
        """Try again what is due; returns how many events were looked at.

        One by one: an event that kills its process must not use up the attempts of those taken along with it.
        """
        for looked_at in range(limit):
            with self._database.transaction() as session:
                due = inbox.take_due(session, lease_seconds=self._settings.inbox_lease_seconds)
            if due is None:
                return looked_at
            self._apply_alone(due.envelope, due.attempts, due.now - due.received_at)
        return limit

    def release_known(self) -> int:
        """Handle what an older release did not know; called once at start."""
        known = [(c.event.TYPE, c.event.VERSION) for c in self._handlers.subscriptions]
        with self._database.transaction() as session:
            return inbox.release_known(session, known)

    def close(self) -> None:
        """Close the connections of this process."""
        self._broker.close()
        self._database.dispose()

    def _apply_new(self, envelopes: Sequence[Envelope]) -> None:
        if len(envelopes) == 1:
            self._apply_alone(envelopes[0], 1, timedelta(0))
        if len(envelopes) <= 1:
            return
        try:
            self._apply_together(sorted(envelopes, key=lambda envelope: envelope.id))
        except Exception as error:  # noqa: BLE001 - the batch is only a shortcut; each event is judged alone below
            log.info("event_batch_split", size=len(envelopes), error=describe(error))
            for envelope in envelopes:
                self._apply_alone(envelope, 1, timedelta(0))

    def _apply_together(self, envelopes: Sequence[Envelope]) -> None:
        started = perf_counter()
        with self._units.begin() as work:
            mine = inbox.claim(work.session, [envelope.id for envelope in envelopes], attempts=1)
            for envelope in envelopes:
                if envelope.id in mine:
                    with correlated(envelope.correlation_id, event_id=str(envelope.id)), span_of(envelope):
                        self._handlers.handle(envelope, work)
            inbox.wake_waiting(work.session, [envelope.subject for envelope in envelopes])
        self._instruments.applied([e for e in envelopes if e.id in mine], perf_counter() - started)

    def _apply_alone(self, envelope: Envelope, attempts: int, age: timedelta) -> None:
        started = perf_counter()
        with correlated(envelope.correlation_id, event_id=str(envelope.id)), span_of(envelope):
            try:
                with self._units.begin() as work:
                    if not inbox.claim(work.session, [envelope.id], attempts=attempts):
                        return
                    self._handlers.handle(envelope, work)
                    inbox.wake_waiting(work.session, [envelope.subject])
                self._instruments.applied([envelope], perf_counter() - started)
            except Exception as error:  # noqa: BLE001 - whatever a handler raises is decided on here, once
                self._postpone(envelope, attempts, age, error)

    def _postpone(self, envelope: Envelope, attempts: int, age: timedelta, error: Exception) -> None:
        decision = self._policy.decide(error, attempts=attempts, age=age)
        with self._database.transaction() as session:
            inbox.postpone(
                session,
                envelope.id,
                attempts=attempts,
                status=decision.status,
                delay=decision.delay,
                error=describe(error),
                is_charged=decision.spends_attempt,
            )
        self._instruments.postponed(envelope, decision)
        self._log_postponed(envelope, attempts, decision, error)

    def _log_postponed(self, envelope: Envelope, attempts: int, decision: Decision, error: Exception) -> None:
        values = {"type": envelope.type, "attempts": attempts, "subject": str(envelope.subject)}
        if decision.status == "dead":
            log.error("event_buried", error=describe(error), exc_info=error, **values)
        elif isinstance(error, NotYet):
            log.info("event_deferred", reason=str(error), **values)
        else:
            log.warning("event_failed", error=describe(error), delay_seconds=decision.delay.total_seconds(), **values)

    def _confirm(self, source: str, published_at: str, event_ids: list[UUID]) -> None:
        try:
            self._broker.send_confirmation(source, published_at, event_ids)
        except BrokerError as error:
            # Nothing to do: the producer will publish again, and the inbox will know the events.
            log.info("confirmation_lost", source=source, error=repr(error))

    def _quarantine(self, source: str, reason: str, body: str) -> None:
        with self._database.transaction() as session:
            inbox.quarantine(session, source=source, reason=reason, body=body)
        self._instruments.quarantined()
        log.error("batch_quarantined", source=source, reason=reason)


def describe(error: BaseException) -> str:
    """An error as operators see it, without the values that a database error quotes (they may be personal data)."""
    if isinstance(error, DBAPIError):
        return f"{type(error).__name__}: {type(error.orig).__name__}"
    return f"{type(error).__name__}: {error}"
