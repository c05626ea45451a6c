"""A worker that applies events by doing nothing: all that is left is the price of delivery. Started by bench.events."""

from __future__ import annotations

import os

from bench.delivery_settings import CONSUMER, scratch_settings
from shared.contracts.event import Event
from shared.messaging.celery_app import make_celery
from shared.messaging.handlers import Handlers
from shared.messaging.processes import build_consumer, connect, observe
from shared.messaging.work import Work

_server = os.environ["BENCH_DATABASE_URL"]  # noqa: TID251 - a program of its own, started by the bench
_broker = os.environ["BENCH_BROKER_URL"]  # noqa: TID251 - a program of its own, started by the bench

settings = scratch_settings(CONSUMER, _server, _broker)
handlers = Handlers(CONSUMER)


def accept(_event: Event, _work: Work) -> None:
    """Nothing."""


handlers.on(*(contract.event for contract in handlers.subscriptions))(accept)
observe(settings)
app = make_celery(settings, lambda: build_consumer(connect(settings, pool_size=2), handlers))
