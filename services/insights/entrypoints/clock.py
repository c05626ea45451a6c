"""The clock: retries events that failed, keeps house, looks at the other processes, and shows what only rows know."""

from __future__ import annotations

from services.insights.entrypoints.events import handlers, timer_handlers
from services.insights.entrypoints.gauges import ReadModelCollector
from services.insights.entrypoints.scraper import scraping
from services.insights.settings import read
from shared.accounts.audit_anchors import anchor_job
from shared.accounts.housekeeping import ACCOUNTS_JOB
from shared.messaging.processes import read_or_exit, run_clock


def main() -> None:
    """Run until SIGTERM."""
    settings = read_or_exit(read)
    with scraping(settings):
        run_clock(
            settings.service,
            handlers,
            timer_handlers,
            (ACCOUNTS_JOB, anchor_job(settings.service)),
            collectors=lambda parts: (ReadModelCollector(parts.database),),
        )


if __name__ == "__main__":
    main()
