"""What people write, on pages: drafts, and the screen that joins two texts."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from services.routing.entrypoints.api.composing import cited
from services.routing.entrypoints.api.composing_schemas import DraftChangeSchema
from services.routing.entrypoints.doing import parts
from services.routing.entrypoints.pages.cited import cited_on_form, plain_messages, shown_today, typed_citations
from services.routing.entrypoints.refusals.cases import refusals
from services.routing.store import drafts as kept
from services.routing.store import library, mentions, presence
from services.routing.use_cases import drafts, merging, notes, review_reading, sheet
from services.routing.use_cases.staff import ROLES
from shared.accounts.access import signed_in, the_person
from shared.accounts.people import Person
from shared.http.application import see_other
from shared.http.fields import read_form
from shared.http.languages import current_locale
from shared.http.problems import INVALID, STALE, Problem
from shared.messaging.work import Work

composing = Blueprint("composing_pages", __name__)

KIND_OF_FORM = {"respuesta": kept.ANSWER, "aclaracion": kept.CLARIFICATION, "notas": kept.NOTE}
MERGED = ("respuesta", "aclaracion")
"""The forms whose texts go to the official: a stale one gets the screen that joins two texts."""

_FORM = "<any(respuesta, aclaracion, notas):form>"


def sheet_values(
    session: Session, found: dict[str, Any], person: Person, typed: MultiDict[str, str] | None = None
) -> dict[str, Any]:
    """What the sheet needs to show about writing; opening a sheet is a sign of life, and reads what calls one there.

    :param typed: the form of the answer that is shown again, with the citations it holds.
    """
    case_id = found["id"]
    presence.note(session, case_id, person.id, presence.VIEWING)
    mentions.mark_read(session, case_id, person.id)
    reviewed = review_reading.on_sheet(session, case_id, found["topic"]["code"], person)
    kept_drafts = kept.of_case(session, case_id, person.id)
    return {
        "library": library.offered(session, found["topic"]["code"]),
        **reviewed,
        "drafts": kept_drafts,
        "cited": cited_on_form(session, typed, kept_drafts.get(kept.ANSWER), reviewed["review"]),
        "others": presence.others(session, (case_id,), person.id).get(case_id, []),
    }


@composing.get("/borradores")
@signed_in(*ROLES)
def show_mine() -> ResponseReturnValue:
    """One's drafts on all cases."""
    with parts().database.transaction() as session:
        mine = drafts.list_mine(session, the_person())
    forms = {kind: form for form, kind in KIND_OF_FORM.items()}
    return render_template("compose/drafts.html", drafts=mine, forms_of=forms)


@composing.get("/menciones")
@signed_in(*ROLES)
def show_mentions() -> ResponseReturnValue:
    """Notes that call oneself."""
    with parts().database.transaction() as session:
        found = notes.list_mentions(session, the_person())
    return render_template("compose/mentions.html", mentions=found)


@composing.get(f"/casos/<code>/borrador/{_FORM}")
@composing.get(f"/casos/<code>/borrador/{_FORM}/descartar", endpoint="back_from_discarding")
@signed_in(*ROLES)
def back(code: str, form: str) -> ResponseReturnValue:
    """A button's own address, reached by a reload or after signing in again."""
    return see_other(f"/casos/{code}#{form}")


@composing.post(f"/casos/<code>/borrador/{_FORM}")
@signed_in(*ROLES)
def save(code: str, form: str) -> ResponseReturnValue:
    """The button for browsers without scripts."""
    try:
        keep_typed(code, form, request.form, the_person())
    except Problem as problem:
        if problem.kind is not STALE:
            raise
        return two_drafts_page(code, form, problem)
    return see_other(f"/casos/{code}?aviso=borrador#{form}")


@composing.post(f"/casos/<code>/borrador/{_FORM}/descartar")
@signed_in(*ROLES)
def discard(code: str, form: str) -> ResponseReturnValue:
    """The author does not want the text."""
    with refusals(), parts().units.begin() as work:
        drafts.discard(work, code, the_person(), kind=KIND_OF_FORM[form])
    back_to = "/borradores" if request.form.get("desde") == "borradores" else f"/casos/{code}"
    return see_other(back_to, "descartado")


def keep_typed(code: str, form: str, typed: MultiDict[str, str], person: Person) -> None:
    """Keep the text of a form as a draft.

    :raises Problem: it cannot be kept, or another window was faster.
    """
    values: dict[str, Any] = {"body": typed.get("body", ""), "version": _number(typed, "version") or 1}
    if form == "respuesta":
        values["citations"] = typed_citations(typed)
    sent, errors = read_form(DraftChangeSchema(), {**values, "revision": _number(typed, "draft_revision") or 0})
    if errors:
        raise Problem(INVALID, fields=plain_messages(errors))

    def act(work: Work) -> None:
        drafts.save(
            work, code, person, kind=KIND_OF_FORM[form], body=sent["body"], revision=sent["revision"],
            seen_version=sent["version"], citations=cited(work.session, sent["citations"]),
        )  # fmt: skip

    with refusals(sent["body"]), parts().units.begin() as work:
        act(work)


def merge_page(code: str, form: str, mine: str) -> ResponseReturnValue:
    """Somebody wrote to the official, or the case changed, while a person wrote: both texts, and what to do now.

    Their text is kept as their draft before anything is shown, so that it outlives the page.
    """
    person, locale = the_person(), current_locale()
    is_kept = True
    try:
        keep_typed(code, form, request.form, person)
    except Problem as problem:
        if problem.kind is not STALE:
            raise
        is_kept = False
    with refusals(), parts().database.transaction() as session:
        found = sheet.read_sheet(session, code, person, locale)
        news = merging.since(session, code, person, request.form.get("seen", ""), mine, locale)
        draft = kept.of_case(session, found["id"], person.id).get(KIND_OF_FORM[form])
        reviewed = review_reading.on_sheet(session, found["id"], found["topic"]["code"], person)
        holds = cited_on_form(session, request.form, None, None)
    page = render_template(
        "compose/merge.html", sheet=found, cited=holds, news=news, mine=mine, form=form, draft=draft, is_kept=is_kept,
        can_send=("answer" if form == "respuesta" else "ask") in found["actions"], **reviewed,
    )  # fmt: skip
    return page, HTTPStatus.CONFLICT


def two_drafts_page(code: str, form: str, problem: Problem) -> ResponseReturnValue:
    """Two windows of one person hold different drafts: both are shown, and which to keep is asked."""
    with refusals(), parts().database.transaction() as session:
        found = sheet.read_sheet(session, code, the_person(), current_locale())
        extra = problem.extra
        mine_cited = cited_on_form(session, request.form, None, None) if form == "respuesta" else []
        theirs_cited = shown_today(session, extra["current"]["citations"])
    page = render_template(
        "compose/two_drafts.html", sheet=found, form=form, mine=extra["mine"], theirs=extra["theirs"],
        revision=extra["current"]["revision"], mine_cited=mine_cited, theirs_cited=theirs_cited,
    )  # fmt: skip
    return page, HTTPStatus.CONFLICT


def _number(typed: Mapping[str, str], name: str) -> int | None:
    value = typed.get(name, "")
    is_number = value.isascii() and value.isdigit() and len(value) < 10  # noqa: PLR2004 - digits of what a column holds
    return int(value) if is_number else None
