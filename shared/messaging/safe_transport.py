"""A Redis transport that survives what it finds in the queue.

kombu takes a list element to be a well-formed message. One that is not kills the worker, and one kind of it is put
back on the way down, so that every restart dies again (docs/reliability.md has the table). Here such bytes are moved
to `quarantine.<queue>` and the worker goes on.
"""

from __future__ import annotations

import base64
import json
from queue import Empty
from typing import Any

import structlog
from kombu.transport import TRANSPORT_ALIASES
from kombu.transport.redis import Channel, Transport
from kombu.utils.encoding import bytes_to_str

log = structlog.get_logger()

_QUARANTINE_CAP = 1000


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
        with self.conn_or_acquire() as client:
            client.lpush(f"quarantine.{queue}", raw)
            client.ltrim(f"quarantine.{queue}", 0, _QUARANTINE_CAP - 1)


class SafeTransport(Transport):  # type: ignore[misc]  # kombu ships no types
    """Registered as `saferedis://`."""

    Channel = SafeChannel


def read_message(raw: bytes) -> dict[str, Any] | None:
    """A list element as a message that kombu and Celery can process without an exception, or None."""
    try:
        message = json.loads(raw)
        headers, properties = message["headers"], message["properties"]
        if message["content-type"] != "application/json" or not isinstance(headers["task"], str):
            return None
        if not isinstance(headers["id"], str) or not isinstance(properties["delivery_tag"], str):
            return None
        if not isinstance(properties["delivery_info"], dict):
            return None
        if any(headers.get(name) is not None for name in ("eta", "expires", "group", "shadow")):
            return None  # we never send these, and malformed ones raise inside Celery
        if headers.get("timelimit") not in (None, [None, None]):
            return None
        body = message["body"]
        if properties.get("body_encoding") == "base64":
            body = base64.b64decode(body, validate=True)
        arguments, keywords, embed = json.loads(body)
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    is_well_formed = isinstance(arguments, list) and isinstance(keywords, dict) and isinstance(embed, dict)
    return message if is_well_formed else None


def register_safe_transport() -> None:
    """Make `saferedis://` known to kombu."""
    TRANSPORT_ALIASES["saferedis"] = "shared.messaging.safe_transport:SafeTransport"
