"""Files of an answer on pages: attaching without scripts, downloading, taking back, and the link for officials."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from services.routing.domain.roles import Right, who_may
from services.routing.entrypoints.api.schemas import VersionedSchema
from services.routing.entrypoints.doing import do, form_key, parts
from services.routing.entrypoints.pages.composing import keep_typed, two_drafts_page
from services.routing.entrypoints.pages.sheets import refused_page, typed_values
from services.routing.entrypoints.refusals.cases import refusals
from services.routing.entrypoints.wording.attachments import MOST_SENT, opening, served, uploaded_files
from services.routing.use_cases import attaching
from services.routing.use_cases.attachment_links import DOWNLOAD_PATH
from shared.accounts import throttle
from shared.accounts.access import public, signed_in, the_person
from shared.http.application import see_other
from shared.http.fields import read_form
from shared.http.problems import CONFLICT, FORBIDDEN, INVALID, NOT_FOUND, STALE, TOO_MANY, Problem
from shared.http.protection import takes_files

attaching_pages = Blueprint("attaching_pages", __name__)

_STAFF = who_may(Right.WORK)


@attaching_pages.get("/casos/<code>/adjuntos")
@attaching_pages.get("/casos/<code>/adjuntos/<uuid:_attachment_id>/retirar", endpoint="back_from_withdrawing")
@signed_in(*_STAFF)
def back(code: str, _attachment_id: UUID | None = None) -> ResponseReturnValue:
    """The buttons' own addresses, reached by a reload or after signing in again."""
    return see_other(f"/casos/{code}#respuesta")


@attaching_pages.post("/casos/<code>/adjuntos")
@signed_in(*_STAFF)
@takes_files(MOST_SENT)
def change(code: str) -> ResponseReturnValue:
    """Attach what was chosen, or remove one (`file_drop`). The text is kept as a draft first, in any case."""
    person, dropped = the_person(), request.form.get("file_drop")
    try:
        keep_typed(code, "respuesta", request.form, person)
        if dropped is None:
            files = uploaded_files()
            with refusals(), parts().units.begin() as work:
                attaching.add(work, code, person, files)
        else:
            with refusals(), parts().units.begin() as work:
                attaching.remove(work, code, person, _uuid(dropped))
    except Problem as problem:
        if problem.kind is STALE:
            return two_drafts_page(code, "respuesta", problem)
        if problem.kind not in (INVALID, CONFLICT):
            raise
        return refused_page(code, "respuesta", problem)
    return see_other(f"/casos/{code}?aviso={'adjunto' if dropped is None else 'sin-adjunto'}#respuesta")


@attaching_pages.get("/casos/<code>/adjuntos/<uuid:attachment_id>")
@signed_in(*_STAFF)
def download(code: str, attachment_id: UUID) -> ResponseReturnValue:
    """A file of a case one may see."""
    with opening(), parts().database.transaction() as session:
        return served(attaching.open_for_staff(session, code, the_person(), attachment_id))


@attaching_pages.post("/casos/<code>/adjuntos/<uuid:attachment_id>/retirar")
@signed_in(*_STAFF)
def withdraw(code: str, attachment_id: UUID) -> ResponseReturnValue:
    """Take back a file that went out."""
    sent, errors = read_form(VersionedSchema(), typed_values(request.form))
    if errors:
        raise Problem(INVALID, fields=errors)
    person = the_person()
    try:
        do(
            form_key(), {**sent, "form": "retirar"},
            lambda work: attaching.withdraw(work, code, person, version=sent["version"], attachment_id=attachment_id),
        )  # fmt: skip
    except Problem as problem:
        if problem.kind not in (STALE, CONFLICT, FORBIDDEN):
            raise
        return refused_page(code, "adjuntos", problem)
    return see_other(f"/casos/{code}", "adjunto-retirado")


@attaching_pages.get(f"{DOWNLOAD_PATH}<token>")
@public
def open_link(token: str) -> ResponseReturnValue:
    """The file that a link of an answer opens, without signing in: who has the link was sent the file.

    Who tries links that nobody was given waits longer and longer.
    """
    keys = [f"download:{request.remote_addr}"]
    with parts().database.transaction() as session:
        if throttle.is_locked(session, keys):
            raise Problem(TOO_MANY)
    try:
        with opening(), parts().database.transaction() as session:
            return served(attaching.open_by_token(session, token))
    except Problem as problem:
        if problem.kind is NOT_FOUND:
            with parts().database.transaction() as session:
                throttle.count_failure(session, keys)
        raise


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Problem(NOT_FOUND) from None
