"""Everything that happened to a case, as a page."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from services.routing.domain.roles import Right, who_may
from services.routing.entrypoints.doing import parts
from services.routing.entrypoints.refusals.cases import refusals
from services.routing.use_cases import audit
from shared.accounts.access import signed_in, the_person
from shared.http.languages import N_, current_locale

timelines = Blueprint("timelines", __name__)

GROUP_NAMES = {
    "official": N_("Funcionario"),
    "answers": N_("Respuestas"),
    "assignment": N_("Asignación"),
    "classification": N_("Clasificación"),
    "deadlines": N_("Plazos"),
    "relations": N_("Otros casos"),
    "notes": N_("Notas"),
}


@timelines.get("/casos/<code>/historial")
@signed_in(*who_may(Right.WORK))
def show(code: str) -> ResponseReturnValue:
    """Everything, newest first, or one group of it."""
    wanted = request.args.get("grupo", "")
    group = wanted if wanted in audit.GROUPS else None
    with refusals(), parts().database.transaction() as session:
        found = audit.read_timeline(session, code, the_person(), current_locale(), group=group)
    return render_template("timeline.html", timeline=found, group=group, group_names=GROUP_NAMES)
