"""Spreading the backlog: a plan to look at, a reason, a button, and how far it is."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from services.routing.domain.roles import Right, who_may
from services.routing.entrypoints.api.assignment import plan_once
from services.routing.entrypoints.api.assignment_schemas import ReasonedSchema
from services.routing.entrypoints.doing import form_key, parts
from services.routing.entrypoints.refusals.cases import refusals
from services.routing.use_cases import rebalancing
from shared.accounts.access import signed_in
from shared.http.application import see_other
from shared.http.fields import read_form
from shared.http.problems import CONFLICT, Problem, translate_messages

rebalance_pages = Blueprint("rebalance_pages", __name__)

_PATH = "/supervision/redistribucion"


@rebalance_pages.get(_PATH)
@signed_in(*who_may(Right.SUPERVISE))
def begin() -> ResponseReturnValue:
    """What spreading does, and the button that plans it."""
    return render_template("rebalance.html", plan=None, errors={})


@rebalance_pages.post(_PATH)
@signed_in(*who_may(Right.SUPERVISE))
def preview() -> ResponseReturnValue:
    """Plan, and show the plan."""
    return see_other(f"{_PATH}/{plan_once(form_key())['id']}")


@rebalance_pages.get(_PATH + "/<uuid:plan_id>")
@signed_in(*who_may(Right.SUPERVISE))
def show(plan_id: UUID) -> ResponseReturnValue:
    """A plan, and how far it is applied."""
    return _page(plan_id)


@rebalance_pages.post(_PATH + "/<uuid:plan_id>")
@signed_in(*who_may(Right.SUPERVISE))
def apply(plan_id: UUID) -> ResponseReturnValue:
    """Let the clock apply a plan."""
    form_key()
    sent, errors = read_form(ReasonedSchema(), {"reason": request.form.get("reason", "")})
    if errors:
        return _page(plan_id, dict(errors), HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        with refusals(), parts().units.begin() as work:
            rebalancing.apply(work, plan_id, sent["reason"])
    except Problem as problem:
        if problem.kind is not CONFLICT:
            raise
        return _page(plan_id, {"refusal": [problem.detail]}, problem.kind.status)
    return see_other(f"{_PATH}/{plan_id}")


def _page(plan_id: UUID, errors: dict[str, Any] | None = None, status: int = HTTPStatus.OK) -> ResponseReturnValue:
    with refusals(), parts().database.transaction() as session:
        plan = rebalancing.read_plan(session, plan_id)
    page = render_template("rebalance.html", plan=plan, errors=translate_messages(errors or {}), typed=request.form)
    return page, status
