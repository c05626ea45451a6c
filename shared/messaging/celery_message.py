"""A Celery task message (protocol 2) as kombu's Redis transport expects it in the list of a queue.

Written by hand so that the relay can push hundreds of them in one pipeline: `send_task` spends a round trip and
0.6 ms on each (docs/performance.md). A test delivers one of these through a real worker.
"""

from __future__ import annotations

import json

from shared.ids import new_id

DELIVER_TASK = "ventanilla.events.deliver"
_EMBED = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}


def task_message(queue: str, arguments: list[str]) -> bytes:
    """The bytes to LPUSH to `queue` so that a worker runs the deliver task with `arguments`."""
    message_id = str(new_id())
    message = {
        "body": _json([arguments, {}, _EMBED]),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": {
            "lang": "py",
            "task": DELIVER_TASK,
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
        },
        "properties": {
            "correlation_id": message_id,
            "delivery_mode": 2,
            "delivery_info": {"exchange": "", "routing_key": queue},
            "priority": 0,
            "delivery_tag": message_id,
        },
    }
    return _json(message).encode()


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
