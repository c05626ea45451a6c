"""Leaves and teams."""

from __future__ import annotations

from datetime import date, timedelta
from http import HTTPStatus
from typing import Any
from uuid import UUID

from services.routing.domain.roles import Right, who_may
from services.routing.entrypoints.api.staff_schemas import (
    LeaveEntrySchema,
    LeaveOutSchema,
    LeaveQuerySchema,
    TeamEntrySchema,
    TeamOutSchema,
)
from services.routing.entrypoints.doing import parts
from services.routing.entrypoints.refusals.cases import refusals
from services.routing.store import absences, teams
from services.routing.use_cases import leaves
from services.routing.use_cases.leaves import LeaveKind
from shared.accounts.access import signed_in, the_person
from shared.http.api import ApiBlueprint
from shared.http.idempotency import key_from_header, once
from shared.http.languages import N_
from shared.http.problems import CONFLICT, NOT_FOUND, Problem
from shared.ids import new_id

leaves_blueprint = ApiBlueprint("leaves", "/leaves", "Licencias de los asesores")
teams_blueprint = ApiBlueprint("teams", "/teams", "Equipos de asesores")

_TAKEN = N_("Ya hay un equipo con ese nombre.")


@leaves_blueprint.get("")
@leaves_blueprint.arguments(LeaveQuerySchema, location="query")
@leaves_blueprint.response(HTTPStatus.OK, LeaveOutSchema(many=True))  # type: ignore[arg-type]  # apispec takes an instance too
@signed_in(*who_may(Right.SUPERVISE))
def list_leaves(query: dict[str, Any]) -> list[dict[str, Any]]:
    """Leaves that share a day with a stretch, by advisor; from thirty days ago to a year ahead unless told."""
    today = date.today()  # noqa: DTZ011 - a generous default; the stretch is the caller's to say
    first: date = query["since"] or today - timedelta(days=30)
    last: date = query["until"] or today + timedelta(days=365)
    with parts().database.transaction() as session:
        return absences.leaves_between(session, first, last)


@leaves_blueprint.post("")
@leaves_blueprint.arguments(LeaveEntrySchema)
@leaves_blueprint.response(HTTPStatus.CREATED, LeaveOutSchema)
@signed_in(*who_may(Right.SUPERVISE))
def enter_leave(sent: dict[str, Any]) -> dict[str, Any]:
    """Enter a leave; the open cases of the person go to others when it begins."""
    leave_id = enter_once(key_from_header(), sent)
    with parts().database.transaction() as session:
        return absences.find_leave(session, leave_id) or {}


@leaves_blueprint.delete("/<uuid:leave_id>")
@leaves_blueprint.response(HTTPStatus.OK, LeaveOutSchema)
@signed_in(*who_may(Right.SUPERVISE))
def cancel_leave(leave_id: UUID) -> dict[str, Any]:
    """Cancel a leave, or what is left of it."""
    with refusals(), parts().units.begin() as work:
        leaves.cancel(work, leave_id)
        work.session.flush()
        return absences.find_leave(work.session, leave_id) or {}


@teams_blueprint.get("")
@teams_blueprint.response(HTTPStatus.OK, TeamOutSchema(many=True))  # type: ignore[arg-type]  # apispec takes an instance too
@signed_in(*who_may(Right.WORK))
def list_teams() -> list[dict[str, Any]]:
    """Every team."""
    with parts().database.transaction() as session:
        return teams.list_teams(session)


@teams_blueprint.post("")
@teams_blueprint.arguments(TeamEntrySchema)
@teams_blueprint.response(HTTPStatus.CREATED, TeamOutSchema)
@signed_in(*who_may(Right.SUPERVISE))
def add_team(sent: dict[str, Any]) -> dict[str, Any]:
    """Make a team."""
    team_id = add_team_once(key_from_header(), sent["name"])
    return {"id": team_id, "name": sent["name"], "member_count": 0}


@teams_blueprint.delete("/<uuid:team_id>")
@teams_blueprint.response(HTTPStatus.NO_CONTENT)
@signed_in(*who_may(Right.SUPERVISE))
def remove_team(team_id: UUID) -> None:
    """Dissolve a team; its advisors stay, in none."""
    with parts().units.begin() as work:
        if not teams.remove_team(work.session, team_id):
            raise Problem(NOT_FOUND)


def enter_once(key: str, sent: dict[str, Any]) -> UUID:
    """Enter a leave once per key.

    :raises Problem: no such advisor, or days that cannot be.
    """
    person = the_person()
    with refusals(), parts().units.begin() as work:

        def act() -> tuple[int, dict[str, Any]]:
            leave = leaves.enter(
                work, sent["advisor_id"], starts_on=sent["starts_on"], ends_on=sent["ends_on"],
                kind=LeaveKind(sent["kind"]), note=sent["note"], by=person,
            )  # fmt: skip
            return HTTPStatus.CREATED, {"id": str(leave.leave_id)}

        answer = once(work, actor=person.id, key=key, content=["leave", sent], act=act)
    return UUID(answer.body["id"])


def add_team_once(key: str, name: str) -> UUID:
    """Make a team once per key.

    :raises Problem: one of this name is there.
    """
    with parts().units.begin() as work:

        def act() -> tuple[int, dict[str, Any]]:
            team_id = new_id()
            if not teams.add_team(work.session, team_id, name):
                raise Problem(CONFLICT, _TAKEN)
            return HTTPStatus.CREATED, {"id": str(team_id)}

        answer = once(work, actor=the_person().id, key=key, content=["team", name], act=act)
    return UUID(answer.body["id"])
