"""Gauges that only the read model knows: where consultations stand, across all services. Read at every scrape."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import structlog
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from services.insights.store import figures, telemetry
from shared.db.database import Database

log = structlog.get_logger()

_PREFIX = "ventanilla_insights_"


class ReadModelCollector(Collector):
    """Open consultations by state, deadlines, messages in trouble, reach; served by the clock."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def describe(self) -> Iterable[Metric]:
        """Nothing at registration: describing would mean asking the database."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Ask the database; when it is away these gauges are absent, which is an alert of its own."""
        try:
            with self._database.transaction() as session:
                metrics = list(_metrics(session))
        except SQLAlchemyError as error:
            log.warning("scrape_failed", error=error.__class__.__name__)
            return
        yield from metrics


def _metrics(session: Session) -> Iterator[Metric]:
    now = figures.database_time(session)
    cases = GaugeMetricFamily(_PREFIX + "cases", "Open consultations, by state.", labels=["state"])
    for state, count in figures.states_of_open(session).items():
        cases.add_metric([state], count)
    yield cases
    yield _gauge("cases_at_risk", "Cases warned about that can still be in time.", figures.at_risk(session)[0])
    yield _gauge("cases_breached", "Cases past a deadline and not answered.", figures.breached(session)[0])
    oldest_at = figures.unclassified_oldest_at(session)
    waiting = max((now - oldest_at).total_seconds(), 0.0) if oldest_at else 0.0
    yield _gauge("unclassified_oldest_seconds", "Age of the oldest consultation unknown to routing.", waiting)
    troubled = GaugeMetricFamily(
        _PREFIX + "messages_troubled", "Messages that failed or are held.", labels=["channel", "state"]
    )
    counts = {(row.channel, row.state): row.count for row in figures.troubled_messages(session)}
    zeroes = dict.fromkeys(((channel, state) for channel in ("email", "sms") for state in ("failed", "held")), 0)
    for labels, count in {**zeroes, **counts}.items():
        troubled.add_metric(list(labels), count)
    yield troubled
    yield from _reach(session)
    yield _gauge(
        "targets_down",
        "Processes that did not answer when last looked at.",
        sum(not reading.is_up for reading in telemetry.find_all(session)),
    )


def _reach(session: Session) -> Iterator[Metric]:
    reach = figures.reach(session)
    yield _gauge("officials", "Officials with an account.", reach.officials)
    yield _gauge("municipalities", "Municipalities with an official.", reach.municipalities)
    yield _gauge("municipalities_asked", "Municipalities that ever asked.", reach.municipalities_that_asked)
    yield _gauge("staff_active", "People who work the desk.", reach.staff)


def _gauge(name: str, help_text: str, value: float) -> Metric:
    family = GaugeMetricFamily(_PREFIX + name, help_text)
    family.add_metric([], value)
    return family
