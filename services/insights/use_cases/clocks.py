"""What events about deadlines add to the read model."""

from __future__ import annotations

from services.insights.store import clocks
from shared.contracts.case import SlaBreached, SlaWarning
from shared.messaging.work import Work


def record_warning(event: SlaWarning, work: Work) -> None:
    """A clock used most of its time and still runs."""
    clocks.record_warning(work.session, event.consultation_id, event.clock, event.due_at, event.warned_at)


def record_breach(event: SlaBreached, work: Work) -> None:
    """A clock passed its deadline."""
    clocks.record_breach(work.session, event.consultation_id, event.clock, event.breached_at, event.recorded_at)
