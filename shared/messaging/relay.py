"""The relay: from the outbox to the broker, and from the confirmations back to the outbox.

Two relays on one outbox are safe: a delivery is leased to one of them (`SKIP LOCKED`), and a lease that comes to
nothing runs out. No row is locked while Redis is spoken to; a crash between the two is a delay, never a loss.
"""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event as Flag
from time import monotonic

import structlog
from sqlalchemy.exc import SQLAlchemyError

from shared.contracts.catalog import peers_of
from shared.contracts.envelope import batch_of
from shared.db.database import Database
from shared.messaging import outbox
from shared.messaging.broker import Broker, BrokerError
from shared.messaging.instruments import RelayInstruments
from shared.messaging.outbox import LeasedDelivery
from shared.settings import DeliverySettings

log = structlog.get_logger()

LEASE_SIZE = 1000
BATCH_SIZE = 100
BATCH_BYTES = 256 * 1024
_CONFIRMATIONS_A_TICK = 500
_LOSS_CHECK_SECONDS = 1.0
_BUSY_SECONDS = 30.0
_SHORTEST_BREAK, _LONGEST_BREAK = 0.3, 5.0
_GIVE_BACK_SECONDS = 1.0


class Relay:
    """Publishes one service's events."""

    def __init__(self, service: str, database: Database, broker: Broker, settings: DeliverySettings) -> None:
        self._service = service
        self._database = database
        self._broker = broker
        self._settings = settings
        self._subscribers = peers_of(service)
        self._instruments = RelayInstruments(service)
        self._next_loss_check = 0.0

    def run(self, stop: Flag) -> None:
        """Tick until told to stop; a broker or a database that is away is waited for, with growing patience."""
        pause, busy_until = _SHORTEST_BREAK, 0.0
        while not stop.is_set():
            try:
                if self.tick():
                    busy_until = monotonic() + _BUSY_SECONDS
                pause = _SHORTEST_BREAK
                is_busy = monotonic() < busy_until
                stop.wait(self._settings.relay_poll_seconds if is_busy else self._settings.relay_idle_poll_seconds)
            except (BrokerError, SQLAlchemyError) as error:
                log.warning("relay_paused", error=repr(error.__class__.__name__), seconds=pause)
                self._instruments.paused()
                stop.wait(pause)
                pause = min(pause * 2, _LONGEST_BREAK)

    def tick(self) -> int:
        """Read confirmations and publish what is due; returns how many events moved.

        :raises BrokerError: the broker did not answer; what was leased has been given back.
        """
        moved = self._take_confirmations()
        if monotonic() >= self._next_loss_check:
            self._notice_incarnation()
            self._next_loss_check = monotonic() + _LOSS_CHECK_SECONDS
            for subscriber in self._subscribers:
                moved += self._publish_lost(subscriber)
        with self._database.transaction() as session:
            waiting = outbox.subscribers_with_fresh(session, self._subscribers)
        return moved + sum(self._publish_fresh(subscriber) for subscriber in waiting)

    def _notice_incarnation(self) -> None:
        incarnation = self._broker.incarnation()
        for subscriber in self._subscribers:
            with self._database.transaction() as session:
                freed = outbox.notice_incarnation(session, subscriber, incarnation)
            if freed is not None:
                log.warning("broker_changed", subscriber=subscriber, due_again=freed)
                self._instruments.broker_changed()

    def _take_confirmations(self) -> int:
        confirmations = self._broker.receive_confirmations(_CONFIRMATIONS_A_TICK)
        for confirmation in confirmations:
            with self._database.transaction() as session:
                closed = outbox.confirm(
                    session, confirmation.subscriber, confirmation.event_ids, confirmation.published_at
                )
            self._instruments.confirmed(confirmation.subscriber, closed)
        return len(confirmations)

    def _publish_fresh(self, subscriber: str) -> int:
        if self._broker.queue_length(subscriber) >= self._settings.queue_message_cap:
            # The subscriber is away or slow. What it has not got stays here, where there is room for years.
            self._instruments.capped(subscriber)
            return 0
        with self._database.transaction() as session:
            leased = outbox.lease_fresh(
                session, subscriber, limit=LEASE_SIZE, retry_seconds=self._settings.republish_after_seconds
            )
        self._publish(subscriber, leased, is_again=False)
        return len(leased)

    def _publish_lost(self, subscriber: str) -> int:
        is_queue_empty = self._broker.queue_length(subscriber) == 0
        with self._database.transaction() as session:
            leased = outbox.lease_lost(
                session,
                subscriber,
                limit=LEASE_SIZE,
                retry_seconds=self._settings.republish_after_seconds,
                max_retry_seconds=self._settings.republish_at_most_every_seconds,
                is_queue_empty=is_queue_empty,
                slack_seconds=self._settings.confirm_slack_seconds,
            )
        self._publish(subscriber, leased, is_again=True)
        return len(leased)

    def _publish(self, subscriber: str, leased: list[LeasedDelivery], *, is_again: bool) -> None:
        if not leased:
            return
        try:
            batches = [batch_of(row.envelope for row in group) for group in group_for_messages(leased)]
            self._broker.publish(subscriber, leased[0].published_at, batches)
        except BrokerError:
            with self._database.transaction() as session:
                outbox.give_back(session, leased, delay_seconds=_GIVE_BACK_SECONDS)
            raise
        self._instruments.published(subscriber, leased, is_again=is_again)


def group_for_messages(leased: list[LeasedDelivery]) -> Iterator[list[LeasedDelivery]]:
    """Cut leased deliveries into messages of at most 100 events and about 256 KiB."""
    group: list[LeasedDelivery] = []
    size = 0
    for row in leased:
        if group and (len(group) == BATCH_SIZE or size + len(row.envelope) > BATCH_BYTES):
            yield group
            group, size = [], 0
        group.append(row)
        size += len(row.envelope)
    if group:
        yield group
