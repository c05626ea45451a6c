"""The clock: `python -m services.intake.entrypoints.clock`."""

from __future__ import annotations

from services.intake.entrypoints.events import handlers, timer_handlers
from services.intake.entrypoints.gauges import ConsultationCollector
from services.intake.settings import read
from shared.accounts.audit_anchors import anchor_job
from shared.accounts.housekeeping import ACCOUNTS_JOB
from shared.http.idempotency import IDEMPOTENCY_JOB
from shared.messaging.processes import read_or_exit, run_clock


def main() -> None:
    """Retry events, keep house, show gauges, until SIGTERM. Intake sets no timers of its own yet."""
    settings = read_or_exit(read).service
    run_clock(
        settings,
        handlers,
        timer_handlers,
        jobs=(IDEMPOTENCY_JOB, ACCOUNTS_JOB, anchor_job(settings)),
        collectors=lambda parts: (ConsultationCollector(parts.database),),
    )


if __name__ == "__main__":
    main()
