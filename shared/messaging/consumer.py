"""The consumer: what happens to a batch of events on arrival, and to those that failed before.

Store, confirm, apply. *Stored* is what the producer is told; whether a handler likes the event is this service's
own business, so one bad event delays nobody: the batch is applied in one transaction, and if that fails each event
gets its own. A database that is away is waited for with the batch in hand: as long as this worker takes nothing
more from the queue, the queue is not empty, and the producer sees no reason to publish again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from threading import Event as Flag
from time import monotonic, perf_counter
from uuid import UUID

import structlog
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from shared.contracts.catalog import contract_of
from shared.contracts.envelope import Envelope, read_members
from shared.contracts.event import ContractError
from shared.db.absence import is_away
from shared.messaging import inbox
from shared.messaging.anti_entropy_check import differing_days
from shared.messaging.broker import Broker, BrokerError
from shared.messaging.handlers import Handlers
from shared.messaging.instruments import ConsumerInstruments
from shared.messaging.retry import Decision, NotYet, RetryPolicy, UnknownEventError
from shared.messaging.signing import Signatures
from shared.messaging.work import UnitsOfWork
from shared.observability.correlation import correlated
from shared.observability.logging import mask_personal_data
from shared.observability.tracing import span_of
from shared.settings import DeliverySettings

log = structlog.get_logger()

_DATABASE_POLL_SECONDS = 0.25


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
            envelopes, unreadable = read_members(batch)
        except ContractError as error:
            self._quarantine(source, str(error), batch)
            return
        for member in unreadable:
            self._quarantine(source, member.reason, member.text)
        mine = [envelope for envelope in envelopes if not self._is_forged(envelope, source)]
        known = {envelope.id for envelope in mine if self._handlers.knows(envelope)}
        new = self._store(mine, known)
        self._confirm(source, published_at, [envelope.id for envelope in mine])
        self._instruments.received(mine, new=new, known=known)
        self._apply_new([envelope for envelope in mine if envelope.id in new])

    def compare(self, source: str, made_at: str, digests: str, signature: str) -> None:
        """Compare what `source` says it published with what is here, and ask for the days that differ."""
        if not self._signatures.is_valid(source, "digests", f"{made_at}\n{digests}", signature):
            self._quarantine(source, "the signature is not valid", digests)
            return
        try:
            days = differing_days(self._database, source, digests)
        except ContractError as error:
            self._quarantine(source, str(error), digests)
            return
        self._instruments.compared(source, is_equal=not days)
        if days:
            log.warning("inbox_differs", source=source, days=[day.isoformat() for day in days])
            try:
                self._broker.send_missing(source, days)
            except BrokerError as error:
                log.warning("missing_days_not_asked_for", source=source, error=type(error).__name__)  # next night

    def sweep(self, limit: int = 20) -> int:
        """Try again what is due; returns how many events were looked at.

        One by one: an event that kills its process must not use up the attempts of those taken along with it.
        """
        for looked_at in range(limit):
            if not self.sweep_one():
                return looked_at
        return limit

    def sweep_one(self) -> bool:
        """Try again the event that has been due longest; False when none is due."""
        with self._database.transaction() as session:
            due = inbox.take_due(session, lease_seconds=self._settings.inbox_lease_seconds)
        if due is None:
            return False
        if due.attempts > self._settings.max_attempts:
            # Its last attempt never came to an end: it took its process with it, so it must not get another.
            self._postpone(
                due.envelope, due.attempts, timedelta(0), AttemptVanishedError("its process did not survive")
            )
        else:
            self._apply_alone(due.envelope, due.attempts, due.now - due.received_at)
        return True

    def release_known(self) -> int:
        """Let events be handled that an older release did not know; returns how many."""
        with self._database.transaction() as session:
            return inbox.release_known(session, sorted(self._handlers.known_types))

    def close(self) -> None:
        """Close the connections of this process."""
        self._broker.close()
        self._database.dispose()

    def _is_forged(self, envelope: Envelope, signer: str) -> bool:
        """Whether a peer that holds a valid key speaks for another, or says what is not its to say."""
        contract = contract_of(envelope.type, envelope.version)
        if envelope.source == signer and (contract is None or signer in contract.producers):
            return False
        self._quarantine(signer, f"{signer} may not publish this", envelope.to_json())
        return True

    def _store(self, envelopes: Sequence[Envelope], known: set[UUID]) -> set[UUID]:
        """Keep the events in the inbox, waiting for the database if it is away; returns the new ones."""
        give_up_at = monotonic() + self._settings.hold_seconds
        while True:
            try:
                with self._database.transaction() as session:
                    return inbox.store(
                        session, envelopes, known=known, lease_seconds=self._settings.inbox_lease_seconds
                    )
            except SQLAlchemyError as error:
                if not is_away(error) or monotonic() > give_up_at:
                    raise
                log.warning("batch_held", error=describe(error))
                Flag().wait(_DATABASE_POLL_SECONDS)

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
        elif isinstance(error, (NotYet, UnknownEventError)):
            log.info("event_deferred", reason=str(error), **values)
        else:
            log.warning("event_failed", error=describe(error), delay_seconds=decision.delay.total_seconds(), **values)

    def _confirm(self, source: str, published_at: str, event_ids: list[UUID]) -> None:
        try:
            self._broker.send_confirmation(source, published_at, event_ids)
        except BrokerError as error:
            # Nothing to do: the producer will publish again, and the inbox will know the events.
            log.info("confirmation_lost", source=source, error=type(error).__name__)

    def _quarantine(self, source: str, reason: str, body: str) -> None:
        with self._database.transaction() as session:
            inbox.quarantine(session, source=source, reason=reason, body=body)
        self._instruments.quarantined()
        log.error("batch_quarantined", source=source, reason=reason)


class AttemptVanishedError(Exception):
    """An attempt began and never ended: the process died or hung, and no exception says why."""


def describe(error: BaseException) -> str:
    """An error as operators see it, without personal data: not even the values that a database error quotes."""
    if isinstance(error, DBAPIError):
        return f"{type(error).__name__}: {type(error.orig).__name__}"
    return mask_personal_data(f"{type(error).__name__}: {error}")
