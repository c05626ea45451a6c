"""What is said to Redis, directly: publishing, queue lengths, confirmations, and which broker this is.

The broker's content is disposable. What matters is to notice that it was lost: a broker's *incarnation* is the
pair of a random mark that we leave in it (gone after FLUSHALL) and the server's run id (new after a restart).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from shared.contracts.catalog import confirm_queue, events_queue
from shared.db.database import assert_no_transaction
from shared.ids import new_id
from shared.messaging.celery_message import task_message
from shared.messaging.signing import Signatures

BrokerError = redis.RedisError
"""Anything the broker may answer or fail to answer; the outbox is the retry."""

_MARK = "vt:epoch"
_CONFIRMATION_CAP = 50_000
"""Confirmations may be lost; with no relay to read them they must not fill the broker."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A subscriber's word that it holds these events, published in one message, in its inbox."""

    subscriber: str
    published_at: datetime
    event_ids: list[UUID]


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

    def publish(self, subscriber: str, published_at: datetime, batches: Iterable[str]) -> None:
        """Push signed batches to a subscriber's queue in one pipeline.

        :raises BrokerError: some or all may not have arrived; whoever holds the leases gives them back.
        """
        assert_no_transaction("publishing")
        queue = events_queue(subscriber)
        moment = published_at.isoformat()
        messages = [
            task_message(queue, [self._service, moment, batch, self._sign_batch(subscriber, moment, batch)])
            for batch in batches
        ]
        pipeline = self._redis.pipeline(transaction=False)
        for message in messages:
            pipeline.lpush(queue, message)
        pipeline.execute()

    def send_confirmation(self, producer: str, published_at: str, event_ids: Sequence[UUID]) -> None:
        """Tell a producer that its batch is stored here. Allowed to get lost.

        :raises BrokerError: it was lost.
        """
        assert_no_transaction("confirming")
        body = json.dumps({"published_at": published_at, "ids": [str(event_id) for event_id in event_ids]})
        signature = self._signatures.sign(producer, "confirm", body)
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.lpush(confirm_queue(producer), json.dumps([self._service, body, signature]))
        pipeline.ltrim(confirm_queue(producer), 0, _CONFIRMATION_CAP)
        pipeline.execute()

    def receive_confirmations(self, limit: int) -> list[Confirmation]:
        """Take up to `limit` confirmations meant for this service; forged or garbled ones are dropped."""
        assert_no_transaction("reading confirmations")
        raw = self._redis.rpop(confirm_queue(self._service), limit)
        texts = raw if isinstance(raw, list) else []
        return [confirmation for item in texts if (confirmation := self._read_confirmation(item))]

    def close(self) -> None:
        """Close every connection."""
        self._redis.close()

    def _sign_batch(self, subscriber: str, published_at: str, batch: str) -> str:
        return self._signatures.sign(subscriber, "events", f"{published_at}\n{batch}")

    def _read_confirmation(self, raw: bytes | str) -> Confirmation | None:
        try:
            subscriber, body, signature = json.loads(raw)
            if not self._signatures.is_valid(subscriber, "confirm", body, signature):
                return None
            content = json.loads(body)
            return Confirmation(
                subscriber,
                datetime.fromisoformat(content["published_at"]),
                [UUID(event_id) for event_id in content["ids"]],
            )
        except (ValueError, TypeError, KeyError, AttributeError):
            return None
