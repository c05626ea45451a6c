"""The next case for whoever asks, the fairness report, and the spreading of the backlog."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import jsonify
from flask.typing import ResponseReturnValue

from services.routing.domain.roles import Right, who_may
from services.routing.entrypoints.api.assignment_schemas import (
    FairnessSchema,
    PeriodSchema,
    ReasonedSchema,
    RebalanceSchema,
)
from services.routing.entrypoints.api.schemas import ActedSchema
from services.routing.entrypoints.doing import do, optional_key, parts
from services.routing.entrypoints.refusals.cases import refusals
from services.routing.use_cases import assigning, fairness, rebalancing
from shared.accounts.access import signed_in, the_person
from shared.http.api import ApiBlueprint
from shared.http.idempotency import key_from_header, once
from shared.http.languages import current_locale

assignment_blueprint = ApiBlueprint("assignment", "/assignment", "Reparto de casos: equidad y redistribución")


@assignment_blueprint.post("/next")
@assignment_blueprint.response(HTTPStatus.OK, ActedSchema)
@signed_in(*who_may(Right.WORK))
def take_next() -> ResponseReturnValue:
    """Take the case that waits longest in one's topics, urgent ones first. With an `Idempotency-Key`, once."""
    person = the_person()
    return jsonify(do(optional_key(), "next", lambda work: assigning.take_next(work, person)))


@assignment_blueprint.get("/fairness")
@assignment_blueprint.arguments(PeriodSchema, location="query")
@assignment_blueprint.response(HTTPStatus.OK, FairnessSchema)
@signed_in(*who_may(Right.SUPERVISE))
def show_fairness(query: dict[str, Any]) -> dict[str, Any]:
    """Who got how much of which topic, who was passed over and why, and how even it is."""
    with refusals(), parts().database.transaction() as session:
        first, last = fairness.period(session, query["since"], query["until"])
        return fairness.report(session, first, last, current_locale())


@assignment_blueprint.post("/rebalances")
@assignment_blueprint.response(HTTPStatus.CREATED, RebalanceSchema)
@signed_in(*who_may(Right.SUPERVISE))
def preview_rebalance() -> dict[str, Any]:
    """Plan how to spread the backlog over everybody; nothing moves yet."""
    return plan_once(key_from_header())


@assignment_blueprint.get("/rebalances/<uuid:plan_id>")
@assignment_blueprint.response(HTTPStatus.OK, RebalanceSchema)
@signed_in(*who_may(Right.SUPERVISE))
def show_rebalance(plan_id: UUID) -> dict[str, Any]:
    """A plan, and how far it is applied."""
    with refusals(), parts().database.transaction() as session:
        return rebalancing.read_plan(session, plan_id)


@assignment_blueprint.post("/rebalances/<uuid:plan_id>/apply")
@assignment_blueprint.arguments(ReasonedSchema)
@assignment_blueprint.response(HTTPStatus.ACCEPTED, RebalanceSchema)
@signed_in(*who_may(Right.SUPERVISE))
def apply_rebalance(sent: dict[str, Any], plan_id: UUID) -> dict[str, Any]:
    """Let the clock apply a plan, in chunks; cases that changed since are passed over."""
    with refusals(), parts().units.begin() as work:
        rebalancing.apply(work, plan_id, sent["reason"])
        return rebalancing.read_plan(work.session, plan_id)


def plan_once(key: str) -> dict[str, Any]:
    """Make a plan once per key, and read it."""
    person = the_person()
    with parts().units.begin() as work:

        def act() -> tuple[int, dict[str, Any]]:
            return HTTPStatus.CREATED, {"id": str(rebalancing.preview(work, person).plan_id)}

        answer = once(work, actor=person.id, key=key, content="rebalance", act=act)
        return rebalancing.read_plan(work.session, UUID(answer.body["id"]))
