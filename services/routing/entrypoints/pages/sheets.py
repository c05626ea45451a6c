"""The sheet of a case as a page, and the forms on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from marshmallow import Schema
from werkzeug.datastructures import MultiDict

from services.routing.entrypoints.api.relation_inputs import LinkSchema, SnoozeSchema, SplitSchema, UnlinkSchema
from services.routing.entrypoints.api.schemas import (
    AnswerSchema,
    AssignSchema,
    CloseSchema,
    MessageSchema,
    NoteSchema,
    TopicChoiceSchema,
    VersionedSchema,
)
from services.routing.entrypoints.doing import do, form_key, parts
from services.routing.entrypoints.pages.cited import plain_messages, typed_citations
from services.routing.entrypoints.pages.composing import MERGED, merge_page, sheet_values
from services.routing.entrypoints.refusals.cases import refusals
from services.routing.entrypoints.wording.attachments import unattached
from services.routing.entrypoints.wording.cases import OUTCOME_NAMES
from services.routing.store import cases, changes, families
from services.routing.store.models import Case
from services.routing.use_cases import (
    answering,
    assigning,
    closing,
    linking,
    notes,
    sheet,
    snoozing,
    sorting,
    splitting,
    staff,
)
from services.routing.use_cases.closing import STAFF_OUTCOMES
from services.routing.use_cases.staff import ROLES
from services.routing.use_cases.topics import staff_kinds, topics
from shared.accounts.access import signed_in, the_person
from shared.accounts.people import Person
from shared.http.application import see_other
from shared.http.fields import read_form
from shared.http.languages import LOCALES, current_locale
from shared.http.problems import CONFLICT, FORBIDDEN, INVALID, STALE, Problem, translate_messages
from shared.messaging.work import Work

sheets = Blueprint("sheets", __name__)

Act = Callable[..., Case]
_FORMS: dict[str, tuple[type[Schema], Act, str]] = {
    "respuesta": (AnswerSchema, answering.answer, "respuesta"),
    "aclaracion": (MessageSchema, answering.ask_for_clarification, "aclaracion"),
    "tema": (TopicChoiceSchema, sorting.choose_topic, "tema"),
    "asignacion": (AssignSchema, assigning.assign, "asignado"),
    "notas": (NoteSchema, notes.add_note, "nota"),
    "cierre": (CloseSchema, closing.close, "cerrado"),
    "posponer": (SnoozeSchema, snoozing.snooze, "pospuesto"),
    "volver": (VersionedSchema, snoozing.wake, "de_vuelta"),
    "relacion": (LinkSchema, linking.link, "relacionado"),
    "sin-relacion": (UnlinkSchema, linking.unlink, "sin_relacion"),
    "division": (SplitSchema, splitting.split, "dividido"),
}
_FORM = f"<any({', '.join(_FORMS)}):form>".replace("sin-relacion", "'sin-relacion'")
_SHOWN_AGAIN = (INVALID, CONFLICT, FORBIDDEN, STALE)


@sheets.get("/casos/<code>")
@signed_in(*ROLES)
def show(code: str) -> ResponseReturnValue:
    """One case. A merged one leads to where it is dealt with, unless its own sheet is asked for."""
    if "propio" not in request.args and (survivor := _survivor_code(code)) is not None:
        return see_other(f"/casos/{survivor}", "es_unido")
    return sheet_page(code)


@sheets.get("/casos/<code>/plazos")
@signed_in(*ROLES)
def show_clocks(code: str) -> ResponseReturnValue:
    """Why the deadlines are what they are: every counted stretch."""
    with refusals(), parts().database.transaction() as session:
        report = sheet.read_clock_report(session, code, the_person(), current_locale())
    return render_template("clocks.html", report=report)


@sheets.get(f"/casos/<code>/{_FORM}")
@signed_in(*ROLES)
def back_to_sheet(code: str, form: str) -> ResponseReturnValue:  # noqa: ARG001 - part of the address
    """A form's own address, reached by a reload, a change of language or after signing in again."""
    language = request.args.get("lang")
    return see_other(f"/casos/{code}" + (f"?lang={language}" if language in LOCALES else ""))


@sheets.post(f"/casos/<code>/{_FORM}")
@signed_in(*ROLES)
def act(code: str, form: str) -> ResponseReturnValue:
    """What staff do with a case. Whatever is refused, the text they typed is still there."""
    schema, use_case, notice = _FORMS[form]
    sent, errors = read_form(schema(), typed_values(request.form))
    if errors := errors or unattached():
        return sheet_page(code, form, errors, HTTPStatus.UNPROCESSABLE_ENTITY)
    person, mine = the_person(), sent.get("body") or sent.get("note") or ""

    def run(work: Work) -> Case:
        return use_case(work, code, person, **sent)

    try:
        done = do(form_key(), {**sent, "form": form}, run, mine=mine)
    except Problem as problem:
        if problem.kind not in _SHOWN_AGAIN:
            raise
        if problem.kind is STALE and form in MERGED:
            return merge_page(code, form, mine)
        return refused_page(code, form, problem)
    if not _is_visible(code, person):
        return see_other("/casos", "pasado")
    return see_other(f"/casos/{done['code']}", notice)


def typed_values(form: MultiDict[str, str]) -> dict[str, Any]:
    """A form's values as the API would send them: numbers as numbers, what was left blank left out."""
    values: dict[str, Any] = {name: value for name, value in form.items() if value.strip()}
    if values.get("version", "").isascii() and values.get("version", "").isdigit():
        values["version"] = int(values["version"][:10])
    if given := typed_citations(form):
        values["citations"] = given
    if "files_shown" in form:
        values["attachments"] = form.getlist("file")
    return values


def refused_page(code: str, form: str, problem: Problem) -> ResponseReturnValue:
    """The sheet again, with why the form that was tried was refused and what was typed in it."""
    body = problem.to_dict()
    errors: dict[str, Any] = dict(problem.fields or {}) or {"refusal": [body["detail"]]}
    stale = problem.extra if problem.kind is STALE else None
    return sheet_page(code, form, errors, problem.kind.status, stale)


def _survivor_code(code: str) -> str | None:
    with parts().database.transaction() as session:
        return families.visible_survivor_code(session, code, the_person())


def _is_visible(code: str, person: Person) -> bool:
    with parts().database.transaction() as session:
        return cases.find_visible(session, code, person) is not None


def sheet_page(
    code: str,
    tried: str = "",
    errors: Mapping[str, Any] | None = None,
    status: int = HTTPStatus.OK,
    stale: Mapping[str, Any] | None = None,
) -> ResponseReturnValue:
    """The page of a case; what was typed in the form that was `tried` is shown again.

    :param stale: the case changed while the person wrote: what is new is shown beside their text, to be joined.
    """
    with refusals(), parts().database.transaction() as session:
        found = sheet.read_sheet(session, code, the_person(), current_locale())
        writing = sheet_values(session, found, the_person(), request.form if tried == "respuesta" else None)
        colleagues = staff.names_of(session)
        newest = changes.newest(session)
    page = render_template(
        "sheet.html",
        sheet=found,
        colleagues=colleagues,
        topics=topics().values(),
        kinds=staff_kinds().values(),
        outcomes=[(one, OUTCOME_NAMES[one]) for one in STAFF_OUTCOMES],
        tried=tried,
        typed=request.form,
        errors=plain_messages(translate_messages(errors or {})),
        stale=stale,
        live_since=newest,
        **writing,
    )
    return page, status
