"""Advisors: their topics, room and presence, for supervisors."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from services.routing.entrypoints.api.desk import change_of, open_account
from services.routing.entrypoints.api.schemas import AdvisorChangeSchema, NewAdvisorSchema
from services.routing.entrypoints.doing import form_key, parts
from services.routing.entrypoints.wording.staff import LANGUAGE_NAMES
from services.routing.store import teams as team_rows
from services.routing.use_cases import staff
from services.routing.use_cases.staff import ADMIN, SUPERVISOR
from services.routing.use_cases.topics import topics
from shared.accounts.access import signed_in
from shared.http.application import see_other
from shared.http.fields import read_form
from shared.http.problems import CONFLICT, INVALID, NOT_FOUND, STALE, Problem, translate_messages

advisors = Blueprint("advisor_pages", __name__)

_SKILL = "skill_"


@advisors.get("/asesores")
@signed_in(SUPERVISOR, ADMIN)
def show_all() -> ResponseReturnValue:
    """Everybody who takes cases."""
    with parts().database.transaction() as session:
        entries = staff.list_advisors(session)
    return render_template("advisors.html", advisors=entries, topics=topics())


@advisors.get("/asesores/nuevo")
@signed_in(SUPERVISOR, ADMIN)
def show_new() -> ResponseReturnValue:
    """The form for a new advisor."""
    return _form(None)


@advisors.post("/asesores/nuevo")
@signed_in(SUPERVISOR, ADMIN)
def add() -> ResponseReturnValue:
    """Open the account of an advisor; they enter by e-mailed link."""
    key = form_key()
    values = {**_numbers(request.form, "capacity"), "skills": _skills(request.form)}
    sent, errors = read_form(NewAdvisorSchema(only=("email", "full_name", "capacity", "skills")), values)
    if errors:
        return _form(None, errors, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        open_account(key, {"password": None, "locale": "es", **sent})
    except Problem as problem:
        return _form(None, _errors_of(problem), problem.kind.status)
    return see_other("/asesores", "alta")


@advisors.get("/asesores/<uuid:advisor_id>")
@signed_in(SUPERVISOR, ADMIN)
def show_one(advisor_id: UUID) -> ResponseReturnValue:
    """One advisor's form."""
    return _form(_entry(advisor_id))


@advisors.post("/asesores/<uuid:advisor_id>")
@signed_in(SUPERVISOR, ADMIN)
def change(advisor_id: UUID) -> ResponseReturnValue:
    """Keep what the form says; who has room now gets what waited longest."""
    values: dict[str, Any] = {
        **_numbers(request.form, "capacity", "version"),
        "is_available": request.form.get("is_available") == "yes",
        "skills": _skills(request.form),
        "languages": request.form.getlist("languages"),
        "team_id": request.form.get("team_id") or None,
    }
    names = ("version", "is_available", "capacity", "skills", "languages", "hours", "team_id")
    sent, errors = read_form(AdvisorChangeSchema(only=names), {name: values[name] for name in names if name in values})
    if errors:
        return _form(_entry(advisor_id), errors, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        change_of(advisor_id, sent, sent.pop("version"))
    except Problem as problem:
        return _form(_entry(advisor_id), _errors_of(problem), problem.kind.status)
    return see_other("/asesores", "asesor")


def _entry(advisor_id: UUID) -> dict[str, Any]:
    with parts().database.transaction() as session:
        found = staff.find_entry(session, advisor_id)
    if found is None:
        raise Problem(NOT_FOUND)
    return found


def _form(
    entry: dict[str, Any] | None, errors: Mapping[str, Any] | None = None, status: int = HTTPStatus.OK
) -> ResponseReturnValue:
    with parts().database.transaction() as session:
        teams = team_rows.list_teams(session)
    skills = _skills(request.form) if request.method == "POST" else (entry or {}).get("skills", {})
    page = render_template(
        "advisor.html",
        advisor=entry,
        topics=topics().values(),
        skills=skills,
        teams=teams,
        languages=LANGUAGE_NAMES,
        typed=request.form,
        errors=_flat(translate_messages(errors or {})),
    )
    return page, status


def _errors_of(problem: Problem) -> Mapping[str, Any]:
    if problem.kind is INVALID and problem.fields:
        return problem.fields
    if problem.kind in (CONFLICT, STALE, INVALID):
        return {"refusal": [problem.detail or problem.kind.advice]}
    raise problem


def _flat(errors: dict[str, Any]) -> dict[str, Any]:
    """Messages of nested fields under the field that the form shows."""
    for name in ("skills", "languages"):
        if isinstance(errors.get(name), dict):
            errors[name] = [str(message) for part in errors[name].values() for message in _texts(part)]
    return errors


def _texts(part: Any) -> list[Any]:
    if isinstance(part, dict):
        return [text for inner in part.values() for text in _texts(inner)]
    return list(part) if isinstance(part, list) else [part]


def _numbers(form: Mapping[str, str], *names: str) -> dict[str, Any]:
    """The form with these values as numbers; what is none stays text and is refused with the others."""
    found: dict[str, Any] = dict(form)
    for name in names:
        value = found.get(name, "").strip()
        found[name] = int(value) if value.isascii() and value.isdigit() and len(value) < 10 else value  # noqa: PLR2004 - digits
    return found


def _skills(form: Mapping[str, str]) -> dict[str, Any]:
    return {
        name.removeprefix(_SKILL): int(value)
        for name, value in form.items()
        if name.startswith(_SKILL) and value in ("1", "2", "3")
    }
