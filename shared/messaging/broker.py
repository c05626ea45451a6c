"""What is said to Redis, directly: publishing, queue lengths, replies, and which broker this is.

The broker's content is disposable. What matters is to notice that it was lost: a broker's *incarnation* is the
pair of a random mark that we leave in it (gone after FLUSHALL) and the server's run id (new after a restart).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from shared.contracts.catalog import confirm_queue, events_queue
from shared.db.database import assert_no_transaction
from shared.ids import new_id
from shared.messaging.celery_message import COMPARE_TASK, DELIVER_TASK, task_message
from shared.messaging.signing import Signatures

BrokerError = redis.RedisError
"""Anything the broker may answer or fail to answer; the outbox is the retry."""

_MARK = "vt:epoch"
_REPLY_CAP = 5_000
"""Replies may be lost; with no relay to read them they must not fill the broker (5,000 are about 20 MB)."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A subscriber's word that it holds these events, published in one message, in its inbox."""

    subscriber: str
    published_at: datetime
    event_ids: list[UUID]


@dataclass(frozen=True, slots=True)
class Missing:
    """A subscriber's word that its inbox differs from our outbox on these days."""

    subscriber: str
    days: list[date]


@dataclass(frozen=True, slots=True)
class QueueState:
    """How much waits for a subscriber, and how full the broker is (0 when it has no limit)."""

    length: int
    memory_fraction: float


class Broker:
    """One service's view of the broker. No call is repeated by itself: a repeated LPUSH is a duplicate."""

    def __init__(self, url: str, service: str, signatures: Signatures) -> None:
        self._service = service
        self._signatures = signatures
        self._redis = redis.Redis.from_url(
            url,
            socket_timeout=5,
            socket_connect_timeout=3,
            socket_keepalive=True,
            health_check_interval=5,
            retry=Retry(NoBackoff(), 0),
            max_connections=4,
            client_name=f"{service}-relay",
        )

    def incarnation(self) -> str:
        """Which broker this is; another answer than last time means that what was queued may be gone."""
        assert_no_transaction("asking the broker who it is")
        mark = self._redis.get(_MARK)
        if mark is None:
            self._redis.set(_MARK, str(new_id()), nx=True)
            mark = self._redis.get(_MARK)
        run_id = self._redis.info("server")["run_id"]
        return f"{mark.decode() if isinstance(mark, bytes) else mark}:{run_id}"

    def queue_length(self, subscriber: str) -> int:
        """How many messages wait for a subscriber."""
        return self._redis.llen(events_queue(subscriber))

    def queue_state(self, subscriber: str) -> QueueState:
        """How many messages wait for a subscriber, and whether there is room for more."""
        assert_no_transaction("looking at a queue")
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.llen(events_queue(subscriber))
        pipeline.info("memory")
        length, memory = pipeline.execute()
        limit = memory.get("maxmemory", 0)
        return QueueState(length, memory["used_memory"] / limit if limit else 0.0)

    def quarantined(self) -> int:
        """How many malformed messages our workers set aside in the broker."""
        return self._redis.llen(f"quarantine.{events_queue(self._service)}")

    def publish(self, subscriber: str, published_at: datetime, batches: Iterable[str]) -> None:
        """Push signed batches to a subscriber's queue in one pipeline.

        :raises BrokerError: some or all may not have arrived; whoever holds the leases gives them back.
        """
        moment = published_at.isoformat()
        self._push(
            subscriber,
            [
                task_message(
                    DELIVER_TASK,
                    events_queue(subscriber),
                    [self._service, moment, batch, self._sign(subscriber, "events", moment, batch)],
                )
                for batch in batches
            ],
        )

    def publish_digests(self, subscriber: str, made_at: datetime, digests: str) -> None:
        """Push the digests of past days (see `anti_entropy`). Allowed to get lost.

        :raises BrokerError: it was lost.
        """
        moment = made_at.isoformat()
        arguments = [self._service, moment, digests, self._sign(subscriber, "digests", moment, digests)]
        self._push(subscriber, [task_message(COMPARE_TASK, events_queue(subscriber), arguments)])

    def send_confirmation(self, producer: str, published_at: str, event_ids: Sequence[UUID]) -> None:
        """Tell a producer that its batch is stored here. Allowed to get lost.

        :raises BrokerError: it was lost.
        """
        ids = [str(event_id) for event_id in event_ids]
        self._reply(producer, "confirm", {"published_at": published_at, "ids": ids})

    def send_missing(self, producer: str, days: Sequence[date]) -> None:
        """Ask a producer for everything of some days again. Allowed to get lost.

        :raises BrokerError: it was lost.
        """
        self._reply(producer, "missing", {"days": [day.isoformat() for day in days]})

    def receive_replies(self, limit: int) -> list[Confirmation | Missing]:
        """Take up to `limit` replies meant for this service; forged or garbled ones are dropped."""
        assert_no_transaction("reading replies")
        raw = self._redis.rpop(confirm_queue(self._service), limit)
        texts = raw if isinstance(raw, list) else []
        return [reply for item in texts if (reply := self._read_reply(item))]

    def close(self) -> None:
        """Close every connection."""
        self._redis.close()

    def _push(self, subscriber: str, messages: Iterable[bytes]) -> None:
        assert_no_transaction("publishing")
        pipeline = self._redis.pipeline(transaction=False)
        for message in messages:
            pipeline.lpush(events_queue(subscriber), message)
        pipeline.execute()

    def _reply(self, producer: str, purpose: str, content: dict[str, object]) -> None:
        assert_no_transaction("replying")
        body = json.dumps(content)
        reply = json.dumps([self._service, purpose, body, self._signatures.sign(producer, purpose, body)])
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.lpush(confirm_queue(producer), reply)
        pipeline.ltrim(confirm_queue(producer), 0, _REPLY_CAP - 1)
        pipeline.execute()

    def _sign(self, subscriber: str, purpose: str, moment: str, body: str) -> str:
        return self._signatures.sign(subscriber, purpose, f"{moment}\n{body}")

    def _read_reply(self, raw: bytes | str) -> Confirmation | Missing | None:
        try:
            sender, purpose, body, signature = json.loads(raw)
            if purpose not in ("confirm", "missing"):
                return None
            if not self._signatures.is_valid(sender, purpose, body, signature):
                return None
            content = json.loads(body)
            if purpose == "missing":
                return Missing(sender, [date.fromisoformat(day) for day in content["days"]])
            return Confirmation(
                sender,
                datetime.fromisoformat(content["published_at"]),
                [UUID(event_id) for event_id in content["ids"]],
            )
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None
