"""The library on pages: keeping canned texts and macros, and using them on a case."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from services.routing.domain.roles import Right, may, who_may
from services.routing.domain.variables import VARIABLES
from services.routing.entrypoints.api.composing import cited
from services.routing.entrypoints.api.library import read_item, save_item
from services.routing.entrypoints.api.library_schemas import ItemChangeSchema, MacroRunSchema
from services.routing.entrypoints.doing import do, form_key, parts
from services.routing.entrypoints.pages.cited import typed_citations
from services.routing.entrypoints.pages.composing import KIND_OF_FORM, two_drafts_page
from services.routing.entrypoints.pages.sheets import refused_page, typed_values
from services.routing.entrypoints.refusals.cases import refusals
from services.routing.entrypoints.wording.cases import OUTCOME_NAMES
from services.routing.store import library as store
from services.routing.store.library import ANY_TOPIC, KINDS, MACRO, TEXT
from services.routing.use_cases import library as acts
from services.routing.use_cases.closing import STAFF_OUTCOMES
from services.routing.use_cases.topics import topics
from shared.accounts.access import signed_in, the_person
from shared.http.application import see_other
from shared.http.fields import read_form
from shared.http.problems import CONFLICT, FORBIDDEN, INVALID, STALE, Problem, translate_messages

library = Blueprint("library_pages", __name__)

_STAFF, _EDITORS = who_may(Right.WORK), who_may(Right.SHARE_TEXTS)
_SHOWN_AGAIN = (INVALID, CONFLICT, FORBIDDEN, STALE)


@library.get("/biblioteca")
@signed_in(*_STAFF)
def show_all() -> ResponseReturnValue:
    """Every canned text and macro."""
    with parts().database.transaction() as session:
        items = [acts.shown(item) for item in store.everything(session)]
    edits = may(the_person().role, Right.SHARE_TEXTS)
    return render_template("compose/library.html", items=items, is_editor=edits)


@library.get("/biblioteca/nuevo")
@signed_in(*_EDITORS)
def show_new() -> ResponseReturnValue:
    """The form for a new item."""
    kind = request.args.get("tipo", TEXT)
    return _form(None, kind if kind in KINDS else TEXT)


@library.post("/biblioteca/nuevo")
@signed_in(*_EDITORS)
def add() -> ResponseReturnValue:
    """Add an item."""
    return _save(None)


@library.get("/biblioteca/<uuid:item_id>")
@signed_in(*_STAFF)
def show_one(item_id: UUID) -> ResponseReturnValue:
    """One item: its text, its versions, and for who keeps it the form."""
    item = read_item(item_id)
    return _form(item, item["kind"])


@library.post("/biblioteca/<uuid:item_id>")
@signed_in(*_EDITORS)
def change(item_id: UUID) -> ResponseReturnValue:
    """Make the next version."""
    return _save(item_id)


@library.get("/casos/<code>/<any(insertar, macro):_use>")
@signed_in(*_STAFF)
def back(code: str, _use: str) -> ResponseReturnValue:
    """A button's own address, reached by a reload or after signing in again."""
    return see_other(f"/casos/{code}")


@library.post("/casos/<code>/insertar")
@signed_in(*_STAFF)
def insert(code: str) -> ResponseReturnValue:
    """Put a canned text below what was typed, without scripts: the draft carries it back to the box."""
    form = request.form.get("form", "respuesta")
    item_id = _uuid(request.form.get("item", ""))
    if item_id is None or form not in KIND_OF_FORM:
        return see_other(f"/casos/{code}#respuesta")
    typed = typed_values(request.form)
    revision, version = typed.get("draft_revision", "0"), typed.get("version")
    try:
        with refusals(typed.get("body", "")), parts().units.begin() as work:
            acts.insert(
                work, code, the_person(), item_id=item_id, kind=KIND_OF_FORM[form], typed=typed.get("body", "").strip(),
                revision=int(revision) if revision.isascii() and revision.isdigit() else 0,
                version=version if isinstance(version, int) else 1,
                citations=cited(work.session, typed_citations(request.form)) if form == "respuesta" else None,
            )  # fmt: skip
    except Problem as problem:
        if problem.kind is not STALE:
            raise
        return two_drafts_page(code, form, problem)
    return see_other(f"/casos/{code}?aviso=insertado#{form}")


@library.post("/casos/<code>/macro")
@signed_in(*_STAFF)
def run_macro(code: str) -> ResponseReturnValue:
    """Do everything a macro says, or nothing."""
    sent, errors = read_form(MacroRunSchema(), typed_values(request.form))
    if errors:
        raise Problem(INVALID, fields=errors)
    person = the_person()
    try:
        do(form_key(), {**sent, "form": "macro"}, lambda work: acts.run(work, code, person, **sent))
    except Problem as problem:
        if problem.kind not in _SHOWN_AGAIN:
            raise
        return refused_page(code, "macro", problem)
    return see_other(f"/casos/{code}", "macro")


def _save(item_id: UUID | None) -> ResponseReturnValue:
    key = form_key()
    values: dict[str, Any] = {**typed_values(request.form), "is_active": request.form.get("is_active") != "no"}
    sent, errors = read_form(ItemChangeSchema(), values)
    kind = request.form.get("kind", TEXT)
    item = read_item(item_id) if item_id else None
    if errors:
        return _form(item, kind, errors, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        save_item(key, item_id, sent)
    except Problem as problem:
        if problem.kind not in _SHOWN_AGAIN:
            raise
        found = dict(problem.fields or {}) or {"refusal": [problem.to_dict()["detail"]]}
        return _form(item, kind, found, problem.kind.status)
    return see_other("/biblioteca", "biblioteca")


def _form(
    item: dict[str, Any] | None, kind: str, errors: Mapping[str, Any] | None = None, status: int = HTTPStatus.OK
) -> ResponseReturnValue:
    with parts().database.transaction() as session:
        may_edit = acts.may_edit(session, the_person(), item["topic"] if item else ANY_TOPIC)
    typed = request.form if request.method == "POST" else _values(item)
    page = render_template(
        "compose/library_item.html", item=item, kind=item["kind"] if item else kind, typed=typed, may_edit=may_edit,
        errors=translate_messages(errors or {}), variables=VARIABLES, topics=topics().values(), macro=MACRO,
        outcomes=[(one, OUTCOME_NAMES[one]) for one in STAFF_OUTCOMES],
    )  # fmt: skip
    return page, status


def _values(item: dict[str, Any] | None) -> dict[str, Any]:
    return {"topic": item["topic"], "name": item["name"], **item["content"]} if item else {}


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
