"""Merging cases and undoing it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue

from services.routing.domain.roles import Right, who_may
from services.routing.entrypoints.api.relation_inputs import MergeSchema, UnmergeSchema
from services.routing.entrypoints.api.schemas import ActedSchema
from services.routing.entrypoints.doing import do, optional_key
from services.routing.use_cases import case_merging
from shared.accounts.access import signed_in, the_person
from shared.http.api import ApiBlueprint

blueprint = ApiBlueprint("case_relations", "/cases", "Casos unidos, divididos, relacionados y pospuestos")


@blueprint.post("/<code>/merge")
@blueprint.arguments(MergeSchema)
@blueprint.response(HTTPStatus.OK, ActedSchema)
@signed_in(*who_may(Right.WORK))
def merge(sent: dict[str, Any], code: str) -> ResponseReturnValue:
    """Let a case go on in another one; answers how that one stands."""
    person = the_person()
    return jsonify(
        do(optional_key(), sent, lambda work: case_merging.merge(work, code, person, **sent), mine=sent["note"])
    )


@blueprint.post("/<code>/unmerge")
@blueprint.arguments(UnmergeSchema)
@blueprint.response(HTTPStatus.OK, ActedSchema)
@signed_in(*who_may(Right.WORK))
def unmerge(sent: dict[str, Any], code: str) -> ResponseReturnValue:
    """Undo a merge; the case in the address is the one that the other was merged into."""
    person = the_person()
    return jsonify(do(optional_key(), sent, lambda work: case_merging.unmerge(work, code, person, **sent)))
