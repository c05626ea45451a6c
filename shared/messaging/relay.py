"""The relay: from the outbox to the broker, and from the subscribers' replies back to the outbox.

Two relays on one outbox are safe: a delivery is leased to one of them (`SKIP LOCKED`), and a lease that comes to
nothing runs out. No row is locked while Redis is spoken to; a crash between the two is a delay, never a loss.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, time, timedelta
from threading import Event as Flag
from time import monotonic

import structlog
from sqlalchemy.exc import SQLAlchemyError

from shared.contracts.catalog import peers_of
from shared.contracts.envelope import batch_of
from shared.db.absence import is_away
from shared.db.database import Database
from shared.db.hints import Listener
from shared.messaging import anti_entropy, deliveries
from shared.messaging.broker import Broker, BrokerError, Confirmation, Missing, QueueState
from shared.messaging.celery_message import size_in_message
from shared.messaging.deliveries import LeasedDelivery
from shared.messaging.instruments import RelayInstruments
from shared.messaging.outbox import OUTBOX_CHANNEL
from shared.messaging.replay import redeliver
from shared.settings import DeliverySettings

log = structlog.get_logger()

LEASE_SIZE = 1000
BATCH_SIZE = 100
BATCH_BYTES = 256 * 1024
_REPLIES_A_TICK = 500
_COMPARISON_CHECK_SECONDS = 60.0
_FULLEST_BROKER = 0.6
_BUSY_SECONDS = 0.3
_MOST_HASTE, _HASTE_PER_SECOND = 5.0, 2.0
_SHORTEST_BREAK, _LONGEST_BREAK = 0.3, 1.0
_GIVE_BACK_SECONDS = 1.0


class Haste:
    """How often a relay that has just moved something may follow a hint at once instead of gathering.

    The few steps of one consultation should not wait 50 ms each for company that does not come; hundreds should.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._left, self._counted_at = _MOST_HASTE, clock()

    def is_left(self) -> bool:
        """Whether the next hint may be followed at once; what was spent comes back with time."""
        now = self._clock()
        self._left = min(self._left + (now - self._counted_at) * _HASTE_PER_SECOND, _MOST_HASTE)
        self._counted_at = now
        return self._left >= 1

    def spend(self) -> None:
        """A hint was followed at once."""
        self._left -= 1


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
        self._next_comparison_check = 0.0

    def run(self, stop: Flag) -> None:
        """Tick until told to stop; a broker or a database that is away is waited for, with growing patience."""
        pause, busy_until = _SHORTEST_BREAK, 0.0
        listener, haste = self._database.listener(OUTBOX_CHANNEL), Haste()
        while not stop.is_set():
            try:
                if self.tick():
                    busy_until = monotonic() + _BUSY_SECONDS
                pause = _SHORTEST_BREAK
                if monotonic() < busy_until:
                    self._gather(listener, haste, stop)
                else:
                    listener.wait(self._settings.relay_idle_poll_seconds, stop)
            except (BrokerError, SQLAlchemyError) as error:
                is_expected = isinstance(error, BrokerError) or is_away(error)
                log.warning(
                    "relay_paused", error=type(error).__name__, seconds=pause, exc_info=None if is_expected else error
                )
                self._instruments.paused()
                stop.wait(pause)
                pause = min(pause * 2, _LONGEST_BREAK)
        listener.close()

    def _gather(self, listener: Listener, haste: Haste, stop: Flag) -> None:
        """Wait a moment: replies come by the broker, which gives no hints, and what is gathered costs less."""
        if haste.is_left():
            if listener.wait(self._settings.relay_poll_seconds, stop):
                haste.spend()
        else:
            stop.wait(self._settings.relay_poll_seconds)
            listener.forget()

    def tick(self) -> int:
        """Read replies and publish what is due; returns how many things moved.

        :raises BrokerError: the broker did not answer; what was leased has been given back.
        """
        moved = self._take_replies()
        if monotonic() >= self._next_loss_check:
            moved += self._check_for_losses()
        with self._database.transaction() as session:
            waiting = deliveries.subscribers_with_fresh(session, self._subscribers)
        moved += sum(self._publish_fresh(subscriber) for subscriber in waiting)
        if monotonic() >= self._next_comparison_check:
            self._next_comparison_check = monotonic() + _COMPARISON_CHECK_SECONDS
            anti_entropy.publish_digests(self._service, self._database, self._broker, self._settings)
        return moved

    def _check_for_losses(self) -> int:
        self._notice_incarnation()
        published = [self._publish_lost(subscriber) for subscriber in self._subscribers]
        # After the loss of a full broker there is more than one lease to repeat: go on at the pace of the ticks.
        if LEASE_SIZE not in published:
            self._next_loss_check = monotonic() + self._settings.loss_check_seconds
        return sum(published)

    def _notice_incarnation(self) -> None:
        incarnation = self._broker.incarnation()
        for subscriber in self._subscribers:
            with self._database.transaction() as session:
                is_changed = deliveries.notice_incarnation(session, subscriber, incarnation)
            if is_changed:
                log.warning("broker_changed", subscriber=subscriber)
                self._instruments.broker_changed()

    def _take_replies(self) -> int:
        replies = self._broker.receive_replies(_REPLIES_A_TICK)
        by_subscriber: dict[str, list[Confirmation]] = defaultdict(list)
        for reply in replies:
            if isinstance(reply, Missing):
                self._deliver_again(reply)
            else:
                by_subscriber[reply.subscriber].append(reply)
        for subscriber, confirmations in by_subscriber.items():
            ids = [event_id for confirmation in confirmations for event_id in confirmation.event_ids]
            newest = max(confirmation.published_at for confirmation in confirmations)
            with self._database.transaction() as session:
                closed = deliveries.confirm(session, subscriber, ids, newest)
            self._instruments.confirmed(subscriber, closed)
        return len(replies)

    def _deliver_again(self, missing: Missing) -> None:
        if missing.subscriber not in self._subscribers:
            return
        for day in missing.days:
            start = datetime.combine(day, time(), UTC)
            with self._database.transaction() as session:
                count = redeliver(
                    session, self._service, missing.subscriber, since=start, until=start + timedelta(days=1)
                )
            log.warning("day_delivered_again", subscriber=missing.subscriber, day=day.isoformat(), events=count)

    def _publish_fresh(self, subscriber: str) -> int:
        if not self._has_room(subscriber, self._broker.queue_state(subscriber)):
            return 0
        with self._database.transaction() as session:
            leased = deliveries.lease_fresh(
                session, subscriber, limit=LEASE_SIZE, retry_seconds=self._settings.republish_after_seconds
            )
        self._publish(subscriber, leased, is_again=False)
        return len(leased)

    def _publish_lost(self, subscriber: str) -> int:
        state = self._broker.queue_state(subscriber)
        if not self._has_room(subscriber, state):
            return 0
        with self._database.transaction() as session:
            leased = deliveries.lease_lost(
                session,
                subscriber,
                limit=LEASE_SIZE,
                retry_seconds=self._settings.republish_after_seconds,
                max_retry_seconds=self._settings.republish_at_most_every_seconds,
                is_queue_empty=state.length == 0,
                slack_seconds=self._settings.confirm_slack_seconds,
            )
            probe = deliveries.take_probe(session, subscriber, after_seconds=self._settings.probe_after_seconds)
        self._publish(subscriber, leased, is_again=True)
        if probe is not None:
            self._broker.publish(subscriber, probe, [batch_of([])])
        return len(leased)

    def _has_room(self, subscriber: str, state: QueueState) -> bool:
        """Whether to push more: what a subscriber that is away has not got stays here, where there is room for years.

        A broker that is full refuses the very commands that would empty it, so it is never filled.
        """
        if state.length < self._settings.queue_message_cap and state.memory_fraction < _FULLEST_BROKER:
            return True
        self._instruments.capped(subscriber)
        return False

    def _publish(self, subscriber: str, leased: list[LeasedDelivery], *, is_again: bool) -> None:
        if not leased:
            return
        try:
            batches = [batch_of(row.envelope for row in group) for group in group_for_messages(leased)]
            self._broker.publish(subscriber, leased[0].published_at, batches)
        except BrokerError:
            with self._database.transaction() as session:
                deliveries.give_back(session, leased, delay_seconds=_GIVE_BACK_SECONDS)
            raise
        self._instruments.published(subscriber, leased, is_again=is_again)


def group_for_messages(leased: Iterable[LeasedDelivery]) -> Iterator[list[LeasedDelivery]]:
    """Cut leased deliveries into messages of at most 100 events and, unless one event alone is larger, 256 KiB."""
    group: list[LeasedDelivery] = []
    size = 0
    for row in leased:
        row_size = size_in_message(row.envelope)
        if group and (len(group) == BATCH_SIZE or size + row_size > BATCH_BYTES):
            yield group
            group, size = [], 0
        group.append(row)
        size += row_size
    if group:
        yield group
