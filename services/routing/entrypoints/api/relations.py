"""Merging, splitting, linking and snoozing cases."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue

from services.routing.domain.roles import Right, who_may
from services.routing.entrypoints.api.relation_inputs import (
    LinkSchema,
    MergeSchema,
    SnoozeSchema,
    SplitSchema,
    UnlinkSchema,
    UnmergeSchema,
)
from services.routing.entrypoints.api.schemas import ActedSchema, VersionedSchema
from services.routing.entrypoints.doing import do, optional_key
from services.routing.use_cases import case_merging, linking, snoozing, splitting
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


@blueprint.post("/<code>/snooze")
@blueprint.arguments(SnoozeSchema)
@blueprint.response(HTTPStatus.OK, ActedSchema)
@signed_in(*who_may(Right.WORK))
def snooze(sent: dict[str, Any], code: str) -> ResponseReturnValue:
    """Put a case out of its advisor's sight until a working moment; its clocks go on."""
    person = the_person()
    return jsonify(
        do(optional_key(), sent, lambda work: snoozing.snooze(work, code, person, **sent), mine=sent["reason"])
    )


@blueprint.post("/<code>/wake")
@blueprint.arguments(VersionedSchema)
@blueprint.response(HTTPStatus.OK, ActedSchema)
@signed_in(*who_may(Right.WORK))
def wake(sent: dict[str, Any], code: str) -> ResponseReturnValue:
    """Bring a snoozed case back."""
    person = the_person()
    return jsonify(do(optional_key(), sent, lambda work: snoozing.wake(work, code, person, **sent)))


@blueprint.post("/<code>/links")
@blueprint.arguments(LinkSchema)
@blueprint.response(HTTPStatus.OK, ActedSchema)
@signed_in(*who_may(Right.WORK))
def link(sent: dict[str, Any], code: str) -> ResponseReturnValue:
    """Say that a case has to do with another."""
    person = the_person()
    return jsonify(do(optional_key(), sent, lambda work: linking.link(work, code, person, **sent)))


@blueprint.post("/<code>/unlink")
@blueprint.arguments(UnlinkSchema)
@blueprint.response(HTTPStatus.OK, ActedSchema)
@signed_in(*who_may(Right.WORK))
def unlink(sent: dict[str, Any], code: str) -> ResponseReturnValue:
    """Take a link away."""
    person = the_person()
    return jsonify(do(optional_key(), sent, lambda work: linking.unlink(work, code, person, **sent)))


@blueprint.post("/<code>/split")
@blueprint.arguments(SplitSchema)
@blueprint.response(HTTPStatus.OK, ActedSchema)
@signed_in(*who_may(Right.WORK))
def split(sent: dict[str, Any], code: str) -> ResponseReturnValue:
    """Make a part of the consultation one of its own; it appears among the links when it has its code."""
    person = the_person()
    return jsonify(
        do(optional_key(), sent, lambda work: splitting.split(work, code, person, **sent), mine=sent["body"])
    )
