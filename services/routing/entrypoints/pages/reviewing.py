"""Review before sending, on pages: the queue of who decides, one review, and the rules of who needs one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from services.routing.domain.review import NOBODY, RULES
from services.routing.domain.roles import Right, who_may
from services.routing.entrypoints.api.review_schemas import ANY_TOPIC, ReturnSchema, ReviewRequestSchema
from services.routing.entrypoints.api.reviews import PAGE, read_position
from services.routing.entrypoints.api.schemas import VersionedSchema
from services.routing.entrypoints.doing import do, form_key, parts
from services.routing.entrypoints.pages.composing import merge_page
from services.routing.entrypoints.pages.sheets import refused_page, sheet_page, typed_values
from services.routing.entrypoints.refusals.cases import refusals
from services.routing.entrypoints.wording.attachments import unattached
from services.routing.store import reviews as store
from services.routing.store.models import Case
from services.routing.use_cases import review_reading, sheet
from services.routing.use_cases import reviewing as acts
from services.routing.use_cases.topics import topics
from shared.accounts.access import signed_in, the_person
from shared.http.application import see_other
from shared.http.fields import read_form
from shared.http.languages import N_, current_locale
from shared.http.paging import page_of
from shared.http.problems import CONFLICT, FORBIDDEN, INVALID, STALE, Problem, translate_messages

reviewing = Blueprint("review_pages", __name__)

_STAFF = who_may(Right.WORK)
_SHOWN_AGAIN = (INVALID, CONFLICT, FORBIDDEN, STALE)
_ACTS: dict[str, Callable[..., Case]] = {"aprobar": acts.approve, "devolver": acts.give_back, "retirar": acts.take_back}
_NOTICES = {"aprobar": "aprobada", "devolver": "devuelta", "retirar": "retirada"}
RULE_NAMES = {
    0: N_("Nadie: cada quien envía"),
    2: N_("Quien conoce el tema en nivel 1"),
    3: N_("Quien no es experto (niveles 1 y 2)"),
    4: N_("Todos los asesores"),
}


@reviewing.get("/revision")
@signed_in(*_STAFF)
def show_queue() -> ResponseReturnValue:
    """What waits for one's decision, and one's own texts."""
    person, locale = the_person(), current_locale()
    after = read_position(request.args.get("cursor"))
    with parts().database.transaction() as session:
        rows, lines = review_reading.queue_for(session, person, locale, limit=PAGE, after=after)
        own = review_reading.own(session, person, locale)
    page = page_of(rows, PAGE, lambda row: [row.AnswerReview.changed_at.isoformat(), str(row.AnswerReview.review_id)])
    return render_template("compose/review_queue.html", lines=lines, own=own, next_cursor=page.next_cursor)


@reviewing.get("/casos/<code>/revision")
@reviewing.get("/casos/<code>/revision/<any(aprobar, devolver, retirar):_act>", endpoint="back_to_review")
@signed_in(*_STAFF)
def show_one(code: str, _act: str = "") -> ResponseReturnValue:
    """One review, with what changed from round to round."""
    return see_other(f"/casos/{code}/revision") if _act else _review_page(code)


@reviewing.post("/casos/<code>/revision")
@signed_in(*_STAFF)
def submit(code: str) -> ResponseReturnValue:
    """Ask for a review of the answer typed on the sheet."""
    sent, errors = read_form(ReviewRequestSchema(), typed_values(request.form))
    if errors := errors or unattached():
        return sheet_page(code, "respuesta", errors, HTTPStatus.UNPROCESSABLE_ENTITY)
    person, seen = the_person(), request.form.get("seen", "")[:40]
    try:
        do(form_key(), {**sent, "form": "revision"}, lambda work: acts.submit(work, code, person, **sent, seen=seen))
    except Problem as problem:
        if problem.kind is STALE:
            return merge_page(code, "respuesta", sent["body"])
        if problem.kind not in _SHOWN_AGAIN:
            raise
        return refused_page(code, "respuesta", problem)
    return see_other(f"/casos/{code}", "en-revision")


@reviewing.post("/casos/<code>/revision/<any(aprobar, devolver, retirar):act>")
@signed_in(*_STAFF)
def decide(code: str, act: str) -> ResponseReturnValue:
    """Send it, give it back, or take it back. Refused: what was typed is still there."""
    schema = ReturnSchema() if act == "devolver" else VersionedSchema()
    sent, errors = read_form(schema, typed_values(request.form))
    if errors:
        return _review_page(code, errors, HTTPStatus.UNPROCESSABLE_ENTITY)
    person = the_person()
    try:
        do(form_key(), {**sent, "form": act}, lambda work: _ACTS[act](work, code, person, **sent))
    except Problem as problem:
        if problem.kind not in _SHOWN_AGAIN:
            raise
        return _refused(code, problem)
    return see_other(f"/casos/{code}" if act == "retirar" else "/revision", _NOTICES[act])


@reviewing.get("/revision/reglas")
@signed_in(*who_may(Right.SET_RULES))
def show_rules() -> ResponseReturnValue:
    """Whose answers are reviewed, by topic."""
    with parts().database.transaction() as session:
        rules = {topic: rule.least_level for topic, rule in store.rules(session).items()}
    return render_template(
        "compose/review_rules.html", rules=rules, any_topic=ANY_TOPIC, topics=topics().values(), nobody=NOBODY,
        rule_names=RULE_NAMES,
    )  # fmt: skip


@reviewing.post("/revision/reglas")
@signed_in(*who_may(Right.SET_RULES))
def set_rules() -> ResponseReturnValue:
    """Keep what the form says."""
    known = {str(rule): rule for rule in RULES}
    chosen = {topic: request.form.get(f"rule_{topic}", "") for topic in (ANY_TOPIC, *topics())}
    rules = {topic: known[value] for topic, value in chosen.items() if value in known}
    with refusals(), parts().units.begin() as work:
        acts.set_rules(work, the_person(), rules)
    return see_other("/revision/reglas", "reglas-revision")


def _refused(code: str, problem: Problem) -> ResponseReturnValue:
    body = problem.to_dict()
    try:
        return _review_page(code, problem.fields or {"refusal": [body["detail"]]}, problem.kind.status)
    except Problem as gone:  # decided by somebody else meanwhile: the sheet says what became of it
        raise problem from gone


def _review_page(
    code: str, errors: Mapping[str, Any] | None = None, status: int = HTTPStatus.OK
) -> ResponseReturnValue:
    person, locale = the_person(), current_locale()
    with refusals(), parts().database.transaction() as session:
        review = review_reading.read_review(session, code, person, locale)
        found = sheet.read_sheet(session, code, person, locale)
    page = render_template(
        "compose/review.html", review=review, sheet=found, errors=translate_messages(errors or {}), typed=request.form,
        is_stale=status == HTTPStatus.CONFLICT,
    )  # fmt: skip
    return page, status
