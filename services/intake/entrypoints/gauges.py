"""Gauges that only intake's rows can tell, read at every scrape of its clock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import structlog
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from services.intake.domain.lifecycle import Status
from shared.db.database import Database

log = structlog.get_logger()


class ConsultationCollector(Collector):
    """Consultations by status, and officials."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def describe(self) -> Iterable[Metric]:
        """Nothing at registration: describing would mean asking the database."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Ask the database; when it does not answer, these gauges are left out of this scrape."""
        try:
            with self._database.transaction() as session:
                rows = session.execute(text("SELECT status, count(*) FROM consultation GROUP BY status")).all()
                officials = session.execute(text("SELECT count(*) FROM official")).scalar_one()
        except SQLAlchemyError as error:
            log.warning("scrape_failed", error=error.__class__.__name__)
            return
        counts = {status: number for status, number in rows}  # noqa: C416 - rows are not pairs to mypy
        family = GaugeMetricFamily(
            "ventanilla_intake_consultations", "Consultations as their officials see them.", labels=["status"]
        )
        for status in Status:
            family.add_metric([status.value], counts.get(status.value, 0))
        yield family
        yield GaugeMetricFamily("ventanilla_intake_officials", "Officials with an account.", officials)
