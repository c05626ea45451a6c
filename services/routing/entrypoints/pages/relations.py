"""Merging as pages: first both cases side by side and who will be told, then the press; and undoing it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from services.routing.domain.case_state import Act, is_possible
from services.routing.domain.roles import Right, who_may
from services.routing.entrypoints.api.relation_inputs import MergeSchema, UnmergeSchema
from services.routing.entrypoints.doing import do, form_key, parts
from services.routing.entrypoints.pages.typed_forms import typed
from services.routing.entrypoints.refusals.cases import refusals
from services.routing.store import cases
from services.routing.store.models import Case
from services.routing.use_cases import case_merging
from services.routing.use_cases.acting import CaseNotFoundError
from services.routing.use_cases.relations import candidates, title_of
from shared.accounts.access import signed_in, the_person
from shared.http.application import see_other
from shared.http.fields import read_form
from shared.http.languages import N_, translate
from shared.http.problems import CONFLICT, FORBIDDEN, INVALID, STALE, Problem, translate_messages
from shared.messaging.work import Work

relations = Blueprint("relations", __name__)

_SHOWN_AGAIN = (INVALID, CONFLICT, FORBIDDEN, STALE)
_CHANGED = N_("Uno de los dos casos cambió mientras usted decidía. Compárelos otra vez.")


@relations.get("/casos/<code>/union")
@signed_in(*who_may(Right.WORK))
def compare(code: str) -> ResponseReturnValue:
    """Choose the other case, and see both before they are merged."""
    return _compare(code, request.args.get("con", ""))


@relations.post("/casos/<code>/union")
@signed_in(*who_may(Right.WORK))
def merge(code: str) -> ResponseReturnValue:
    """Merge the case into the one it was compared with."""
    sent, errors = read_form(MergeSchema(), typed(request.form, "version", "into_version"))
    if errors:
        return _compare(code, request.form.get("into", ""), errors, HTTPStatus.UNPROCESSABLE_ENTITY)
    person = the_person()

    def act(work: Work) -> Case:
        return case_merging.merge(work, code, person, **sent)

    return _perform(act, sent, "unido", lambda problem: _refused(code, sent["into"], problem))


@relations.post("/casos/<code>/separacion")
@signed_in(*who_may(Right.WORK))
def unmerge(code: str) -> ResponseReturnValue:
    """Undo a merge, from the case that goes on."""
    sent, errors = read_form(UnmergeSchema(), typed(request.form, "version"))
    if errors:
        raise Problem(INVALID, fields=errors)
    person = the_person()

    def act(work: Work) -> Case:
        return case_merging.unmerge(work, code, person, **sent)

    def refuse(problem: Problem) -> ResponseReturnValue:
        page = render_template("refused.html", code=code, sentence=_sentence(problem))
        return page, problem.kind.status

    return _perform(act, sent, "separado", refuse)


@relations.get("/casos/<code>/separacion")
@signed_in(*who_may(Right.WORK))
def back_to_sheet(code: str) -> ResponseReturnValue:
    """A form's own address, reached by a reload."""
    return see_other(f"/casos/{code}")


def _perform(
    act: Callable[[Work], Case],
    sent: Mapping[str, Any],
    notice: str,
    refuse: Callable[[Problem], ResponseReturnValue],
) -> ResponseReturnValue:
    try:
        done = do(form_key(), dict(sent), act)
    except Problem as problem:
        if problem.kind not in _SHOWN_AGAIN:
            raise
        return refuse(problem)
    return see_other(f"/casos/{done['code']}", notice)


def _sentence(problem: Problem) -> str:
    if problem.kind is STALE:
        return translate(_CHANGED)
    return str(problem.to_dict()["detail"])


def _refused(code: str, into: str, problem: Problem) -> ResponseReturnValue:
    return _compare(code, into, {"into": [_sentence(problem)]}, problem.kind.status)


def _compare(
    code: str, into: str, errors: Mapping[str, Any] | None = None, status: int = HTTPStatus.OK
) -> ResponseReturnValue:
    person, wanted = the_person(), into.strip().upper()
    with refusals(), parts().database.transaction() as session:
        case = cases.find_visible(session, code, person)
        if case is None:
            raise CaseNotFoundError(code)
        other = cases.find_visible(session, wanted, person) if wanted else None
        offered = candidates(session, case, person)
    if wanted and other is None and not errors:
        errors, status = {"into": [case_merging.NO_TARGET]}, HTTPStatus.NOT_FOUND
    page = render_template(
        "union.html",
        case=case,
        other=other,
        offered=offered,
        wanted=wanted,
        title_of=title_of,
        may_merge=is_possible(case.standing, Act.MERGE),
        errors=translate_messages(errors or {}),
    )
    return page, status
