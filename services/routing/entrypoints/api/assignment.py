"""The next case for whoever asks."""

from __future__ import annotations

from http import HTTPStatus

from flask import jsonify
from flask.typing import ResponseReturnValue

from services.routing.domain.roles import Right, who_may
from services.routing.entrypoints.api.schemas import ActedSchema
from services.routing.entrypoints.doing import do, optional_key
from services.routing.use_cases import assigning
from shared.accounts.access import signed_in, the_person
from shared.http.api import ApiBlueprint

next_blueprint = ApiBlueprint("next_case", "/cases/next", "La siguiente consulta para quien la pide")


@next_blueprint.post("")
@next_blueprint.response(HTTPStatus.OK, ActedSchema)
@signed_in(*who_may(Right.WORK))
def take_next() -> ResponseReturnValue:
    """Take the case that waits longest in one's topics, urgent ones first. With an `Idempotency-Key`, once."""
    person = the_person()
    return jsonify(do(optional_key(), "next", lambda work: assigning.take_next(work, person)))
