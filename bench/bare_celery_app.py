"""Stock Celery with one task that does nothing: what events are compared with. Started by bench.references."""

from __future__ import annotations

import os

from celery import Celery

# The tuned settings of the product are left out on purpose: this is what a new project gets.
app = Celery("bare", broker=os.environ["BENCH_BROKER_URL"])  # noqa: TID251 - a program of its own, started by the bench
app.conf.update(task_ignore_result=True, worker_hijack_root_logger=False)


@app.task(name="bench.nothing")
def nothing(_payload: str) -> None:
    """Take an event-sized payload and do nothing with it."""
