"""How long the queues got and how full the broker: looked at all the time, because afterwards nothing shows it."""

from __future__ import annotations

import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

import redis

from deploy.local.provisioning import SERVICES
from deploy.local.reconciliation.difference import Difference
from shared.contracts.catalog import events_queue

_PAUSE_SECONDS = 0.2
_QUEUE_CAP = 2000
_FULLEST = 0.7
# A relay looks at a queue and then pushes one lease of at most this many messages; two relays may do so at once.
_LEASE_MESSAGES = 2 * 1000


class BrokerWatch:
    """Samples the broker from a thread of its own, for the length of a `with` block."""

    def __init__(self, redis_url: str) -> None:
        self.longest_queue = 0
        self.fullest = 0.0
        self._client = redis.Redis.from_url(redis_url, socket_timeout=2, socket_connect_timeout=1)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="broker-watch", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        self._client.close()

    def differences(self) -> list[Difference]:
        """What breaks I11: a queue above its cap, a broker more than 70 % full."""
        found = []
        if self.longest_queue > _QUEUE_CAP + _LEASE_MESSAGES:
            found.append(Difference("I11", "wrong", 1, f"a queue of {self.longest_queue} messages"))
        if self.fullest > _FULLEST:
            found.append(Difference("I11", "wrong", 1, f"the broker was {self.fullest:.0%} full"))
        return found

    def _watch(self) -> None:
        while not self._stop.wait(_PAUSE_SECONDS):
            with suppress(redis.RedisError):  # it is down, which is what a drill is about
                self._look()

    def _look(self) -> None:
        pipeline = self._client.pipeline(transaction=False)
        for service in SERVICES:
            pipeline.llen(events_queue(service))
        pipeline.info("memory")
        *lengths, memory = pipeline.execute()
        self.longest_queue = max(self.longest_queue, *lengths)
        if memory.get("maxmemory"):
            self.fullest = max(self.fullest, memory["used_memory"] / memory["maxmemory"])
