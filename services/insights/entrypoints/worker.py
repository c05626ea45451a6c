"""The Celery worker: `celery -A services.insights.entrypoints.worker:app worker`."""

from __future__ import annotations

from services.insights.entrypoints.events import handlers
from services.insights.settings import read
from shared.messaging.celery_app import make_celery
from shared.messaging.processes import build_consumer, connect, observe, read_or_exit

settings = read_or_exit(read).service
observe(settings)
app = make_celery(settings, lambda: build_consumer(connect(settings, pool_size=2), handlers))
