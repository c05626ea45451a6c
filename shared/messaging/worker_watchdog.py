"""The worker's main process: it shows metrics, tells that it lives, and ends itself when it no longer works.

The heartbeat is driven by Celery's own event loop. A loop that hangs (a synchronous read on a link that died
silently, say) stops re-arming a timer in the interpreter, which then prints every stack and ends the process; the
supervisor starts a fresh one. A broker that is away for a minute looks the same, and a fresh start does no harm then:
what was taken from the queue is in the inbox, or still owed by its producer. No Python thread does this, because the
pool forks from this process, and a lock that a thread holds at that moment stays locked in the child for ever.
"""

from __future__ import annotations

import faulthandler
import os
from datetime import UTC, datetime
from typing import Any, ClassVar

from celery import bootsteps

from shared.db.database import Database
from shared.messaging.heartbeat import BEAT_SECONDS, beat
from shared.observability.metrics import Exposition
from shared.observability.metrics_server import serve_metrics
from shared.settings import ServiceSettings


class WatchdogStep(bootsteps.StartStopStep):  # type: ignore[misc]  # celery ships no types
    """A step of the Celery worker's start; it comes after the pool's, so that the first children fork before it."""

    requires: ClassVar[set[str]] = {"celery.worker.components:Pool", "celery.worker.components:Timer"}
    settings: ServiceSettings
    hung_after_seconds: ClassVar[float] = 60.0

    def __init__(self, parent: Any, **_: Any) -> None:  # noqa: ARG002 - Celery's signature
        self._started_at = datetime.now(UTC)
        self._database: Database | None = None
        self._timer_entry: Any = None

    def start(self, parent: Any) -> None:
        """Begin to watch."""
        self._database = Database(self.settings.database_url, name=f"{self.settings.instance}-watchdog", pool_size=1)
        self._turn()
        self._timer_entry = parent.timer.call_repeatedly(BEAT_SECONDS, self._turn)
        multiproc_dir = os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")  # noqa: TID251 - prometheus-client's own variable
        serve_metrics(Exposition(multiproc_dir), self.settings.metrics_port, self.settings.metrics_host)

    def stop(self, parent: Any) -> None:  # noqa: ARG002 - Celery's signature
        """A worker that drains its tasks on the way down is not hung."""
        faulthandler.cancel_dump_traceback_later()
        if self._timer_entry is not None:
            self._timer_entry.cancel()

    def _turn(self) -> None:
        faulthandler.dump_traceback_later(self.hung_after_seconds, exit=True)
        if self._database is not None:
            beat(self._database, self.settings.instance, "worker", self._started_at)
            self._database.dispose()  # no connection is open here when the next child is forked
