"""The worker: receives events. The model is loaded before the pool forks, so that its processes share the memory."""

from __future__ import annotations

from services.routing.entrypoints.events import event_handlers
from services.routing.entrypoints.learning.models import LiveClassifier, load_classifier
from services.routing.settings import read
from shared.messaging.celery_app import make_celery
from shared.messaging.consumer import Consumer
from shared.messaging.processes import build_consumer, connect, observe, read_or_exit

settings = read_or_exit(read)
observe(settings.service)
classifier = LiveClassifier(load_classifier(settings.models_folder))
_before_fork = connect(settings.service, pool_size=1)
classifier.refresh(_before_fork.database)
_before_fork.database.dispose()


def consumer_of_this_process() -> Consumer:
    """In each pool process: its own connections, and its own look at which model is champion."""
    parts = connect(settings.service, pool_size=2)
    classifier.watch(parts.database, settings.model_check_seconds)
    return build_consumer(parts, event_handlers(lambda: classifier))


app = make_celery(settings.service, consumer_of_this_process)
