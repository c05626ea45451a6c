"""The state of the ledger, read from its rows at every scrape of the clock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import structlog
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from services.notifications.store import ledger_gauges
from shared.db.database import Database

log = structlog.get_logger()

_PREFIX = "ventanilla_notifications_"


class LedgerCollector(Collector):
    """What waits to be sent, for how long, what rests undelivered, and which provider is away."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def describe(self) -> Iterable[Metric]:
        """Nothing at registration: describing would mean asking the database."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Ask the database; when it does not answer, this scrape goes without."""
        try:
            with self._database.transaction() as session:
                found = ledger_gauges.read(session)
        except SQLAlchemyError as error:
            log.warning("scrape_failed", error=error.__class__.__name__)
            return
        yield _family("messages", "Messages that are not delivered, by state.", ["channel", "state"], found.messages)
        yield _family(
            "oldest_pending_seconds", "How long the message that has been due longest has waited.", ["channel"],
            found.oldest_seconds,
        )  # fmt: skip
        yield _family("breaker_open", "1 while a channel's provider is away.", ["channel"], found.open_breakers)
        yield _family("last_submitted_seconds", "Time since a message last went out.", ["channel"], found.quiet_seconds)


def _family(name: str, help_text: str, labels: list[str], values: dict[tuple[str, ...], float]) -> Metric:
    family = GaugeMetricFamily(_PREFIX + name, help_text, labels=labels)
    for of_labels, value in values.items():
        family.add_metric(list(of_labels), value)
    return family
