"""Gauges that only routing's rows can tell, read at every scrape of its clock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import structlog
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from services.routing.domain.case_state import OPEN_STATES
from services.routing.store import tally
from services.routing.use_cases.topics import out_of_scope, topics
from shared.db.database import Database

log = structlog.get_logger()

_OPEN = "('triage', 'unstaffed', 'assigned', 'waiting')"
_SLA_STATES = ("in_time", "at_risk", "breached", "paused")


class CaseCollector(Collector):
    """Open cases by topic and state, how they stand against their deadlines, and the room that is left."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def describe(self) -> Iterable[Metric]:
        """Nothing at registration: describing would mean asking the database."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Ask the database; when it does not answer, these gauges are left out of this scrape."""
        try:
            with self._database.transaction() as session:
                metrics = [_open_cases(session), _sla_states(session), *_waiting(session), *_room(session)]
        except SQLAlchemyError as error:
            log.warning("scrape_failed", error=error.__class__.__name__)
            return
        yield from metrics


def _open_cases(session: Session) -> Metric:
    counts = tally.by_topic_and_state(session)  # kept, not counted: a scrape must not read every case
    family = GaugeMetricFamily("ventanilla_routing_open_cases", "Open cases.", labels=["topic", "state"])
    for topic in (*topics(), out_of_scope().code):
        for state in sorted(OPEN_STATES):
            family.add_metric([topic, str(state)], counts.get((topic, str(state)), 0))
    return family


def _sla_states(session: Session) -> Metric:
    rows = session.execute(
        text(f"""
            SELECT CASE WHEN next_due_at IS NULL THEN 'paused' WHEN next_due_at < clock_timestamp() THEN 'breached'
                        WHEN risk_at <= clock_timestamp() THEN 'at_risk' ELSE 'in_time' END AS standing,
                   count(*) AS number
              FROM casefile WHERE state IN {_OPEN} GROUP BY 1
        """)  # noqa: S608 - a constant
    )
    counts = {row.standing: row.number for row in rows}
    family = GaugeMetricFamily(
        "ventanilla_routing_sla_cases", "Open cases by where they stand against their next deadline.", labels=["state"]
    )
    for state in _SLA_STATES:
        family.add_metric([state], counts.get(state, 0))
    return family


def _waiting(session: Session) -> Iterator[Metric]:
    row = session.execute(
        text("""
            SELECT coalesce(extract(epoch FROM clock_timestamp() - min(waiting_since)
                       FILTER (WHERE state = 'unstaffed')), 0) AS unstaffed,
                   coalesce(extract(epoch FROM clock_timestamp() - min(waiting_since)
                       FILTER (WHERE state = 'triage')), 0) AS triage
              FROM casefile WHERE state IN ('triage', 'unstaffed')
        """)
    ).one()
    family = GaugeMetricFamily(
        "ventanilla_routing_oldest_waiting_seconds", "How long the oldest case without advisor waits.", labels=["state"]
    )
    family.add_metric(["unstaffed"], float(row.unstaffed))
    family.add_metric(["triage"], float(row.triage))
    yield family


def _room(session: Session) -> Iterator[Metric]:
    row = session.execute(
        text("""
            SELECT coalesce(sum(open_count), 0) AS load, coalesce(sum(capacity), 0) AS capacity,
                   count(*) FILTER (WHERE open_count >= capacity) AS full_advisors
              FROM advisor JOIN account USING (account_id) WHERE is_available AND is_active
        """)
    ).one()
    yield GaugeMetricFamily("ventanilla_routing_advisor_load", "Cases that advisors present have open.", row.load)
    yield GaugeMetricFamily("ventanilla_routing_advisor_capacity", "Cases they could have open.", row.capacity)
    yield GaugeMetricFamily("ventanilla_routing_full_advisors", "Advisors without room.", row.full_advisors)
