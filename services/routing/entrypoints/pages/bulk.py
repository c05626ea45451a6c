"""One act on many cases as pages: choose, confirm with the count, and see what became of each. Needs no script."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from services.routing.domain.roles import Right, who_may
from services.routing.entrypoints.bulk import running as bulk_running
from services.routing.entrypoints.doing import form_key, parts
from services.routing.entrypoints.pages.queues import TEAM, wanted_of
from services.routing.entrypoints.pages.typed_forms import typed
from services.routing.entrypoints.refusals.cases import refusals
from services.routing.entrypoints.wording.cases import OUTCOME_NAMES
from services.routing.use_cases import bulk, queues, staff
from services.routing.use_cases.closing import STAFF_OUTCOMES
from services.routing.use_cases.queues import Wanted
from services.routing.use_cases.topics import topics
from shared.accounts.access import signed_in, the_person
from shared.http.application import see_other
from shared.http.fields import read_form
from shared.http.languages import N_, current_locale
from shared.http.problems import translate_messages

bulk_pages = Blueprint("bulk_pages", __name__)

ACT_NAMES = {
    bulk.ASSIGN: N_("Asignar"),
    bulk.TOPIC: N_("Decidir el tema"),
    bulk.SNOOZE: N_("Posponer"),
    bulk.NOTE: N_("Dejar una nota"),
    bulk.CLOSE: N_("Cerrar"),
}
_NOTHING = N_("Elija al menos un caso.")


@bulk_pages.get("/casos/lote")
@signed_in(*who_may(Right.WORK))
def choose() -> ResponseReturnValue:
    """Which cases, how many, and what is to be done with them."""
    return _choose(_asked_for(request.args), request.args.get("acto", ""))


@bulk_pages.post("/casos/lote")
@signed_in(*who_may(Right.WORK))
def begin() -> ResponseReturnValue:
    """Begin, do the first cases, and show the outcome."""
    act, seen = request.form.get("acto", ""), _seen(request.form.getlist("caso"))
    if act not in bulk.ACTS or not seen:
        return _choose(seen, act, {"caso": [_NOTHING]}, HTTPStatus.UNPROCESSABLE_ENTITY)
    values, errors = read_form(bulk_running.schema_of(act), typed(request.form))
    if errors:
        return _choose(seen, act, errors, HTTPStatus.UNPROCESSABLE_ENTITY)
    person = the_person()
    with refusals(), parts().units.begin() as work:
        run_id = bulk.start_run(work, person, token=form_key(), act=act, values=values, cases=seen)
    bulk_running.carry_on(person, run_id)
    return see_other(f"/casos/lote/{run_id}")


@bulk_pages.get("/casos/lote/<uuid:run_id>")
@signed_in(*who_may(Right.WORK))
def show(run_id: UUID) -> ResponseReturnValue:
    """What became of each case."""
    run = bulk_running.read(the_person(), run_id)
    return render_template("bulk_outcome.html", run=run, act_names=ACT_NAMES)


@bulk_pages.post("/casos/lote/<uuid:run_id>")
@signed_in(*who_may(Right.WORK))
def carry_on(run_id: UUID) -> ResponseReturnValue:
    """Do the next cases."""
    bulk_running.carry_on(the_person(), run_id)
    return see_other(f"/casos/lote/{run_id}")


def _asked_for(given: Any) -> list[tuple[str, int]]:
    if given.get("todos"):
        wanted = wanted_of(given, TEAM)
        wanted = Wanted(wanted.view, wanted.chosen, wanted.sort, limit=bulk.MOST)
        with parts().database.transaction() as session:
            shown = queues.read_queue(session, the_person(), wanted, current_locale())
        return [(line["code"], line["version"]) for line in shown.lines]
    return _seen(given.getlist("caso"))


def _seen(values: list[str]) -> list[tuple[str, int]]:
    """Cases as the boxes say them, `V-…:7`; what makes no sense is left out."""
    seen = []
    for value in values[: bulk.MOST]:
        code, _, version = value.rpartition(":")
        if code and version.isascii() and version.isdigit():
            seen.append((code[:20], int(version[:9])))
    return seen


def _choose(
    seen: list[tuple[str, int]], act: str, errors: Mapping[str, Any] | None = None, status: int = HTTPStatus.OK
) -> ResponseReturnValue:
    with parts().database.transaction() as session:
        colleagues = staff.names_of(session)
    page = render_template(
        "bulk.html",
        seen=seen,
        most=bulk.MOST,
        act=act if act in bulk.ACTS else "",
        act_names=ACT_NAMES,
        typed=request.form,
        errors=translate_messages(errors or {}),
        colleagues=colleagues,
        topics=topics().values(),
        outcomes=[(one, OUTCOME_NAMES[one]) for one in STAFF_OUTCOMES],
    )
    return page, status
