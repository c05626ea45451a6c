"""Periodic jobs: each runs once per period, whichever clock comes first, because a row says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import text

from shared.db.absence import is_away, is_too_slow
from shared.messaging.partitions import create_coming_months, drop_old_months
from shared.messaging.work import UnitsOfWork, Work
from shared.settings import DeliverySettings

log = structlog.get_logger()

_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do once in every period."""

    name: str
    period: timedelta
    run: Callable[[Work], None]


def run_due_jobs(units: UnitsOfWork, jobs: tuple[Job, ...]) -> None:
    """Run the jobs whose period has begun and that nobody has run in it. One that fails is due again at once."""
    for job in jobs:
        try:
            with units.begin() as work:
                if _is_first_in_period(work, job):
                    job.run(work)
                    log.info("job_ran", job=job.name)
        except Exception as error:
            if is_away(error) and not is_too_slow(error):
                log.warning("job_postponed", job=job.name, error=type(error).__name__)
            else:
                log.exception("job_failed", job=job.name)


def _is_first_in_period(work: Work, job: Job) -> bool:
    started = work.session.execute(
        text("""
            INSERT INTO job_run (name, period_start) VALUES (:name, :start)
            ON CONFLICT DO NOTHING RETURNING name
        """),
        {"name": job.name, "start": _EPOCH + (work.now - _EPOCH) // job.period * job.period},
    ).one_or_none()
    return started is not None


def retention_jobs(settings: DeliverySettings) -> tuple[Job, ...]:
    """Partitions ahead of time, and old months dropped: the inbox outlives the outbox, or a replay would double."""

    def keep_house(work: Work) -> None:
        session, now = work.session, work.now
        outbox_limit = now - timedelta(days=settings.outbox_kept_days)
        session.execute(text("DELETE FROM job_run WHERE period_start < :limit"), {"limit": outbox_limit})
        session.execute(text("DELETE FROM quarantine WHERE received_at < :limit"), {"limit": outbox_limit})
        session.execute(text("DELETE FROM timer WHERE state <> 'armed' AND due_at < :limit"), {"limit": outbox_limit})
        session.execute(text("DELETE FROM process_heartbeat WHERE seen_at < :now - interval '7 days'"), {"now": now})
        # Last, because it takes the strongest locks: they are held until the commit, which follows at once.
        create_coming_months(session, now)
        dropped = drop_old_months(session, "outbox_event", older_than=outbox_limit) + drop_old_months(
            session, "inbox", older_than=now - timedelta(days=settings.inbox_kept_days)
        )
        if dropped:
            log.info("partitions_dropped", partitions=dropped)

    return (Job("retention", timedelta(days=1), keep_house),)
