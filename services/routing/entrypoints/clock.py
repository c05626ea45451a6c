"""The clock: deadlines, retries, and the regular look at who still waits."""

from __future__ import annotations

from services.routing.entrypoints.events import JOBS, event_handlers, timer_handlers
from services.routing.entrypoints.gauges import CaseCollector
from services.routing.entrypoints.models import load_classifier, prepare_model
from services.routing.settings import read
from shared.messaging.processes import read_or_exit, run_clock


def main() -> None:
    """Run until told to stop. The model is loaded only if an event that failed before needs it."""
    settings = read_or_exit(read)
    prepare_model(settings.models_folder)
    handlers = event_handlers(lambda: load_classifier(settings.models_folder))
    run_clock(
        settings.service, handlers, timer_handlers, JOBS, collectors=lambda parts: (CaseCollector(parts.database),)
    )


if __name__ == "__main__":
    main()
