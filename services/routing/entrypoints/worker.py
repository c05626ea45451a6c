"""The worker: receives events. The model is loaded before the pool forks, so that its processes share the memory."""

from __future__ import annotations

from services.routing.entrypoints.events import event_handlers
from services.routing.entrypoints.models import load_classifier
from services.routing.settings import read
from shared.messaging.celery_app import make_celery
from shared.messaging.processes import build_consumer, connect, observe, read_or_exit

settings = read_or_exit(read)
observe(settings.service)
load_classifier(settings.models_folder)
app = make_celery(
    settings.service,
    lambda: build_consumer(
        connect(settings.service, pool_size=2), event_handlers(lambda: load_classifier(settings.models_folder))
    ),
)
