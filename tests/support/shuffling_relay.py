"""A relay from a bad dream: it publishes everything twice, in random order, in batches cut at random, some of it late.

It stands in for the services' own relays while those are stopped. What the consumers confirm waits for them.
"""

from __future__ import annotations

import random
import threading
from types import TracebackType
from typing import Self
from uuid import UUID

from deploy.local.home import Home
from deploy.local.provisioning import SERVICES
from deploy.local.reconciliation.places import Places
from shared.contracts.envelope import batch_of
from shared.ids import lowest_id_at
from shared.messaging.broker import Broker, BrokerError
from shared.messaging.signing import Signatures

PRODUCERS = ("intake", "routing", "notifications")
_PAUSE_SECONDS = 0.1
_COPIES = 2
_LONGEST_BATCH = 20
_OWED = """
    SELECT delivery.event_id, subscriber, envelope FROM outbox_delivery AS delivery JOIN outbox_event USING (event_id)
     WHERE published_at IS NULL AND event_id >= %s
"""


class ShufflingRelay:
    """Publishes for all producers from a thread of its own, for the length of a `with` block."""

    def __init__(self, places: Places, home: Home, choices: random.Random) -> None:
        self._places = places
        self._choices = choices
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="shuffling-relay", daemon=True)
        self._brokers = {service: _broker(service, places, home) for service in PRODUCERS}
        self._known: set[tuple[UUID, str]] = set()
        self._held: dict[tuple[str, str], list[str]] = {}
        self.published = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        for broker in self._brokers.values():
            broker.close()

    def _run(self) -> None:
        while not self._stop.wait(_PAUSE_SECONDS):
            for producer in PRODUCERS:
                self._take(producer)
            self._publish_some()

    def _take(self, producer: str) -> None:
        with self._places.reader(producer) as reader:
            (now,) = reader.row("SELECT now() - interval '1 hour'")
            rows = reader.rows(_OWED, [lowest_id_at(now)])
        for event_id, subscriber, envelope in rows:
            if (event_id, subscriber) not in self._known:
                self._known.add((event_id, subscriber))
                self._held.setdefault((producer, subscriber), []).extend([envelope] * _COPIES)

    def _publish_some(self) -> None:
        """A random half of what is held, in a random order; the rest waits, so that later events overtake it."""
        for (producer, subscriber), held in self._held.items():
            self._choices.shuffle(held)
            going, held[:] = held[: (len(held) + 1) // 2], held[(len(held) + 1) // 2 :]
            while going:
                size = self._choices.randint(1, _LONGEST_BATCH)
                batch, going = going[:size], going[size:]
                self._push(producer, subscriber, batch)

    def _push(self, producer: str, subscriber: str, batch: list[str]) -> None:
        with self._places.reader(producer) as reader:
            (now,) = reader.row("SELECT clock_timestamp()")
        try:
            self._brokers[producer].publish(subscriber, now, [batch_of(batch)])
            self.published += len(batch)
        except BrokerError:
            self._held[producer, subscriber].extend(batch)


def _broker(service: str, places: Places, home: Home) -> Broker:
    """The broker as the service's own relay uses it, with its own keys."""
    keys = {
        peer: (bytes.fromhex(home.secret("peer-" + "-".join(sorted((service, peer))))),)
        for peer in SERVICES
        if peer != service
    }
    return Broker(places.redis_urls[service], service, Signatures(service, keys))
