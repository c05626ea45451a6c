"""The supervisor's view of the whole desk."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.orm import Session

from services.routing.domain.sla_errors import SlaError
from services.routing.domain.working_time import due_moment
from services.routing.entrypoints.doing import parts
from services.routing.store import absences, changes, queue, rule_editions
from services.routing.use_cases import sheet, staff
from services.routing.use_cases.staff import ADMIN, SUPERVISOR
from shared.accounts.access import signed_in, the_person
from shared.http.languages import N_, current_locale, translate, translate_plural

supervision = Blueprint("supervision", __name__)

_CALM = N_("Nada vencido ni por vencer, y nadie sin asesor.")
_SHOWN = 8
_OPEN = "team"
"""The view in which who sees everything has every open case, what waits to be sorted included."""
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
    return render_template("supervision.html", **_now())


@supervision.get("/supervision/ahora")
@signed_in(SUPERVISOR, ADMIN)
def overview_part() -> ResponseReturnValue:
    """The part of the page that is true for a moment, by which the page renews itself."""
    return render_template("supervision_now.html", **_now())


def _now() -> dict[str, Any]:
    person, locale = the_person(), current_locale()
    with parts().database.transaction() as session:
        now = session.execute(text("SELECT clock_timestamp()")).scalar_one()
        newest = changes.newest(session)
        soon = (now, _working_time_ahead(session, now))
        counts = queue.counts(session, person)
        soon_count = queue.count_due(session, person, _OPEN, soon)
        advisors = staff.list_advisors(session)
        absent = absences.count_of_absent(session)
        pages = {
            "breached": queue.page(session, person, "breached", limit=_SHOWN),
            "soon": queue.page(session, person, _OPEN, limit=_SHOWN, due_within=soon),
            "unassigned": queue.page(session, person, "unassigned", limit=_SHOWN),
            "triage": queue.page(session, person, "triage", limit=_SHOWN),
        }
    over = [one for one in advisors if one["open_count"] > one["capacity"]]
    return {
        "counts": counts,
        "advisors": advisors,
        "lists": {name: [sheet.queue_line(row, now, locale) for row in rows] for name, rows in pages.items()},
        "soon_hours": _SOON_SECONDS // 3600,
        "soon_count": soon_count,
        "now": now,
        "absent_count": absent,
        "over": over,
        "live_since": newest,
        "said": _said(counts, soon_count, len(over)),
    }


def _said(counts: dict[str, int], soon: int, over: int) -> str:
    """What is read out when it changes; only what calls for somebody."""
    told = [
        (counts["breached"], translate_plural("%(num)s vencido", "%(num)s vencidos", counts["breached"])),
        (soon, translate_plural("%(num)s por vencer", "%(num)s por vencer", soon)),
        (counts["unassigned"], translate_plural("%(num)s sin asesor", "%(num)s sin asesor", counts["unassigned"])),
        (over, translate_plural("%(num)s por encima de su cupo", "%(num)s por encima de su cupo", over)),
    ]
    return ", ".join(words for count, words in told if count) or translate(_CALM)
