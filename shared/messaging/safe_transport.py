"""A Redis transport that survives what it finds in the queue.

kombu takes a list element to be a well-formed message. One that is not kills the worker, and one kind of it is put
back on the way down, so that every restart dies again (docs/reliability.md has the table). Here such bytes are moved
to `quarantine.<queue>` and the worker goes on.
"""

from __future__ import annotations

import json
from queue import Empty
from typing import Any

import redis
import structlog
from kombu.transport import TRANSPORT_ALIASES
from kombu.transport.redis import Channel, Transport
from kombu.utils.encoding import bytes_to_str

from shared.messaging.celery_message import CONTENT, EMBED, TASKS, task_headers, task_properties

log = structlog.get_logger()

_QUARANTINE_CAP = 1000
_ARGUMENTS = 4  # source, moment, body, signature


class SafeChannel(Channel):  # type: ignore[misc]  # kombu ships no types
    """kombu's channel with a check between the socket and the worker."""

    def _brpop_read(self, **options: Any) -> bool:
        try:
            try:
                popped = self.client.parse_response(self.client.connection, "BRPOP", **options)
            except self.connection_errors:
                self.client.connection.disconnect()
                raise
            if not popped:
                raise Empty
            destination = bytes_to_str(popped[0]).rsplit(self.sep, 1)[0]
            self._queue_cycle.rotate(destination)
            message = read_message(popped[1])
            if message is None:
                self._quarantine(destination, popped[1])
            else:
                self.connection._deliver(message, destination)  # noqa: SLF001 - the transport's own way in
            return True
        finally:
            self._in_poll = None
            self._flush_brpop_reauth()

    def _quarantine(self, queue: str, raw: bytes) -> None:
        log.error("message_quarantined", queue=queue, size=len(raw))
        try:
            with self.conn_or_acquire() as client:
                client.lpush(f"quarantine.{queue}", raw)
                client.ltrim(f"quarantine.{queue}", 0, _QUARANTINE_CAP - 1)
        except redis.RedisError as error:  # a full broker, say; to go on matters more than to keep it
            log.warning("message_not_kept", queue=queue, error=type(error).__name__)


class SafeTransport(Transport):  # type: ignore[misc]  # kombu ships no types
    """Registered as `saferedis://`."""

    Channel = SafeChannel


def read_message(raw: bytes) -> dict[str, Any] | None:
    """A list element as a message that kombu and Celery process without an exception, or None.

    Only what our relay writes passes. Anything else a message can carry (a due time, a group, an encoding) we never
    send, and some values of it raise deep inside Celery.
    """
    try:
        message = json.loads(raw)
        headers, properties = message["headers"], message["properties"]
        task, message_id, queue = headers["task"], headers["id"], properties["delivery_info"]["routing_key"]
        is_ours = (
            task in TASKS
            and _are_texts(message_id, queue, message["body"])
            and headers == task_headers(task, message_id)
            and properties == task_properties(queue, message_id)
            and (message["content-type"], message["content-encoding"]) == CONTENT
        )
        arguments, keywords, embed = json.loads(message["body"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    has_arguments = isinstance(arguments, list) and len(arguments) == _ARGUMENTS and _are_texts(*arguments)
    return message if is_ours and has_arguments and (keywords, embed) == ({}, EMBED) else None


def _are_texts(*values: object) -> bool:
    return all(isinstance(value, str) for value in values)


def register_safe_transport() -> None:
    """Make `saferedis://` known to kombu."""
    TRANSPORT_ALIASES["saferedis"] = "shared.messaging.safe_transport:SafeTransport"
