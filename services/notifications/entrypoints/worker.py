"""`celery -A services.notifications.entrypoints.worker:app worker`: events in, letters into the ledger."""

from __future__ import annotations

from services.notifications.entrypoints.events import handlers
from services.notifications.settings import read
from shared.messaging.celery_app import make_celery
from shared.messaging.processes import build_consumer, connect, observe, read_or_exit

settings = read_or_exit(read)
observe(settings.service)
app = make_celery(settings.service, lambda: build_consumer(connect(settings.service, pool_size=2), handlers))
