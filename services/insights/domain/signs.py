"""Signs of trouble: pure rules over what is known, each named as the Prometheus alert that says the same.

The thresholds are those of deploy/prometheus/rules/alerts.yml; a test keeps the names alike. The console shows a sign
at once, without the patience (`for`) of an alert: whoever looks wants to see what is so now.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.insights.domain.telemetry import Reading, Sample

STALE_AFTER = timedelta(seconds=60)
UNCLASSIFIED_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Limit:
    """A gauge that must not be above `most`.

    `only` narrows it to samples with these labels, `where` names the label that says where. Above `until` it says
    nothing any more: a heartbeat that old belongs to a process that was taken out of service.
    """

    sign: str
    gauge: str
    most: float
    is_critical: bool
    unit: str
    only: tuple[tuple[str, str], ...] = ()
    where: str | None = None
    until: float = math.inf


LIMITS = (
    Limit("HeartbeatLost", "process_heartbeat_age_seconds", 60, True, "seconds", where="instance", until=3600),
    Limit("OutboxStuck", "outbox_oldest_seconds", 60, True, "seconds", where="subscriber"),
    Limit("InboxStuck", "inbox_oldest_seconds", 60, False, "seconds"),
    Limit("TimersLate", "timers_overdue_seconds", 60, True, "seconds"),
    Limit("QueueBacklog", "queue_messages", 500, False, "count", where="subscriber"),
    Limit("DeadLetters", "inbox_events", 0, True, "count", only=(("status", "dead"),)),
    Limit("UnknownEvents", "inbox_events", 0, False, "count", only=(("status", "unknown"),)),
    Limit("QuarantinedBatches", "quarantined_batches", 0, False, "count"),
    Limit("QuarantinedBatches", "broker_quarantined", 0, False, "count"),
    Limit("MessagesNotSent", "oldest_pending_seconds", 900, True, "seconds", where="channel"),
    Limit("ProviderAway", "breaker_open", 0, False, "count", where="channel"),
    Limit("UncertainMessages", "messages", 0, False, "count", only=(("state", "uncertain"),), where="channel"),
)


@dataclass(frozen=True, slots=True)
class Sign:
    """Something is wrong. `where` is a service or a process; `amount` a count or seconds, as `unit` says."""

    name: str
    is_critical: bool
    where: str
    amount: float
    unit: str


@dataclass(frozen=True, slots=True)
class Journey:
    """What only insights knows: cases that stand still."""

    unstaffed: int
    breached: int
    unclassified_seconds: float


def find_signs(readings: Iterable[Reading], journey: Journey, now: datetime) -> list[Sign]:
    """Every sign, the critical ones first."""
    signs = [*_of_journey(journey)]
    for reading in readings:
        signs += _of_process(reading, now)
    return sorted(signs, key=lambda sign: (not sign.is_critical, sign.name, sign.where))


def _of_journey(journey: Journey) -> Iterator[Sign]:
    if journey.unclassified_seconds > UNCLASSIFIED_SECONDS:
        yield Sign("JourneyStalled", True, "routing", journey.unclassified_seconds, "seconds")
    if journey.unstaffed:
        yield Sign("UnstaffedCases", False, "routing", journey.unstaffed, "count")
    if journey.breached:
        yield Sign("SlaBreachesOpen", False, "routing", journey.breached, "count")


def _of_process(reading: Reading, now: datetime) -> Iterator[Sign]:
    target = reading.target
    if not reading.is_up:
        silent = (now - reading.answered_at).total_seconds() if reading.answered_at else 0.0
        yield Sign("ProcessDown", True, target.instance, silent, "seconds")
        return
    for sample in reading.samples:
        for limit in LIMITS:
            if sample.name == limit.gauge and limit.most < sample.value < limit.until and _fits(sample, limit):
                place = f"{target.service} → {sample.labels.get(limit.where, '')}" if limit.where else target.service
                yield Sign(limit.sign, limit.is_critical, place, sample.value, limit.unit)


def _fits(sample: Sample, limit: Limit) -> bool:
    return all(sample.labels.get(name) == value for name, value in limit.only)


def is_stale(reading: Reading, now: datetime) -> bool:
    """Whether a look at a target is too old to be shown as the present."""
    return now - reading.checked_at > STALE_AFTER
