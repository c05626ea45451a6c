"""What the processes say of themselves, as read from their `/metrics`: the few gauges that the console shows.

These are numbers for people who watch the system. No rule of the desk depends on them: what insights must know to do
its work comes in events.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

SHOWN = frozenset(
    {
        "outbox_unpublished", "outbox_unconfirmed", "outbox_oldest_seconds", "queue_messages", "inbox_events",
        "inbox_oldest_seconds", "timers_overdue_seconds", "quarantined_batches", "broker_quarantined",
        "process_heartbeat_age_seconds", "broker_resets_seen",
        "messages", "oldest_pending_seconds", "breaker_open",
    }
)  # fmt: skip
"""Names of gauges, without `ventanilla_<service>_`."""


class TelemetryError(Exception):
    """What a process answered is not the exposition format of Prometheus."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One gauge of one service; `name` is without `ventanilla_<service>_`."""

    name: str
    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True, slots=True)
class Target:
    """A process that shows metrics, as the runtime lists it."""

    service: str
    process: str
    instance: str
    address: str


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at a target gave: its samples, or the problem."""

    target: Target
    problem: str | None
    samples: tuple[Sample, ...] = ()

    @property
    def is_up(self) -> bool:
        """Whether it answered as it should."""
        return self.problem is None


@dataclass(frozen=True, slots=True)
class Reading:
    """The newest look at a target. `samples` are those of the last answer; `answered_at` says how old they are."""

    target: Target
    is_up: bool
    problem: str | None
    checked_at: datetime
    answered_at: datetime | None
    samples: tuple[Sample, ...]


def read_samples(service: str, exposition: str) -> list[Sample]:
    """The shown gauges of a service in a text of the exposition format.

    :raises TelemetryError: the text is something else.
    """
    prefix = f"ventanilla_{service}_"
    # Histograms are most of the text and nothing of what is shown: parse only the lines that matter.
    lines = [line for line in exposition.splitlines() if line.startswith(prefix) and _name(line, prefix) in SHOWN]
    try:
        return list(_finite(prefix, "\n".join(lines) + "\n"))
    except (ValueError, IndexError, KeyError) as error:
        raise TelemetryError(f"not the exposition format: {error}") from error


def _finite(prefix: str, text: str) -> Iterator[Sample]:
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if math.isfinite(sample.value):
                yield Sample(sample.name.removeprefix(prefix), dict(sample.labels), float(sample.value))


def _name(line: str, prefix: str) -> str:
    return line[len(prefix) :].partition("{")[0].partition(" ")[0]


def read_targets(groups: object) -> list[Target]:
    """The targets of a parsed `file_sd` document; of two with the same labels the later one counts.

    :raises TelemetryError: it is not a list of groups with targets and labels.
    """
    try:
        listed = [_target(address, group) for group in _listed(groups) for address in _listed(group["targets"])]
        return list({(each.service, each.process, each.instance): each for each in listed}.values())
    except (KeyError, TypeError, AttributeError) as error:
        raise TelemetryError(f"not a list of targets: {error!r}") from error


def _listed(value: object) -> Iterable[Any]:
    if not isinstance(value, list):
        raise TypeError("a list was expected")
    return value


def _target(address: object, group: dict[str, Any]) -> Target:
    labels = group["labels"]
    if not isinstance(labels, dict):
        raise TypeError("labels must be an object")
    service, process = str(labels["service"]), str(labels["process"])
    return Target(service, process, str(labels.get("instance", address)), str(address))
