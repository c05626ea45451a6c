"""`python -m services.notifications.entrypoints.clock`: due times, retries, housekeeping, gauges."""

from __future__ import annotations

from datetime import timedelta

from services.notifications.entrypoints.events import handlers, timer_handlers
from services.notifications.entrypoints.gauges import LedgerCollector
from services.notifications.settings import read
from services.notifications.use_cases.access_links import forget_expired
from services.notifications.use_cases.digests import FORGET_DIGESTS_JOB
from shared.http.idempotency import IDEMPOTENCY_JOB
from shared.messaging.housekeeping import Job
from shared.messaging.processes import read_or_exit, run_clock

FORGET_LINKS_JOB = Job("forget_expired_links", timedelta(minutes=1), forget_expired)


def main() -> None:
    """Run until SIGTERM."""
    run_clock(
        read_or_exit(read).service,
        handlers,
        timer_handlers,
        jobs=(IDEMPOTENCY_JOB, FORGET_LINKS_JOB, FORGET_DIGESTS_JOB),
        collectors=lambda parts: (LedgerCollector(parts.database),),
    )


if __name__ == "__main__":
    main()
