"""Every PromQL expression of dashboards and rules finds something in a Prometheus that scrapes the running system.

A dashboard that asks for a metric nobody exports looks like a calm system; an alert that does so is silent for ever.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import pytest

from deploy.local.demo.conductor import Conductor
from deploy.local.demo.script import questions
from deploy.local.reporting import SilentReporter
from tests.support import prometheus, promql
from tests.support.eventually import eventually
from tests.support.prometheus import Prometheus
from tests.support.running_system import RunningSystem

_SECONDS = 60.0
# Six consultations: among them one for triage, so that every outcome of the first hour of a desk has happened.
_JOURNEYS = 6


@pytest.fixture(scope="module")
def server(system: RunningSystem, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    if not prometheus.is_installed():
        sys.stderr.write(f"\nNOT TESTED: no PromQL expression was run. {prometheus.MISSING}\n")
        pytest.skip(prometheus.MISSING)
    with prometheus.running(system.targets_file, tmp_path_factory.mktemp("prometheus")) as started:
        targets = sum(len(group["targets"]) for group in json.loads(system.targets_file.read_text()))
        eventually(lambda: len(started.query('up{job="ventanilla"} == 1')) == targets, within=_SECONDS)
        Conductor(system.configuration, SilentReporter()).play(questions(_JOURNEYS))
        yield started


@pytest.mark.parametrize("expression", promql.recorded(), ids=str)
def test_a_recording_rule_records_something(server: Prometheus, expression: promql.Expression) -> None:
    assert eventually(lambda: server.query(expression.text), within=_SECONDS)


@pytest.mark.parametrize("expression", promql.shown(), ids=str)
def test_a_panel_shows_something(server: Prometheus, expression: promql.Expression) -> None:
    assert eventually(lambda: server.query(expression.text), within=_SECONDS)


@pytest.mark.parametrize("expression", promql.alerts(), ids=str)
def test_an_alert_watches_series_that_exist(server: Prometheus, expression: promql.Expression) -> None:
    watched = promql.selectors(expression.text)
    assert watched, expression.text
    for selector in watched:
        assert eventually(lambda asked=selector: server.query(asked), within=_SECONDS), selector


def test_a_process_that_is_stopped_is_seen_as_missing(system: RunningSystem, server: Prometheus) -> None:
    missing = 'ALERTS{alertname="ProcessMissing", service="insights", process="worker"}'
    system.control.stop("insights-worker")
    try:
        assert eventually(lambda: server.query(missing), within=_SECONDS)
    finally:
        system.control.start("insights-worker")
    assert eventually(lambda: not server.query(missing), within=_SECONDS)
