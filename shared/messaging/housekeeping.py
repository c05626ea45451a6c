"""Periodic jobs: each runs once per period, whichever clock comes first, because a row says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import text

from shared.messaging.schema import create_coming_partitions, drop_old_partitions
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
    """Run the jobs whose period has begun and that nobody has run in it."""
    for job in jobs:
        with units.begin() as work:
            started = work.session.execute(
                text("""
                    INSERT INTO job_run (name, period_start) VALUES (:name, :start)
                    ON CONFLICT DO NOTHING RETURNING name
                """),
                {"name": job.name, "start": _EPOCH + (work.now - _EPOCH) // job.period * job.period},
            ).one_or_none()
            if started is not None:
                job.run(work)
                log.info("job_ran", job=job.name)


def retention_jobs(settings: DeliverySettings) -> tuple[Job, ...]:
    """Partitions ahead of time, and old months dropped: the inbox outlives the outbox, or a replay would double."""

    def keep_house(work: Work) -> None:
        session, now = work.session, work.now
        create_coming_partitions(session, now)
        dropped = drop_old_partitions(
            session, "outbox_event", older_than=now - timedelta(days=settings.outbox_kept_days)
        ) + drop_old_partitions(session, "inbox", older_than=now - timedelta(days=settings.inbox_kept_days))
        session.execute(text("DELETE FROM job_run WHERE period_start < :limit"), {"limit": now - timedelta(days=90)})
        session.execute(
            text("DELETE FROM timer WHERE state <> 'armed' AND due_at < :limit"),
            {"limit": now - timedelta(days=settings.outbox_kept_days)},
        )
        if dropped:
            log.info("partitions_dropped", partitions=dropped)

    return (Job("retention", timedelta(days=1), keep_house),)
