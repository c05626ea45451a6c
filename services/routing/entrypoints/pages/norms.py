"""The register of norms on pages: looking one up, keeping it, and the answers that cite it."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from services.routing.domain.norms import KINDS, Validity
from services.routing.domain.roles import Right, may, who_may
from services.routing.entrypoints.api.norm_schemas import NormChangeSchema
from services.routing.entrypoints.api.norms import read_answers, read_norm, save_norm, today
from services.routing.entrypoints.doing import form_key, parts
from services.routing.entrypoints.wording.norms import VALIDITY_NAMES
from services.routing.use_cases import norms
from shared.accounts.access import signed_in, the_person
from shared.http.application import see_other
from shared.http.fields import read_form
from shared.http.problems import CONFLICT, INVALID, STALE, Problem, translate_messages

norm_pages = Blueprint("norm_pages", __name__)

_STAFF, _KEEPERS = who_may(Right.WORK), who_may(Right.KEEP_NORMS)
_MOST_SHOWN = 200
_SHOWN_AGAIN = (INVALID, CONFLICT, STALE)


@norm_pages.get("/normas")
@signed_in(*_STAFF)
def show_all() -> ResponseReturnValue:
    """The register, or what was looked for in it."""
    wanted, state = request.args.get("q", "").strip()[:100], request.args.get("vigencia", "")
    state = state if state in list(Validity) else ""
    with parts().database.transaction() as session:
        found = norms.list_norms(session, today(), wanted=wanted, state=state)
    return render_template(
        "compose/norms.html", norms=found[:_MOST_SHOWN], total=len(found), wanted=wanted, state=state,
        states=VALIDITY_NAMES.items(), is_keeper=may(the_person().role, Right.KEEP_NORMS),
    )  # fmt: skip


@norm_pages.get("/normas/nueva")
@signed_in(*_KEEPERS)
def show_new() -> ResponseReturnValue:
    """The form for a norm that the register does not have."""
    return _form(None)


@norm_pages.post("/normas/nueva")
@signed_in(*_KEEPERS)
def add() -> ResponseReturnValue:
    """Add a norm."""
    return _save(None)


@norm_pages.get("/normas/<uuid:norm_id>")
@signed_in(*_STAFF)
def show_one(norm_id: UUID) -> ResponseReturnValue:
    """One norm: what is known of it, who cites it, its versions, and for who keeps it the form."""
    return _form(read_norm(norm_id))


@norm_pages.post("/normas/<uuid:norm_id>")
@signed_in(*_KEEPERS)
def change(norm_id: UUID) -> ResponseReturnValue:
    """Make the next version."""
    return _save(norm_id)


def _save(norm_id: UUID | None) -> ResponseReturnValue:
    norm = read_norm(norm_id) if norm_id else None
    sent, errors = read_form(NormChangeSchema(), _typed())
    if errors:
        return _form(norm, errors, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        kept = save_norm(form_key(), norm_id, sent)
    except Problem as problem:
        if problem.kind not in _SHOWN_AGAIN:
            raise
        found = dict(problem.fields or {}) or {"refusal": [problem.to_dict()["detail"]]}
        return _form(norm, found, problem.kind.status)
    return see_other(f"/normas/{kept}", "norma")


def _typed() -> dict[str, Any]:
    """The form as the API would send it: names one a line, dates left out where blank, the version as a number."""
    values: dict[str, Any] = {name: value for name, value in request.form.items() if value.strip()}
    names = [line.strip() for line in request.form.get("other_names", "").splitlines() if line.strip()]
    version = request.form.get("version", "")
    return {
        **values, "other_names": names, "is_checked": "is_checked" in request.form,
        "version": int(version[:9]) if version.isascii() and version.isdigit() else 0,
    }  # fmt: skip


def _form(
    norm: dict[str, Any] | None, errors: Mapping[str, Any] | None = None, status: int = HTTPStatus.OK
) -> ResponseReturnValue:
    lines, next_cursor = read_answers(norm["id"], request.args.get("cursor")) if norm else ([], None)
    as_kept = {**norm, "other_names": "\n".join(norm["other_names"])} if norm else {}
    typed = request.form if request.method == "POST" else as_kept
    page = render_template(
        "compose/norm.html", norm=norm, typed=typed, errors=translate_messages(errors or {}), kinds=KINDS.items(),
        is_keeper=may(the_person().role, Right.KEEP_NORMS), answers=lines, next_cursor=next_cursor,
    )  # fmt: skip
    return page, status
