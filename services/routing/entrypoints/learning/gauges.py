"""Gauges of the classifier: which model decides, and whether what arrives is still what it was made for."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

import structlog
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from services.routing.use_cases.drift import Drift, read_drift
from shared.db.database import Database

log = structlog.get_logger()

_NAME = "ventanilla_routing_"
_KEPT_SECONDS = 60.0  # a week's figures change slowly, and counting them reads a week's cases


class LearningCollector(Collector):
    """Reads the drift from the database at most once a minute, whoever scrapes however often."""

    def __init__(self, database: Database, kept_seconds: float = _KEPT_SECONDS) -> None:
        self._database = database
        self._kept_seconds = kept_seconds
        self._read: tuple[float, Drift] | None = None

    def describe(self) -> Iterable[Metric]:
        """Nothing at registration: describing would mean asking the database."""
        return []

    def collect(self) -> Iterator[Metric]:
        """The gauges; when the database does not answer, they are left out of this scrape."""
        try:
            drift = self._drift()
        except SQLAlchemyError as error:
            log.warning("scrape_failed", error=error.__class__.__name__)
            return
        yield from _of_champion(drift)
        yield from _of_training(drift)
        yield from _experience(drift)

    def _drift(self) -> Drift:
        now = time.monotonic()
        if self._read is None or now - self._read[0] >= self._kept_seconds:
            with self._database.transaction() as session:
                self._read = (now, read_drift(session))
        return self._read[1]


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(_NAME + name, meaning, value)


def _of_champion(drift: Drift) -> Iterator[Metric]:
    version = drift.champion or "none"
    info = GaugeMetricFamily(_NAME + "model_in_use", "1 for the model that decides.", labels=["version"])
    info.add_metric([version], 1)
    yield info
    yield _gauge("model_cases", "Cases that the model in use decided in seven days.", drift.cases)
    yield _gauge(
        "confidence_shift", "Population stability index of its confidence against its reference.", drift.confidence_psi
    )
    yield _gauge(
        "topic_mix_shift", "Population stability index of a week's topics against four before.", drift.topic_psi
    )
    yield _gauge("topic_mix_reference_cases", "Cases of the four weeks before.", drift.topic_reference_cases)


def _of_training(drift: Drift) -> Iterator[Metric]:
    yield _gauge("corrections_not_learnt", "Corrections since the last training.", drift.new_corrections)
    yield _gauge("training_failed", "1 when the last training failed.", float(drift.is_training_failed))


def _experience(drift: Drift) -> Iterator[Metric]:
    """By model version, of the last seven days; the model in use is always there, with zeros before its first case."""
    cases = GaugeMetricFamily(_NAME + "model_week_cases", "Cases decided in seven days.", labels=["version"])
    confidence = GaugeMetricFamily(
        _NAME + "model_week_confidence", "Mean confidence of the topic in seven days.", labels=["version"]
    )
    corrected = GaugeMetricFamily(
        _NAME + "model_week_corrected_ratio", "Share of cases that a person corrected.", labels=["version", "what"]
    )
    wrong = GaugeMetricFamily(
        _NAME + "model_week_handled_wrong_ratio",
        "Share of the cases decided without triage whose topic a person corrected.",
        labels=["version"],
    )
    for one in drift.experience:
        cases.add_metric([one.version], one.cases)
        confidence.add_metric([one.version], one.mean_confidence or 0.0)
        wrong.add_metric([one.version], one.handled_wrong or 0.0)
        for what, share in one.corrected.items():
            corrected.add_metric([one.version, what], share or 0.0)
    if drift.champion and drift.of_champion() is None:
        cases.add_metric([drift.champion], 0)
        confidence.add_metric([drift.champion], 0.0)
        wrong.add_metric([drift.champion], 0.0)
        for what in ("topic", "kind", "urgency"):
            corrected.add_metric([drift.champion, what], 0.0)
    yield from (cases, confidence, corrected, wrong)
