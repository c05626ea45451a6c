"""Adding a citation to an answer and taking one away, without scripts: the draft carries the text back to the box."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from services.routing.domain.roles import Right, who_may
from services.routing.entrypoints.pages.cited import without
from services.routing.entrypoints.pages.composing import keep_typed, two_drafts_page
from services.routing.entrypoints.pages.sheets import refused_page
from shared.accounts.access import signed_in, the_person
from shared.http.application import see_other
from shared.http.problems import INVALID, STALE, Problem

citing_pages = Blueprint("citing_pages", __name__)

_STAFF = who_may(Right.WORK)


@citing_pages.get("/casos/<code>/citas")
@signed_in(*_STAFF)
def back(code: str) -> ResponseReturnValue:
    """The buttons' own address, reached by a reload or after signing in again."""
    return see_other(f"/casos/{code}#respuesta")


@citing_pages.post("/casos/<code>/citas")
@signed_in(*_STAFF)
def change(code: str) -> ResponseReturnValue:
    """Add what was typed, or take one away (`cite_drop`: its place in the form). Refused, the form is as it was."""
    dropped = request.form.get("cite_drop")
    form = request.form if dropped is None else without(request.form, dropped)
    notice = "cita" if dropped is None else "sin-cita"
    try:
        keep_typed(code, "respuesta", form, the_person())
    except Problem as problem:
        if problem.kind is STALE:
            return two_drafts_page(code, "respuesta", problem)
        if problem.kind is not INVALID:
            raise
        return refused_page(code, "respuesta", problem)
    return see_other(f"/casos/{code}?aviso={notice}#respuesta")
