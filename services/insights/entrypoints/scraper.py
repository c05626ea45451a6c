"""Reads the `/metrics` of every process, as Prometheus would, for the console of installations that have none.

It runs beside the clock, in a thread of its own. Each target has a short time-out and bounded text; one that does not
answer is recorded as down. No transaction is open while the network is used.
"""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic

import structlog
from sqlalchemy.exc import SQLAlchemyError

from services.insights.domain.telemetry import Look, Target, TelemetryError, read_samples, read_targets
from services.insights.settings import Settings
from services.insights.use_cases import telemetry
from shared.db.database import Database, assert_no_transaction
from shared.messaging.work import UnitsOfWork
from shared.observability.metrics import counter, histogram

log = structlog.get_logger()

_LONGEST_ANSWER = 4 * 1024 * 1024
_AT_ONCE = 4
_SHORTEST_PAUSE = 0.5


class Scraper:
    """Looks at every listed process once per period, if it is this process's turn."""

    def __init__(self, settings: Settings, units: UnitsOfWork) -> None:
        self._settings = settings
        self._units = units
        self._scrapes = counter("insights", "scrapes", "Looks at a process's metrics.", "outcome")
        self._seconds = histogram("insights", "scrape_round_seconds", "Time to look at all processes.")

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop."""
        pause = max(self._settings.scrape_seconds / 2, _SHORTEST_PAUSE)
        while not stop.is_set():
            try:
                self.round()
            except (SQLAlchemyError, TelemetryError, OSError) as error:
                log.warning("scrape_round_failed", error=error.__class__.__name__)
            stop.wait(pause)

    def round(self) -> int:
        """Look at every target, unless another clock has done so in this period; returns how many were looked at.

        :raises TelemetryError: the list of targets cannot be read.
        """
        with self._units.begin() as work:
            if not telemetry.take_turn(work, self._settings.scrape_seconds * 0.9):
                return 0
        started = monotonic()
        looks = self._look_at_all(self._listed_targets())
        with self._units.begin() as work:
            telemetry.record(work, looks)
        self._seconds.observe(monotonic() - started)
        return len(looks)

    def _listed_targets(self) -> list[Target]:
        if not self._settings.metrics_targets:
            return []
        try:
            return read_targets(json.loads(Path(self._settings.metrics_targets).read_text(encoding="utf-8")))
        except ValueError as error:
            raise TelemetryError("the list of targets is not JSON") from error

    def _look_at_all(self, targets: list[Target]) -> list[Look]:
        assert_no_transaction("looking at the processes")
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="scrape") as pool:
            looks = list(pool.map(self._look, targets))
        for look in looks:
            self._scrapes.labels("answered" if look.is_up else "failed").inc()
        return looks

    def _look(self, target: Target) -> Look:
        try:
            return Look(target, None, tuple(read_samples(target.service, self._fetch(target.address))))
        except (OSError, http.client.HTTPException, TelemetryError, ValueError) as error:
            return Look(target, error.__class__.__name__)

    def _fetch(self, address: str) -> str:
        connection = http.client.HTTPConnection(address, timeout=self._settings.scrape_timeout_seconds)
        with closing(connection):
            connection.request("GET", "/metrics", headers={"Accept": "text/plain"})
            answer = connection.getresponse()
            body = answer.read(_LONGEST_ANSWER + 1)
        if answer.status != http.client.OK:
            raise TelemetryError(f"answered {answer.status}")
        if len(body) > _LONGEST_ANSWER:
            raise TelemetryError("the answer is too long")
        return body.decode("utf-8", "replace")


@contextmanager
def scraping(settings: Settings) -> Iterator[None]:
    """Look at the processes for as long as the block runs, on connections of its own."""
    database = Database(settings.service.database_url, name=f"{settings.service.instance}-scraper", pool_size=1)
    stop = threading.Event()
    scraper = Scraper(settings, UnitsOfWork("insights", database))
    thread = threading.Thread(target=scraper.run, args=(stop,), name="scraper", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=10)
        database.dispose()
