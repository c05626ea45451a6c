"""The clock: deadlines, retries, and the regular look at who still waits."""

from __future__ import annotations

from services.routing.entrypoints.events import JOBS, event_handlers, timer_handlers
from services.routing.entrypoints.gauges import CaseCollector
from services.routing.settings import read
from services.routing.use_cases.opening import Classifies
from shared.accounts.audit_anchors import anchor_job
from shared.messaging.processes import read_or_exit, run_clock


def main() -> None:
    """Run until told to stop. The model, built by `migrate`, is loaded only if an event that failed needs it."""
    settings = read_or_exit(read)

    def classifier() -> Classifies:
        from services.routing.entrypoints.models import load_classifier  # noqa: PLC0415 - numpy and a model, seldom needed

        return load_classifier(settings.models_folder)

    handlers = event_handlers(classifier)
    run_clock(
        settings.service,
        handlers,
        timer_handlers,
        (*JOBS, anchor_job(settings.service)),
        collectors=lambda parts: (CaseCollector(parts.database),),
    )


if __name__ == "__main__":
    main()
