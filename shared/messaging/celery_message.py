"""A Celery task message (protocol 2) as kombu's Redis transport expects it in the list of a queue.

Written by hand so that the relay can push hundreds of them in one pipeline: `send_task` spends a round trip and
0.6 ms on each (docs/performance.md). A test delivers one of these through a real worker.
"""

from __future__ import annotations

import json
from typing import Any

from shared.ids import new_id

DELIVER_TASK = "ventanilla.events.deliver"
COMPARE_TASK = "ventanilla.events.compare"
TASKS = frozenset({DELIVER_TASK, COMPARE_TASK})
CONTENT = ("application/json", "utf-8")
EMBED = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}


def task_message(task: str, queue: str, arguments: list[str]) -> bytes:
    """The bytes to LPUSH to `queue` so that a worker runs `task` with `arguments`."""
    message_id = str(new_id())
    message = {
        "body": _json([arguments, {}, EMBED]),
        "content-type": CONTENT[0],
        "content-encoding": CONTENT[1],
        "headers": task_headers(task, message_id),
        "properties": task_properties(queue, message_id),
    }
    return _json(message).encode()


def task_headers(task: str, message_id: str) -> dict[str, Any]:
    """The headers of protocol 2; a message with any other is not ours (see `safe_transport`)."""
    return {
        "lang": "py",
        "task": task,
        "id": message_id,
        "root_id": message_id,
        "parent_id": None,
        "group": None,
        "retries": 0,
        "eta": None,
        "expires": None,
        "timelimit": [None, None],
        "argsrepr": "",
        "kwargsrepr": "",
        "origin": "relay",
        "ignore_result": True,
    }


def task_properties(queue: str, message_id: str) -> dict[str, Any]:
    """The AMQP-like properties that kombu expects; a message with any other is not ours."""
    return {
        "correlation_id": message_id,
        "delivery_mode": 2,
        "delivery_info": {"exchange": "", "routing_key": queue},
        "priority": 0,
        "delivery_tag": message_id,
    }


def size_in_message(envelope: str) -> int:
    """The bytes that an envelope takes in a message: it is JSON within JSON within JSON, so quotes cost four."""
    return len(envelope.encode()) + 3 * (envelope.count('"') + envelope.count("\\"))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
