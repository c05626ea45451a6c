"""Pages for following a consultation: the list, and one consultation with everything its official can do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from services.intake.domain.lifecycle import Status
from services.intake.entrypoints import acting
from services.intake.entrypoints.api.consultations import before_of
from services.intake.entrypoints.schemas import MessageSchema, RatingSchema, ReopeningSchema, WithdrawalSchema
from services.intake.entrypoints.wording import STATUS_NAMES, delivery_about, delivery_text, entry_text
from services.intake.store import reading
from services.intake.use_cases import acts
from services.intake.use_cases.acts import Done
from shared.accounts.access import signed_in, the_person
from shared.http.application import see_other
from shared.http.fields import read_form
from shared.http.languages import LOCALES
from shared.http.paging import page_of
from shared.http.problems import CONFLICT, Problem, translate_messages
from shared.messaging.work import Work

following = Blueprint("following", __name__)

_PAGE = 20


@following.get("/consultas")
@signed_in("official")
def show_list() -> ResponseReturnValue:
    """One's consultations, newest first."""
    wanted = request.args.get("estado", "")
    status = Status(wanted) if wanted in list(Status) else None
    before = before_of(request.args.get("cursor"))
    rows = acting.read(lambda session: reading.page(session, the_person(), status=status, before=before, limit=_PAGE))
    page = page_of(rows, _PAGE, lambda row: [str(row.id)])
    return render_template("consultations.html", page=page, status=status, statuses=STATUS_NAMES)


@following.get("/consultas/<code>")
@signed_in("official")
def show(code: str) -> ResponseReturnValue:
    """One consultation."""
    return _sheet(code)


@following.get("/consultas/<code>/<any(mensajes, calificacion, reapertura, retiro):_act>")
@signed_in("official")
def back_to_sheet(code: str, _act: str) -> ResponseReturnValue:
    """A form's own address, reached by a reload, a change of language or after signing in again."""
    language = request.args.get("lang")
    return see_other(f"/consultas/{acting.code_of(code)}" + (f"?lang={language}" if language in LOCALES else ""))


@following.post("/consultas/<code>/mensajes")
@signed_in("official")
def clarify(code: str) -> ResponseReturnValue:
    """Add a message to the thread."""

    def act(work: Work, found: str, sent: Mapping[str, Any]) -> Done:
        return acts.clarify(work, the_person(), found, sent["body"])

    return _perform("clarify", code, MessageSchema(), act, "mensaje")


@following.post("/consultas/<code>/calificacion")
@signed_in("official")
def rate(code: str) -> ResponseReturnValue:
    """Rate the answer."""

    def act(work: Work, found: str, sent: Mapping[str, Any]) -> Done:
        return acts.rate(work, the_person(), found, sent["score"], sent["comment"])

    return _perform("rate", code, RatingSchema(), act, "calificada")


@following.post("/consultas/<code>/reapertura")
@signed_in("official")
def reopen(code: str) -> ResponseReturnValue:
    """Take the consultation up again."""

    def act(work: Work, found: str, sent: Mapping[str, Any]) -> Done:
        return acts.reopen(work, the_person(), found, sent["reason"])

    return _perform("reopen", code, ReopeningSchema(), act, "reabierta")


@following.post("/consultas/<code>/retiro")
@signed_in("official")
def withdraw(code: str) -> ResponseReturnValue:
    """Give the consultation up."""

    def act(work: Work, found: str, sent: Mapping[str, Any]) -> Done:
        return acts.withdraw(work, the_person(), found, sent["reason"])

    return _perform("withdraw", code, WithdrawalSchema(), act, "retirada")


def _perform(
    name: str, code: str, schema: Schema, act: Callable[[Work, str, Mapping[str, Any]], Done], notice: str
) -> ResponseReturnValue:
    key = acting.form_key()
    sent, errors = read_form(schema, request.form)
    if errors:
        return _sheet(code, name, errors, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        done = acting.perform(name, the_person(), code, sent, lambda work, found: act(work, found, sent), key=key)
    except Problem as problem:
        if problem.kind is not CONFLICT:
            raise
        return _sheet(code, name, {"refusal": [problem.detail]}, HTTPStatus.CONFLICT)
    return see_other(f"/consultas/{done['code']}", notice)


def _sheet(
    code: str, tried: str = "", errors: Mapping[str, Any] | None = None, status: int = HTTPStatus.OK
) -> ResponseReturnValue:
    """The page of a consultation; with `errors`, what was typed is shown again in the form that was `tried`."""
    sheet = acting.sheet_of(the_person(), code)
    page = render_template(
        "consultation.html",
        sheet=sheet,
        timeline=[(entry.at, entry_text(entry)) for entry in reversed(sheet.timeline)],
        deliveries=[
            (delivery, delivery_text(delivery), delivery_about(delivery)) for delivery in reversed(sheet.deliveries)
        ],
        tried=tried,
        typed=request.form,
        errors=translate_messages(errors or {}),
    )
    return page, status
