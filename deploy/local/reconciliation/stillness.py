"""Whether anything is still on its way: a few cheap questions, asked again and again while one waits."""

from __future__ import annotations

from dataclasses import dataclass

from deploy.local.provisioning import SERVICES
from deploy.local.reconciliation.difference import Difference
from deploy.local.reconciliation.places import Places
from shared.contracts.catalog import confirm_queue, events_queue

_PENDING = {
    "deliveries not confirmed": "SELECT count(*) FROM outbox_delivery",
    "events not applied": "SELECT count(*) FROM inbox WHERE status IN ('pending', 'waiting')",
    "events buried": "SELECT count(*) FROM inbox WHERE status IN ('dead', 'unknown')",
    "timers overdue": """
        SELECT count(*) FROM timer WHERE state = 'armed' AND due_at < clock_timestamp() - interval '5 seconds'
    """,
}
_LEDGER = {
    "messages not settled": """
        SELECT count(*) FROM message WHERE state IN ('pending', 'sending', 'uncertain') OR untold IS NOT NULL
    """,
}


@dataclass(frozen=True)
class Stillness:
    """What moves, by place: empty when nothing does."""

    moving: dict[str, int]

    @classmethod
    def read(cls, places: Places) -> Stillness:
        """Look once.

        :raises psycopg.Error: a database is away.
        :raises redis.RedisError: the broker is away.
        """
        moving: dict[str, int] = {}
        for service in SERVICES:
            questions = {**_PENDING, **(_LEDGER if service == "notifications" else {})}
            with places.reader(service) as reader:
                counts = reader.row("SELECT " + ", ".join(f"({question})" for question in questions.values()))
            moving |= {f"{service}: {name}": count for name, count in zip(questions, counts, strict=True) if count}
            with places.broker(service) as client:
                for queue in (events_queue(service), confirm_queue(service)):
                    length = client.llen(queue)
                    if length:
                        moving[queue] = length
        return cls(moving)

    def differences(self) -> list[Difference]:
        """What breaks I5: every outbox, inbox and queue is empty once the faults are over."""
        return [Difference("I5", "lost", count, name) for name, count in self.moving.items()]
