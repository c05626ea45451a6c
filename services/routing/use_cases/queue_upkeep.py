"""The regular work behind queues and search: folding counters, learning words, and checking that counts are true."""

from __future__ import annotations

from datetime import timedelta

import structlog

from services.routing.store import tally, vocabulary
from services.routing.use_cases import instruments
from shared.messaging.housekeeping import Job
from shared.messaging.work import Work

log = structlog.get_logger()


def fold_counters(work: Work) -> None:
    """Move older changes into the counters, and learn the words of cases that came since."""
    tally.fold(work.session)
    vocabulary.learn(work.session)


def reconcile_counters(work: Work) -> None:
    """Compare the counters with the cases; a difference is put right, measured and logged as an error."""
    wrong = tally.reconcile(work.session)
    instruments.QUEUE_DRIFT.set(wrong)
    if wrong:
        log.error("queue_counts_corrected", count=wrong)


QUEUE_JOBS = (
    Job("fold_queue_counters", timedelta(minutes=1), fold_counters),
    Job("reconcile_queue_counters", timedelta(hours=6), reconcile_counters),
)
