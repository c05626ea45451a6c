"""The two ends of delivery for tests: real outbox, relay, broker, inbox and handlers, taken one step at a time."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from shared.contracts.catalog import confirm_queue, events_queue, subscriptions_of
from shared.contracts.envelope import Envelope, batch_of
from shared.contracts.event import Event
from shared.messaging.celery_message import COMPARE_TASK
from shared.messaging.consumer import Consumer
from shared.messaging.handlers import Handlers
from shared.messaging.processes import Parts, build_consumer
from shared.messaging.relay import Relay
from shared.messaging.safe_transport import read_message
from shared.messaging.signing import Signatures
from shared.messaging.work import Work
from tests.support.background import in_background
from tests.support.servers import Servers
from tests.support.settings import peer_keys

CREATE_EFFECTS = "CREATE TABLE IF NOT EXISTS effect (event_id uuid NOT NULL, type text NOT NULL, sequence bigint)"


@dataclass
class Producer:
    """A service that publishes; `relay` is ticked by hand."""

    parts: Parts
    relay: Relay = field(init=False)

    def __post_init__(self) -> None:
        self.relay = self.another_relay()

    def another_relay(self) -> Relay:
        settings = self.parts.settings
        return Relay(settings.service, self.parts.database, self.parts.broker, settings.delivery)

    def emit(self, *events: Event) -> None:
        with self.parts.units.begin() as work:
            for event in events:
                work.emit(event)

    def owed(self, subscriber: str) -> int:
        """Deliveries that a subscriber has not confirmed."""
        return self.one("SELECT count(*) FROM outbox_delivery WHERE subscriber = :s", s=subscriber)

    def event_ids(self) -> list[UUID]:
        return self.all("SELECT event_id FROM outbox_event ORDER BY event_id")

    def publications(self) -> int:
        """How often deliveries that are still owed were published, all in all."""
        return self.one("SELECT coalesce(sum(attempts), 0) FROM outbox_delivery")

    def age(self, seconds: float) -> None:
        """Let time pass for what was published: as if it had been done `seconds` earlier."""
        self.run(
            "UPDATE outbox_delivery SET published_at = published_at - :s * interval '1 second',"
            " next_at = next_at - :s * interval '1 second' WHERE published_at IS NOT NULL",
            s=seconds,
        )

    def one(self, query: str, **values: Any) -> Any:
        with self.parts.database.transaction() as session:
            return session.execute(text(query), values).scalar()

    def all(self, query: str, **values: Any) -> list[Any]:
        with self.parts.database.transaction() as session:
            return list(session.execute(text(query), values).scalars())

    def run(self, statement: str, **values: Any) -> None:
        with self.parts.database.transaction() as session:
            session.execute(text(statement), values)


class Receiver:
    """A service that subscribes; it records each effect, and a test may give events something else to do."""

    def __init__(self, parts: Parts, servers: Servers) -> None:
        self.parts = parts
        self._servers = servers
        self._behaviour: dict[type[Event], Callable[[Any, Work], None]] = {}
        with parts.database.transaction() as session:
            session.execute(text(CREATE_EFFECTS))
        self.consumer = self.another_consumer()

    def another_consumer(self) -> Consumer:
        handlers = Handlers(self.parts.settings.service)
        handlers.on(*[contract.event for contract in subscriptions_of(self.parts.settings.service)])(self._handle)
        return build_consumer(self.parts, handlers)

    def when(self, event: type[Event], act: Callable[[Any, Work], None]) -> None:
        """Do this with events of a class, before the effect is recorded."""
        self._behaviour[event] = act

    def _handle(self, event: Event, work: Work) -> None:
        if act := self._behaviour.get(type(event)):
            act(event, work)
        record_effect(event, work)

    def messages(self) -> list[list[str]]:
        """Take everything out of this service's queue, as a worker would: arguments of the tasks, oldest first."""
        return [arguments for _task, arguments in self._take()]

    def receive(self) -> int:
        """Handle everything in this service's queue; returns how many messages there were."""
        taken = self._take()
        for task, arguments in taken:
            (self.consumer.compare if task == COMPARE_TASK else self.consumer.deliver)(*arguments)
        return len(taken)

    def _take(self) -> list[tuple[str, list[str]]]:
        taken = []
        with self._servers.operator() as broker:
            while (raw := broker.rpop(events_queue(self.parts.settings.service))) is not None:
                message = read_message(raw)
                assert message is not None, raw
                taken.append((message["headers"]["task"], json.loads(message["body"])[0]))
        return taken

    def effects(self) -> list[UUID]:
        with self.parts.database.transaction() as session:
            return list(session.execute(text("SELECT event_id FROM effect ORDER BY event_id")).scalars())

    def rows(self) -> list[Any]:
        """The inbox, in the order of the events."""
        with self.parts.database.transaction() as session:
            return list(session.execute(text("SELECT * FROM inbox ORDER BY event_id")).all())

    def make_due(self) -> None:
        """Let time pass: whatever waits in the inbox is due now."""
        with self.parts.database.transaction() as session:
            session.execute(text("UPDATE inbox SET next_at = clock_timestamp() WHERE status IN ('pending', 'waiting')"))


def record_effect(event: Event, work: Work) -> None:
    assert work.cause is not None
    work.session.execute(
        text("INSERT INTO effect VALUES (:id, :type, :sequence)"),
        {"id": work.cause.id, "type": event.TYPE, "sequence": work.sequence},
    )


@contextmanager
def running(*relays: Relay) -> Iterator[None]:
    """Relays at work beside the block, each in a thread, until it ends."""
    stop = threading.Event()
    with in_background(*[lambda relay=relay: relay.run(stop) for relay in relays]):
        try:
            yield
        finally:
            stop.set()


def has_taken_effect(producer: Producer, receiver: Receiver) -> bool:
    """Whether every event took effect, and took it once."""
    return receiver.effects() == producer.event_ids()


def time_passes(producer: Producer, receiver: Receiver) -> bool:
    """Let leases and pauses run out, which would take half a minute; whether everything has taken effect then."""
    producer.age(seconds=1)
    receiver.make_due()
    receiver.consumer.sweep()
    return has_taken_effect(producer, receiver)


def lose_replies(servers: Servers, producer: str) -> int:
    """Empty a producer's list of confirmations; returns how many were lost."""
    with servers.operator() as broker:
        count = int(broker.llen(confirm_queue(producer)))
        broker.delete(confirm_queue(producer))
    return count


def deliver(receiver: Receiver, *envelopes: Envelope | str, source: str = "intake") -> None:
    """Hand a batch to the consumer as the relay of `source` signs it."""
    batch = batch_of(each if isinstance(each, str) else each.to_json() for each in envelopes)
    moment = datetime.now(UTC).isoformat()
    signature = Signatures(source, peer_keys(source)).sign("routing", "events", f"{moment}\n{batch}")
    receiver.consumer.deliver(source, moment, batch, signature)


def raises(error: Exception) -> Callable[[Any, Work], None]:
    """A handler that fails."""

    def act(_event: Event, _work: Work) -> None:
        raise error

    return act
