"""The supervisor's view of the whole desk."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.orm import Session

from services.routing.domain.sla_errors import SlaError
from services.routing.domain.working_time import due_moment
from services.routing.entrypoints.doing import parts
from services.routing.store import absences, queue, rule_editions
from services.routing.use_cases import sheet, staff
from services.routing.use_cases.staff import ADMIN, SUPERVISOR
from shared.accounts.access import signed_in, the_person
from shared.http.languages import current_locale

supervision = Blueprint("supervision", __name__)

_SHOWN = 8
_SOON_SECONDS = 4 * 3600


def _working_time_ahead(session: Session, now: datetime) -> datetime:
    """When four more hours of the desk's working time will have passed."""
    try:
        return due_moment(rule_editions.current_desk_calendar(session).calendar_for(), now, _SOON_SECONDS)
    except SlaError:  # years the calendar does not know
        return now + timedelta(seconds=_SOON_SECONDS)


@supervision.get("/supervision")
@signed_in(SUPERVISOR, ADMIN)
def overview() -> ResponseReturnValue:
    """Who carries what, what nobody has, and what breaks its promise next."""
    person, locale = the_person(), current_locale()
    with parts().database.transaction() as session:
        now = session.execute(text("SELECT clock_timestamp()")).scalar_one()
        soon_until = _working_time_ahead(session, now)
        counts = queue.counts(session, person)
        advisors = staff.list_advisors(session)
        soon = [
            row
            for row in queue.page(session, person, "all", limit=_SHOWN * 4, due_before=soon_until)
            if row.next_due_at >= now
        ]
        absent = absences.count_of_absent(session)
        pages = {
            "breached": queue.page(session, person, "breached", limit=_SHOWN),
            "soon": soon,
            "unassigned": queue.page(session, person, "unassigned", limit=_SHOWN),
            "triage": queue.page(session, person, "triage", limit=_SHOWN),
        }
    lists = {name: [sheet.queue_line(row, now, locale) for row in rows[:_SHOWN]] for name, rows in pages.items()}
    return render_template(
        "supervision.html",
        counts=counts,
        advisors=advisors,
        lists=lists,
        soon_hours=_SOON_SECONDS // 3600,
        soon_until=soon_until,
        now=now,
        absent_count=absent,
        over=[one for one in advisors if one["open_count"] > one["capacity"]],
    )
