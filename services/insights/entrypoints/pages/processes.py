"""The processes and queues as the page and the API show them: telemetry, arranged by service."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from services.insights.domain.signs import is_stale
from services.insights.domain.telemetry import Reading

SERVICE_ORDER = ("intake", "routing", "notifications", "insights")
PROCESS_ORDER = ("web", "relay", "worker", "clock", "email", "sms")


@dataclass(frozen=True, slots=True)
class ProcessLine:
    """Processes of one kind: how many answer, out of how many, and which do not."""

    service: str
    process: str
    alive: int
    total: int
    silent: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QueueLine:
    """The delivery of one service, from the clock's newest answer; None where nothing was said.

    Insights publishes nothing, so its outbox says nothing either.
    """

    service: str
    is_known: bool
    unpublished: float | None
    unconfirmed: float | None
    outbox_oldest_seconds: float | None
    pending: float | None
    waiting: float | None
    inbox_oldest_seconds: float | None
    dead_letters: float | None
    unknown_events: float | None
    quarantined: float | None
    timers_overdue_seconds: float | None
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class BrokerQueue:
    """Messages that wait in the broker for a subscriber, as its producers last saw."""

    subscriber: str
    messages: float


def process_lines(readings: Iterable[Reading], now: datetime) -> list[ProcessLine]:
    """Every kind of process, in the order of the picture in the README."""
    groups: dict[tuple[str, str], list[Reading]] = {}
    for reading in readings:
        groups.setdefault((reading.target.service, reading.target.process), []).append(reading)
    lines = []
    for (service, process), group in groups.items():
        silent = tuple(each.target.instance for each in group if not each.is_up or is_stale(each, now))
        lines.append(ProcessLine(service, process, len(group) - len(silent), len(group), silent))
    return sorted(lines, key=lambda line: (_rank(SERVICE_ORDER, line.service), _rank(PROCESS_ORDER, line.process)))


def by_service(lines: list[ProcessLine]) -> list[tuple[str, list[ProcessLine]]]:
    """The lines of each service together, in their order."""
    return [(service, list(group)) for service, group in groupby(lines, key=attrgetter("service"))]


def queue_lines(readings: Iterable[Reading], now: datetime) -> list[QueueLine]:
    """The delivery of every service whose clock is listed."""
    newest = _clock_of_each_service(readings)
    return [_queue_line(newest[service], now) for service in sorted(newest, key=lambda s: _rank(SERVICE_ORDER, s))]


def broker_queues(readings: Iterable[Reading]) -> list[BrokerQueue]:
    """The length of each queue; producers see the same queue, the highest of their answers counts."""
    lengths: dict[str, float] = {}
    for reading in _clock_of_each_service(readings).values():
        for sample in reading.samples:
            if sample.name == "queue_messages" and reading.is_up:
                subscriber = sample.labels.get("subscriber", "")
                lengths[subscriber] = max(sample.value, lengths.get(subscriber, 0.0))
    return [BrokerQueue(name, lengths[name]) for name in sorted(lengths, key=lambda s: _rank(SERVICE_ORDER, s))]


def unsent_messages(readings: Iterable[Reading]) -> dict[tuple[str, str], int] | None:
    """Messages that are not delivered, by (channel, state), as notifications' clock counts its ledger.

    :returns: None when that clock does not answer.
    """
    clock = _clock_of_each_service(readings).get("notifications")
    if clock is None or not clock.is_up:
        return None
    return {
        (sample.labels.get("channel", ""), sample.labels.get("state", "")): int(sample.value)
        for sample in clock.samples
        if sample.name == "messages"
    }


def _clock_of_each_service(readings: Iterable[Reading]) -> dict[str, Reading]:
    """Of several clocks of a service all say the same; one that answers is preferred."""
    clocks: dict[str, Reading] = {}
    for reading in readings:
        held = clocks.get(reading.target.service)
        if reading.target.process == "clock" and (held is None or not held.is_up):
            clocks[reading.target.service] = reading
    return clocks


def _queue_line(reading: Reading, now: datetime) -> QueueLine:
    is_known = reading.is_up and not is_stale(reading, now)

    def over(name: str, combine: Callable[[Sequence[float]], float], **labels: str) -> float | None:
        found = [
            sample.value
            for sample in reading.samples
            if sample.name == name and all(sample.labels.get(key) == value for key, value in labels.items())
        ]
        return combine(found) if found and is_known else None

    return QueueLine(
        service=reading.target.service,
        is_known=is_known,
        unpublished=over("outbox_unpublished", sum),
        unconfirmed=over("outbox_unconfirmed", sum),
        outbox_oldest_seconds=over("outbox_oldest_seconds", max),
        pending=over("inbox_events", sum, status="pending"),
        waiting=over("inbox_events", sum, status="waiting"),
        inbox_oldest_seconds=over("inbox_oldest_seconds", sum),
        dead_letters=over("inbox_events", sum, status="dead"),
        unknown_events=over("inbox_events", sum, status="unknown"),
        quarantined=over("quarantined_batches", sum),
        timers_overdue_seconds=over("timers_overdue_seconds", sum),
        read_at=reading.answered_at,
    )


def _rank(order: tuple[str, ...], name: str) -> tuple[int, str]:
    return (order.index(name) if name in order else len(order), name)
