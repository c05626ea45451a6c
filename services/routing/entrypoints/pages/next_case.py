"""The button that gives an advisor the case that waits longest."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from services.routing.domain.roles import Right, who_may
from services.routing.entrypoints.doing import do, form_key
from services.routing.use_cases import assigning
from shared.accounts.access import signed_in, the_person
from shared.http.application import see_other
from shared.http.problems import CONFLICT, Problem

next_page = Blueprint("next_case_page", __name__)


@next_page.get("/casos/siguiente")
@signed_in(*who_may(Right.WORK))
def back_to_queue() -> ResponseReturnValue:
    """The form's own address, reached by a reload or after signing in again."""
    return see_other("/casos")


@next_page.post("/casos/siguiente")
@signed_in(*who_may(Right.WORK))
def take() -> ResponseReturnValue:
    """Take the next case and open it; without one, or without room, say so on the queue."""
    person = the_person()
    try:
        done = do(form_key(), "next", lambda work: assigning.take_next(work, person))
    except Problem as problem:
        if problem.kind is not CONFLICT:
            raise
        return see_other("/casos", "sin_cupo" if "capacity" in problem.extra else "nada_espera")
    return see_other(f"/casos/{done['code']}", "siguiente")
