"""A routing worker for tests: the real Celery application, with handlers that do what an event's text says.

Read by `celery -A tests.support.worker_app worker` in a process of its own, from a real environment.
"""

from __future__ import annotations

import os
import signal
import threading
from typing import Any

from celery import bootsteps

from shared.contracts.catalog import subscriptions_of
from shared.contracts.event import Event
from shared.messaging.celery_app import make_celery
from shared.messaging.consumer import Consumer
from shared.messaging.handlers import Handlers
from shared.messaging.processes import build_consumer, connect, observe, read_or_exit
from shared.messaging.work import Work
from shared.messaging.worker_watchdog import WatchdogStep
from shared.settings import read_service_settings
from tests.support.delivery import record_effect

settings = read_or_exit(lambda: read_service_settings("routing"))


def act(event: Event, work: Work) -> None:
    """Take effect, unless the event says otherwise."""
    body = getattr(event, "body", "")
    if body == "raise":
        raise RuntimeError("as the event says")
    if body == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if body == "hang":
        threading.Event().wait()
    record_effect(event, work)


def build() -> Consumer:
    """The consumer of one pool process."""
    handlers = Handlers("routing")
    handlers.on(*[contract.event for contract in subscriptions_of("routing")])(act)
    return build_consumer(connect(settings), handlers)


observe(settings)
app = make_celery(settings, build)


class HangStep(bootsteps.StartStopStep):  # type: ignore[misc]  # celery ships no types
    """Makes the worker's event loop hang for ever shortly after its start, as a silent link does."""

    requires = ("celery.worker.components:Pool", "celery.worker.components:Timer")

    def start(self, parent: Any) -> None:
        parent.timer.call_after(2.0, threading.Event().wait)


if settings.public_url.endswith("/hang"):
    WatchdogStep.hung_after_seconds = 3.0
    app.steps["worker"].add(HangStep)
