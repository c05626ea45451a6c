"""`GET /api/v1/overview`: the figures of the console for programs."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import current_app

from services.insights.domain.states import MEASURES, OPEN
from services.insights.entrypoints.api.schemas import OverviewSchema, PeriodSchema
from services.insights.entrypoints.pages import processes
from services.insights.use_cases.operators import ROLE
from services.insights.use_cases.overview import Overview
from shared.accounts.access import signed_in
from shared.http.api import ApiBlueprint

blueprint = ApiBlueprint("overview", "/overview", "El estado de la mesa de consultas")


@blueprint.get("")
@blueprint.arguments(PeriodSchema, location="query")
@blueprint.response(HTTPStatus.OK, OverviewSchema)
@signed_in(ROLE)
def read_overview(asked: dict[str, Any]) -> dict[str, Any]:
    """Flow by hour, open consultations, deadlines, messages, queues, processes and signs of trouble."""
    overview: Overview = current_app.extensions["insights_snapshots"].newest(asked["period"])
    return _as_answer(overview)


def _as_answer(overview: Overview) -> dict[str, Any]:
    readings, now = overview.readings, overview.generated_at
    return {
        "generated_at": now,
        "period": overview.period,
        "flow": [
            {"measure": measure, "total": overview.totals[measure], "hours": _hours(overview, measure)}
            for measure in MEASURES
        ],
        "open": {
            "total": overview.open_in(*OPEN),
            "by_state": [{"state": state, "count": overview.open_in(state)} for state in OPEN],
            "groups": overview.open_groups,
        },
        "deadlines": {
            "at_risk": overview.at_risk,
            "at_risk_cases": overview.at_risk_cases,
            "breached": overview.breached,
            "breached_cases": overview.breached_cases,
            "breaches_in_period": overview.breaches_in_period,
        },
        "messages": {"in_period": overview.messages, "troubled": overview.troubled_messages},
        "reach": overview.reach,
        "queues": processes.queue_lines(readings, now),
        "broker_queues": processes.broker_queues(readings),
        "processes": processes.process_lines(readings, now),
        "signs": overview.signs,
    }


def _hours(overview: Overview, measure: str) -> list[dict[str, Any]]:
    counts = overview.flow[measure]
    return [{"starts_at": hour, "count": counts.get(hour, 0)} for hour in overview.period.hours]
