"""Taking the answer of a case like this one as a start."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from services.routing.entrypoints.doing import parts
from services.routing.entrypoints.refusals.cases import refusals
from services.routing.use_cases import similar as use_case
from services.routing.use_cases.staff import ROLES
from shared.accounts.access import signed_in, the_person
from shared.http.application import see_other

similar = Blueprint("similar", __name__)


@similar.post("/casos/<code>/parecidos/<other>")
@signed_in(*ROLES)
def use(code: str, other: str) -> ResponseReturnValue:
    """Put that answer into one's draft; nothing is sent."""
    with refusals(), parts().units.begin() as work:
        use_case.use(work, code, other, the_person())
    return see_other(f"/casos/{code}?aviso=reutilizado#respuesta")


@similar.get("/casos/<code>/parecidos/<other>")
@signed_in(*ROLES)
def back(code: str, other: str) -> ResponseReturnValue:
    """The form's own address, reached by a reload or after signing in again."""
    del other
    return see_other(f"/casos/{code}#parecidos")
