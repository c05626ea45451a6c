"""Signs of trouble, one by one, at their limits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.insights.domain.signs import LIMITS, UNCLASSIFIED_SECONDS, Journey, find_signs, is_stale
from services.insights.domain.telemetry import Reading, Sample, Target

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
CALM = Journey(unstaffed=0, breached=0, unclassified_seconds=0.0)
CLOCK = Target("routing", "clock", "routing-clock-1", "127.0.0.1:1")


def reading(*samples: Sample, is_up: bool = True, answered_at: datetime | None = NOW) -> Reading:
    return Reading(CLOCK, is_up, None if is_up else "TimeoutError", NOW, answered_at, samples)


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: f"{limit.sign}-{limit.gauge}")
def test_a_gauge_at_its_limit_says_nothing_and_above_it_gives_its_sign(limit):
    labels = {**dict(limit.only), "subscriber": "intake", "instance": "worker-1"}
    assert find_signs([reading(Sample(limit.gauge, labels, limit.most))], CALM, NOW) == []
    (sign,) = find_signs([reading(Sample(limit.gauge, labels, limit.most + 1))], CALM, NOW)
    assert (sign.name, sign.amount, sign.unit) == (limit.sign, limit.most + 1, limit.unit)
    assert sign.where.startswith("routing")


def test_waiting_events_are_neither_dead_nor_unknown():
    assert find_signs([reading(Sample("inbox_events", {"status": "waiting"}, 5.0))], CALM, NOW) == []


def test_the_heartbeat_of_a_process_that_was_taken_out_of_service_is_forgotten():
    old = Sample("process_heartbeat_age_seconds", {"instance": "worker-2"}, 3601.0)
    assert find_signs([reading(old)], CALM, NOW) == []


def test_a_silent_process_gives_one_sign_and_its_old_figures_none():
    dead = Sample("inbox_events", {"status": "dead"}, 5.0)
    (sign,) = find_signs([reading(dead, is_up=False, answered_at=NOW - timedelta(seconds=90))], CALM, NOW)
    assert (sign.name, sign.where, sign.amount) == ("ProcessDown", "routing-clock-1", 90.0)


def test_cases_that_stand_still_give_signs_and_the_critical_come_first():
    journey = Journey(unstaffed=2, breached=3, unclassified_seconds=UNCLASSIFIED_SECONDS + 1)
    signs = find_signs([], journey, NOW)
    assert [sign.name for sign in signs] == ["JourneyStalled", "SlaBreachesOpen", "UnstaffedCases"]
    assert find_signs([], Journey(0, 0, UNCLASSIFIED_SECONDS), NOW) == []


def test_a_look_is_stale_after_a_minute():
    assert not is_stale(reading(), NOW + timedelta(seconds=60))
    assert is_stale(reading(), NOW + timedelta(seconds=61))
