"""Prometheus metrics with one naming scheme, `ventanilla_<service>_<noun>_<unit>`, safe in forked processes.

The metric objects are made once per process and name; asking again gives the same object, so that parts of a
program can be built twice (tests, two apps in one process) without a quarrel.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Callable
from functools import cache, wraps
from pathlib import Path
from threading import Lock
from typing import ParamSpec, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess
from prometheus_client.registry import REGISTRY, Collector

QUICK_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
AGE_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, 7200.0, 86400.0)

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Arguments = ParamSpec("Arguments")
Metric = TypeVar("Metric", Counter, Gauge, Histogram)
_making = Lock()
_LOOKS = 5
_PAUSE_SECONDS = 0.02


def _made_once(make: Callable[Arguments, Metric]) -> Callable[Arguments, Metric]:
    """Give every thread the same object: a bare `cache` lets two that ask at once both make it, which is an error."""
    made = cache(make)

    @wraps(make)
    def get(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Metric:
        with _making:
            return made(*args, **kwargs)  # type: ignore[arg-type]  # strings and numbers, which are hashable

    return get


@_made_once
def counter(service: str, name: str, help_text: str, *labels: str) -> Counter:
    """A count that only grows; `name` ends without `_total`, which the client adds."""
    return Counter(f"ventanilla_{service}_{name}", help_text, labels)


@_made_once
def gauge(service: str, name: str, help_text: str, *labels: str) -> Gauge:
    """A value that goes up and down, the newest of all processes of this kind."""
    return Gauge(f"ventanilla_{service}_{name}", help_text, labels, multiprocess_mode="mostrecent")


@_made_once
def histogram(
    service: str, name: str, help_text: str, *labels: str, buckets: tuple[float, ...] = QUICK_BUCKETS
) -> Histogram:
    """A distribution, in seconds unless the name says otherwise."""
    return Histogram(f"ventanilla_{service}_{name}", help_text, labels, buckets=buckets)


class Exposition:
    """What `/metrics` of one process answers: its own metrics and those of its forked children.

    :param multiproc_dir: where prometheus-client keeps the values of forked processes, if it does.
    :param collectors: read at every scrape, such as the ages of rows in the database.
    """

    def __init__(self, multiproc_dir: str, collectors: tuple[Collector, ...] = ()) -> None:
        self._multiproc_dir = multiproc_dir
        self._collectors = collectors

    def render(self) -> bytes:
        """The text exposition format."""
        fresh = CollectorRegistry()
        for collector in self._collectors:
            fresh.register(collector)
        if self._multiproc_dir and Path(self._multiproc_dir).is_dir():
            multiprocess.MultiProcessCollector(fresh, path=self._multiproc_dir)  # type: ignore[no-untyped-call]  # untyped upstream
            return _rendered(fresh)
        return generate_latest(REGISTRY) + generate_latest(fresh)


def _rendered(registry: CollectorRegistry) -> bytes:
    """The values of all processes; a process that has just begun has, for an instant, an empty file of values."""
    for _ in range(_LOOKS):
        try:
            return generate_latest(registry)
        except struct.error:
            time.sleep(_PAUSE_SECONDS)
    return generate_latest(registry)
