"""When the desk may be written to: notices wait for the next open window, unless they are urgent."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from services.routing.domain.sla_errors import SlaError
from services.routing.domain.working_time import due_moment
from services.routing.store import rule_editions


def next_opening(session: Session, now: datetime) -> datetime | None:
    """When the desk opens next; None while it is open, or when its calendar cannot tell: then nothing waits."""
    calendar = rule_editions.current_desk_calendar(session).calendar_for()
    try:
        opens = due_moment(calendar, now, 0)
    except SlaError:
        return None
    return opens if opens > now else None
