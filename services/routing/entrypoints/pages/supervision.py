"""The supervisor's view of the whole desk."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import text

from services.routing.entrypoints.doing import parts
from services.routing.store import queue
from services.routing.use_cases import sheet, staff
from services.routing.use_cases.staff import ADMIN, SUPERVISOR
from shared.accounts.access import signed_in, the_person
from shared.http.languages import current_locale

supervision = Blueprint("supervision", __name__)

_SHOWN = 8
_SOON = timedelta(hours=4)


@supervision.get("/supervision")
@signed_in(SUPERVISOR, ADMIN)
def overview() -> ResponseReturnValue:
    """Who carries what, what nobody has, and what breaks its promise next."""
    person, locale = the_person(), current_locale()
    with parts().database.transaction() as session:
        now = session.execute(text("SELECT clock_timestamp()")).scalar_one()
        counts = queue.counts(session, person)
        advisors = staff.list_advisors(session)
        soon = [
            row
            for row in queue.page(session, person, "all", limit=_SHOWN * 4, due_before=now + _SOON)
            if row.next_due_at >= now
        ]
        pages = {
            "breached": queue.page(session, person, "breached", limit=_SHOWN),
            "soon": soon,
            "unassigned": queue.page(session, person, "unassigned", limit=_SHOWN),
            "triage": queue.page(session, person, "triage", limit=_SHOWN),
        }
    lists = {name: [sheet.queue_line(row, now, locale) for row in rows[:_SHOWN]] for name, rows in pages.items()}
    return render_template("supervision.html", counts=counts, advisors=advisors, lists=lists, soon_hours=4, now=now)
