"""The queues as a page, and where people land after entering."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import text

from services.routing.entrypoints.api.cases import read_position
from services.routing.entrypoints.doing import parts
from services.routing.store import queue
from services.routing.store.cases import SEES_ALL
from services.routing.use_cases import sheet
from services.routing.use_cases.staff import ROLES
from services.routing.use_cases.topics import topics
from shared.accounts.access import current_person, public, signed_in, the_person
from shared.http.languages import current_locale
from shared.http.paging import page_of

queues = Blueprint("queues", __name__)

_PAGE = 25
_OWN = "mine"


@queues.get("/")
@public
def home() -> ResponseReturnValue:
    """Strangers enter first; supervisors begin with the whole desk, advisors with their cases."""
    person = current_person()
    if person is None:
        return redirect("/ingresar", 303)
    return redirect("/supervision" if person.role in SEES_ALL else "/casos", 303)


@queues.get("/casos")
@signed_in(*ROLES)
def show_queue() -> ResponseReturnValue:
    """One queue, least time left first."""
    person = the_person()
    default = "all" if person.role in SEES_ALL else _OWN
    wanted = request.args.get("vista", default)
    view = wanted if wanted in queue.VIEWS else default
    topic = request.args.get("tema", "")
    after = read_position(request.args.get("cursor"))
    with parts().database.transaction() as session:
        rows = queue.page(session, person, view, limit=_PAGE, after=after, topic=topic if topic in topics() else None)
        counts = queue.counts(session, person)
        now = session.execute(text("SELECT clock_timestamp()")).scalar_one()
    page = page_of(rows, _PAGE, lambda row: queue.sort_key(view, row))
    return render_template(
        "queue.html",
        view=view,
        views=[one for one in queue.VIEWS if one != _OWN or person.role not in SEES_ALL],
        counts=counts,
        topic=topic,
        topics=topics().values(),
        lines=[sheet.queue_line(row, now, current_locale()) for row in page.rows],
        next_cursor=page.next_cursor,
        is_first=after is None,
    )
