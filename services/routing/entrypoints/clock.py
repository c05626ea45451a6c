"""The clock: deadlines, retries, the regular look at who still waits, and trainings when they are due."""

from __future__ import annotations

from pathlib import Path

from services.routing.entrypoints.events import JOBS, event_handlers, timer_handlers
from services.routing.entrypoints.gauges import CaseCollector
from services.routing.entrypoints.learning.gauges import LearningCollector
from services.routing.entrypoints.learning.training_process import TrainingProcess, learning_jobs
from services.routing.settings import read
from services.routing.use_cases.opening import Classifies
from shared.accounts.audit_anchors import anchor_job
from shared.http.languages import add_catalogs
from shared.messaging.processes import connect, read_or_exit, run_clock

PACKAGE = Path(__file__).resolve().parent.parent


def main() -> None:
    """Run until told to stop. The model, built by `migrate`, is loaded only if an event that failed needs it."""
    settings = read_or_exit(read)
    add_catalogs(PACKAGE / "locale")  # what the clock could not do for somebody it says in their language
    live: list[Classifies] = []

    def classifier() -> Classifies:
        if not live:
            from services.routing.entrypoints.learning.models import LiveClassifier, load_classifier  # noqa: PLC0415 - numpy and a model, seldom needed

            found = LiveClassifier(load_classifier(settings.models_folder))
            found.watch(connect(settings.service, pool_size=1).database, settings.model_check_seconds)
            live.append(found)
        return live[0]

    training = TrainingProcess()
    try:
        run_clock(
            settings.service,
            event_handlers(classifier),
            timer_handlers,
            (*JOBS, anchor_job(settings.service), *learning_jobs(settings, training)),
            collectors=lambda parts: (CaseCollector(parts.database), LearningCollector(parts.database)),
        )
    finally:
        training.stop()


if __name__ == "__main__":
    main()
