"""What one advisor carries, and handing some of it to somebody else: a list, a choice, a reason, a button."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import text

from services.routing.domain.roles import Right, who_may
from services.routing.entrypoints.api.schemas import AssignSchema
from services.routing.entrypoints.doing import form_key, parts
from services.routing.entrypoints.refusals.cases import refusals
from services.routing.entrypoints.wording.cases import topic_name
from services.routing.use_cases import assigning, staff
from shared.accounts.access import signed_in, the_person
from shared.http.application import see_other
from shared.http.fields import read_form
from shared.http.languages import N_, translate
from shared.http.problems import CONFLICT, FORBIDDEN, NOT_FOUND, STALE, Problem, translate_messages

load_pages = Blueprint("load_pages", __name__)

_MOST_SHOWN = 60
_PICKED = "case_"
_NOTHING_PICKED = N_("Marque al menos un caso.")
_KEPT_GOING = (CONFLICT, FORBIDDEN, NOT_FOUND, STALE)


@load_pages.get("/supervision/carga/<uuid:advisor_id>")
@signed_in(*who_may(Right.SUPERVISE))
def show(advisor_id: UUID) -> ResponseReturnValue:
    """Everything open with one advisor, least time left first."""
    return _page(advisor_id)


@load_pages.post("/supervision/carga/<uuid:advisor_id>")
@signed_in(*who_may(Right.SUPERVISE))
def hand_on(advisor_id: UUID) -> ResponseReturnValue:
    """Give the marked cases to somebody else, each as it was seen; those refused are named with the reason."""
    form_key()
    picked = {name.removeprefix(_PICKED): value for name, value in request.form.items() if name.startswith(_PICKED)}
    values = {"version": 1, "advisor_id": request.form.get("advisor_id", ""), "note": request.form.get("note", "")}
    sent, errors = read_form(AssignSchema(), values)
    if not picked:
        errors = {**errors, "cases": [_NOTHING_PICKED]}
    if errors:
        return _page(advisor_id, errors, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    refused = []
    for code, version in picked.items():
        try:
            _hand_on(code, version, sent)
        except Problem as problem:
            if problem.kind not in _KEPT_GOING:
                return _page(advisor_id, problem.fields or {}, status=problem.kind.status)
            refused.append({"code": code, "why": translate(problem.detail or problem.kind.title)})
    if refused:
        return _page(advisor_id, refused=refused, moved=len(picked) - len(refused), status=HTTPStatus.CONFLICT)
    return see_other(f"/supervision/carga/{advisor_id}", "asignado")


def _hand_on(code: str, version: str, sent: dict[str, Any]) -> None:
    number = int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 0  # noqa: PLR2004 - digits
    with refusals(), parts().units.begin() as work:
        assigning.assign(work, code, the_person(), version=number, advisor_id=sent["advisor_id"], note=sent["note"])


def _page(
    advisor_id: UUID,
    errors: Mapping[str, Any] | None = None,
    *,
    refused: list[dict[str, str]] | None = None,
    moved: int = 0,
    status: int = HTTPStatus.OK,
) -> ResponseReturnValue:
    with parts().database.transaction() as session:
        advisor = staff.find_entry(session, advisor_id)
        if advisor is None:
            raise Problem(NOT_FOUND)
        rows = session.execute(_OPEN, {"id": advisor_id, "limit": _MOST_SHOWN}).mappings().all()
        others = [one for one in staff.names_of(session) if one["id"] != advisor_id]
    page = render_template(
        "load.html",
        advisor=advisor,
        cases=[dict(row) | {"topic": topic_name(row["topic"])} for row in rows],
        others=others,
        refused=refused or [],
        moved=moved,
        typed=request.form,
        errors=translate_messages(dict(errors or {})),
    )
    return page, status


_OPEN = text("""
    SELECT code, version, subject_line, left(body, 80) AS excerpt, topic, is_urgent, state, municipality,
           extract(epoch FROM next_due_at - clock_timestamp()) AS seconds_left
      FROM casefile WHERE advisor_id = :id AND state IN ('assigned', 'waiting')
     ORDER BY due_key, case_id LIMIT :limit
""")
