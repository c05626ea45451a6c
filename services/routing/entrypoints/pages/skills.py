"""Teams, and who knows what how well: one table of advisors and topics."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from services.routing.domain.roles import Right, who_may
from services.routing.entrypoints.api.desk import change_of
from services.routing.entrypoints.api.staff_schemas import TeamEntrySchema
from services.routing.entrypoints.api.staffing import add_team_once
from services.routing.entrypoints.doing import form_key, parts
from services.routing.store import teams
from services.routing.use_cases import staff
from services.routing.use_cases.topics import topics
from shared.accounts.access import signed_in
from shared.http.application import see_other
from shared.http.fields import read_form
from shared.http.problems import CONFLICT, INVALID, NOT_FOUND, STALE, Problem, translate_messages

skill_pages = Blueprint("skill_pages", __name__)

_PATH = "/supervision/equipo"
_LEVELS = ("0", "1", "2", "3")


@skill_pages.get(_PATH)
@signed_in(*who_may(Right.SUPERVISE))
def show() -> ResponseReturnValue:
    """The matrix and the teams."""
    return _page()


@skill_pages.post(_PATH)
@signed_in(*who_may(Right.SUPERVISE))
def change() -> ResponseReturnValue:
    """Keep the rows that changed; a row that somebody else changed meanwhile is named and left as it is now."""
    form_key()
    with parts().database.transaction() as session:
        entries = staff.list_advisors(session)
    stale = []
    for entry in entries:
        sent = _changes(entry, request.form)
        if sent is None:
            continue
        try:
            change_of(entry["id"], sent, _version(request.form.get(f"version_{entry['id']}", "")))
        except Problem as problem:
            if problem.kind not in (STALE, NOT_FOUND, INVALID):
                raise
            stale.append(entry["full_name"])
    return _page(stale=stale, status=HTTPStatus.CONFLICT) if stale else see_other(_PATH, "asesor")


@skill_pages.post(_PATH + "/equipos")
@signed_in(*who_may(Right.SUPERVISE))
def add_team() -> ResponseReturnValue:
    """Make a team."""
    key = form_key()
    sent, errors = read_form(TeamEntrySchema(), {"name": request.form.get("name", "")})
    if errors:
        return _page(errors, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        add_team_once(key, sent["name"])
    except Problem as problem:
        if problem.kind is not CONFLICT:
            raise
        return _page({"name": [problem.detail or problem.kind.title]}, status=problem.kind.status)
    return see_other(_PATH, "asesor")


@skill_pages.post(_PATH + "/equipos/<uuid:team_id>/disolucion")
@signed_in(*who_may(Right.SUPERVISE))
def remove_team(team_id: UUID) -> ResponseReturnValue:
    """Dissolve a team; twice is once."""
    form_key()
    with parts().units.begin() as work:
        teams.remove_team(work.session, team_id)
    return see_other(_PATH, "asesor")


def _changes(entry: Mapping[str, Any], form: Mapping[str, str]) -> dict[str, Any] | None:
    """What the form says other than the row does; None when it says nothing of it, or nothing new."""
    key = str(entry["id"])
    if f"version_{key}" not in form:
        return None
    levels = {code: form.get(f"level_{key}_{code}", "0") for code in topics()}
    skills = {code: int(level) for code, level in levels.items() if level in _LEVELS and level != "0"}
    team = form.get(f"team_{key}", "")
    sent: dict[str, Any] = {}
    if skills != entry["skills"]:
        sent["skills"] = skills
    if team != str(entry["team_id"] or ""):
        try:
            sent["team_id"] = UUID(team) if team else None
        except ValueError:
            return sent or None
    return sent or None


def _version(value: str) -> int:
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0  # noqa: PLR2004 - digits


def _page(
    errors: Mapping[str, Any] | None = None, *, stale: list[str] | None = None, status: int = HTTPStatus.OK
) -> ResponseReturnValue:
    with parts().database.transaction() as session:
        entries = [one for one in staff.list_advisors(session) if one["is_active"]]
        found = teams.list_teams(session)
    page = render_template(
        "skills.html",
        advisors=entries,
        teams=found,
        topics=list(topics().values()),
        counts={code: sum(code in one["skills"] for one in entries) for code in topics()},
        stale=stale or [],
        typed=request.form,
        errors=translate_messages(dict(errors or {})),
    )
    return page, status
