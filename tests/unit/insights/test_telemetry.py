"""Reading what processes say of themselves."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.insights.domain.telemetry import Sample, TelemetryError, read_samples, read_targets

EXPOSITION = """\
# HELP ventanilla_routing_queue_messages Messages waiting.
# TYPE ventanilla_routing_queue_messages gauge
ventanilla_routing_queue_messages{subscriber="intake"} 4.0
ventanilla_routing_outbox_oldest_seconds{subscriber="intake"} NaN
ventanilla_routing_quarantined_batches 1
ventanilla_routing_event_delay_seconds_bucket{le="0.1"} 7
ventanilla_intake_queue_messages{subscriber="routing"} 9
process_cpu_seconds_total 1.2
"""


def test_only_the_shown_gauges_of_the_service_are_read_and_none_that_is_no_number():
    assert read_samples("routing", EXPOSITION) == [
        Sample("queue_messages", {"subscriber": "intake"}, 4.0),
        Sample("quarantined_batches", {}, 1.0),
    ]


@given(st.text())
def test_any_text_gives_samples_or_the_declared_error(text):
    for line in (text, "ventanilla_intake_queue_messages" + text):
        with contextlib.suppress(TelemetryError):
            assert all(isinstance(sample.value, float) for sample in read_samples("intake", line))


def test_targets_are_read_as_prometheus_reads_them():
    groups = [
        {"targets": ["a:1", "b:2"], "labels": {"service": "intake", "process": "worker"}},
        {"targets": ["c:3"], "labels": {"service": "intake", "process": "web", "instance": "intake-web-1"}},
        {"targets": ["d:4"], "labels": {"service": "intake", "process": "web", "instance": "intake-web-1"}},
    ]
    found = read_targets(groups)
    assert [(each.instance, each.address) for each in found] == [
        ("a:1", "a:1"),
        ("b:2", "b:2"),
        ("intake-web-1", "d:4"),
    ]


@pytest.mark.parametrize("wrong", [None, 1, {}, "x", [1], [{}], [{"targets": "x", "labels": {}}], [{"targets": ["x"]}]])
def test_what_is_no_list_of_targets_is_refused(wrong):
    with pytest.raises(TelemetryError):
        read_targets(wrong)
