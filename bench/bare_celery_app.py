"""Stock Celery with one task that does nothing: what events are compared with. Started by bench.references."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery

# The tuned settings of the product are left out on purpose: this is what a new project gets.
app: Any = Celery("bare", broker=os.environ["BENCH_BROKER_URL"])  # noqa: TID251 - a program of its own, started by the bench
app.conf.update(task_ignore_result=True, worker_hijack_root_logger=False)


def do_nothing(_payload: str) -> None:
    """Take an event-sized payload and do nothing with it."""


nothing = app.task(name="bench.nothing")(do_nothing)
