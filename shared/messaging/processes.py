"""From settings to running processes: what a service's entrypoints are made of."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import structlog
from prometheus_client.registry import Collector

from shared.db.database import Database
from shared.messaging.broker import Broker
from shared.messaging.clock_process import ClockProcess
from shared.messaging.consumer import Consumer
from shared.messaging.gauges import DeliveryCollector
from shared.messaging.handlers import Handlers
from shared.messaging.heartbeat import beat_in_background
from shared.messaging.housekeeping import Job, retention_jobs
from shared.messaging.relay import Relay
from shared.messaging.signing import Signatures
from shared.messaging.timers import TimerHandlers
from shared.messaging.work import UnitsOfWork
from shared.observability.logging import configure_logging
from shared.observability.metrics import Exposition
from shared.observability.metrics_server import serve_metrics
from shared.observability.tracing import configure_tracing
from shared.settings import ServiceSettings, SettingsError

log = structlog.get_logger()

S = TypeVar("S")
_COLLECT_AFTER_OBJECTS = 10_000
_CONFIGURATION_ERROR = 78  # EX_CONFIG of sysexits.h: restarting will not help


@dataclass(frozen=True, slots=True)
class Parts:
    """The connections of one process."""

    settings: ServiceSettings
    database: Database
    units: UnitsOfWork
    broker: Broker
    signatures: Signatures


def read_or_exit(read: Callable[[], S]) -> S:
    """Read the settings of a process, or end it with what is wrong with them."""
    try:
        return read()
    except SettingsError as error:
        sys.stderr.write(f"{error}\nSee .env.example for what each variable means.\n")
        raise SystemExit(_CONFIGURATION_ERROR) from None


def observe(settings: ServiceSettings) -> None:
    """Logs and traces of a process; called once, at start.

    The collector is told to look less often: what a request or an event leaves behind has no cycles worth looking
    for every 700 objects, and half of these processes' objects are there for good.
    """
    gc.set_threshold(_COLLECT_AFTER_OBJECTS, 20, 20)
    configure_logging(settings.service, settings.instance, settings.log_level)
    configure_tracing(settings.service, settings.otlp_endpoint)


def connect(settings: ServiceSettings, *, pool_size: int = 3, is_web: bool = False) -> Parts:
    """Open (lazily) what a process talks to."""
    database = Database(settings.database_url, name=settings.instance, pool_size=pool_size, is_web=is_web)
    signatures = Signatures(settings.service, settings.peer_keys)
    broker = Broker(settings.redis_url, settings.service, signatures)
    return Parts(settings, database, UnitsOfWork(settings.service, database), broker, signatures)


def build_consumer(parts: Parts, handlers: Handlers) -> Consumer:
    """The consumer of a worker or a clock."""
    handlers.require_complete()
    return Consumer(parts.units, handlers, parts.broker, parts.signatures, parts.settings.delivery)


def run_relay(settings: ServiceSettings) -> None:
    """The relay process, until SIGTERM."""
    observe(settings)
    parts = connect(settings, pool_size=1)
    with lifetime(parts, "relay") as stop:
        Relay(settings.service, parts.database, parts.broker, settings.delivery).run(stop)


def run_clock(
    settings: ServiceSettings, handlers: Handlers, timer_handlers: TimerHandlers, jobs: tuple[Job, ...] = (),
    collectors: Callable[[Parts], tuple[Collector, ...]] = lambda _parts: (),
) -> None:  # fmt: skip
    """The clock process, until SIGTERM.

    :param collectors: gauges of the service's own that are read from its database at every scrape.
    """
    observe(settings)
    parts = connect(settings, pool_size=4)
    every_job = (*retention_jobs(settings.delivery), *jobs)
    with lifetime(parts, "clock", beats=False, collectors=collectors(parts)) as stop:
        ClockProcess(settings, parts.units, build_consumer(parts, handlers), timer_handlers, every_job).run(stop)


@contextmanager
def lifetime(
    parts: Parts, kind: str, *, beats: bool = True, collectors: tuple[Collector, ...] = ()
) -> Iterator[threading.Event]:
    """A process's life: metrics and heartbeat from here on, a flag that SIGTERM and SIGINT raise, a clean end."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    multiproc_dir = os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")  # noqa: TID251 - prometheus-client's own variable
    every_collector = (DeliveryCollector(parts), *collectors) if kind == "clock" else collectors
    exposition = Exposition(multiproc_dir, every_collector)
    server = serve_metrics(exposition, parts.settings.metrics_port, parts.settings.metrics_host)
    if beats:
        beat_in_background(parts.database, parts.settings.instance, kind, stop)
    log.info("process_started", kind=kind)
    try:
        yield stop
    finally:
        log.info("process_stopped", kind=kind)
        if server is not None:
            server.shutdown()
        parts.broker.close()
        parts.database.dispose()
