"""`/api/v1/consultations`: the official's side of a consultation."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import request

from services.intake.domain.lifecycle import Status
from services.intake.entrypoints import acting
from services.intake.entrypoints.schemas import (
    ActSchema,
    ConsultationSchema,
    ListQuerySchema,
    MessageSchema,
    RatingSchema,
    ReceiptSchema,
    ReopeningSchema,
    TypedQuerySchema,
    WithdrawalSchema,
)
from services.intake.entrypoints.wording import sheet_json, summary_json
from services.intake.store import reading
from services.intake.use_cases import acts, suggestions
from services.intake.use_cases.submission import Submission
from shared.accounts.access import signed_in, the_person
from shared.http.api import ApiBlueprint
from shared.http.idempotency import key_from_header
from shared.http.languages import translate
from shared.http.paging import page_of, read_cursor
from shared.http.problems import INVALID, Problem
from shared.texts import N_

blueprint = ApiBlueprint("consultations", "/consultations", "Consultas del funcionario")
suggestions_blueprint = ApiBlueprint("suggestions", "/suggestions", "Consultas parecidas ya respondidas")


@blueprint.post("")
@blueprint.arguments(ConsultationSchema)
@blueprint.response(HTTPStatus.CREATED, ReceiptSchema)
@signed_in("official")
def submit(sent: dict[str, Any]) -> dict[str, Any]:
    """Send a consultation. Needs an `Idempotency-Key`: the same key gets the same answer, and stores nothing new."""
    submission = Submission(
        subject_line=sent["subject"], body=sent["body"], topic_hint=sent["topic_hint"], channel="api"
    )
    return acting.submit(the_person(), key_from_header(), submission).body


@blueprint.get("")
@blueprint.arguments(ListQuerySchema, location="query")
@blueprint.response(HTTPStatus.OK)
@signed_in("official")
def show_list(query: dict[str, Any]) -> dict[str, Any]:
    """One's consultations, newest first, a page at a time."""
    status = Status(query["status"]) if query["status"] else None
    before, limit = before_of(query["cursor"]), query["limit"]
    rows = acting.read(lambda session: reading.page(session, the_person(), status=status, before=before, limit=limit))
    page = page_of(rows, limit, lambda row: [str(row.id)])
    return {"items": [summary_json(row) for row in page.rows], "next_cursor": page.next_cursor}


@blueprint.get("/<code>")
@blueprint.response(HTTPStatus.OK)
@signed_in("official")
def show(code: str) -> dict[str, Any]:
    """One consultation: status, topic, advisor, promised date, timeline, thread, proof of delivery."""
    return sheet_json(acting.sheet_of(the_person(), code))


@blueprint.post("/<code>/messages")
@blueprint.arguments(MessageSchema)
@blueprint.response(HTTPStatus.CREATED, ActSchema)
@signed_in("official")
def clarify(sent: dict[str, Any], code: str) -> dict[str, Any]:
    """Add a message: what the advisor asked for, or more to say. Takes an `Idempotency-Key`."""
    return _perform("clarify", code, sent, lambda work, c: acts.clarify(work, the_person(), c, sent["body"]))


@blueprint.post("/<code>/rating")
@blueprint.arguments(RatingSchema)
@blueprint.response(HTTPStatus.OK, ActSchema)
@signed_in("official")
def rate(sent: dict[str, Any], code: str) -> dict[str, Any]:
    """Rate the answer from 1 to 5; may be changed for a week."""
    score, comment = sent["score"], sent["comment"]
    return _perform("rate", code, sent, lambda work, c: acts.rate(work, the_person(), c, score, comment))


@blueprint.post("/<code>/reopen")
@blueprint.arguments(ReopeningSchema)
@blueprint.response(HTTPStatus.OK, ActSchema)
@signed_in("official")
def reopen(sent: dict[str, Any], code: str) -> dict[str, Any]:
    """Take up an answered or closed consultation again, within 30 days, and say why."""
    return _perform("reopen", code, sent, lambda work, c: acts.reopen(work, the_person(), c, sent["reason"]))


@blueprint.post("/<code>/withdraw")
@blueprint.arguments(WithdrawalSchema)
@blueprint.response(HTTPStatus.OK, ActSchema)
@signed_in("official")
def withdraw(sent: dict[str, Any], code: str) -> dict[str, Any]:
    """Give up a consultation that has no answer yet."""
    return _perform("withdraw", code, sent, lambda work, c: acts.withdraw(work, the_person(), c, sent["reason"]))


@suggestions_blueprint.get("")
@suggestions_blueprint.arguments(TypedQuerySchema, location="query")
@suggestions_blueprint.response(HTTPStatus.OK)
@signed_in("official")
def suggest(query: dict[str, Any]) -> dict[str, Any]:
    """One's own answered consultations that are like `text`, blind to accents; the most alike first."""
    found = acting.read(lambda session: suggestions.suggest(session, the_person(), query["text"], limit=query["limit"]))
    return {"items": [{**summary_json(row), "title": row.title} for row in found]}


def before_of(cursor: str | None) -> UUID | None:
    """The consultation after which a page begins.

    :raises Problem: the cursor is not one of ours.
    """
    if cursor is None:
        return None
    try:
        return UUID(read_cursor(cursor, 1)[0])
    except ValueError:
        message = N_("El cursor no es válido; pida la primera página otra vez.")
        raise Problem(INVALID, fields={"cursor": [message]}) from None


def _perform(name: str, code: str, sent: dict[str, Any], do: Any) -> dict[str, Any]:
    key = key_from_header() if "Idempotency-Key" in request.headers else None
    done = acting.perform(name, the_person(), code, sent, do, key=key)
    sentence = done["notice"]
    return {**done, "notice": translate(sentence)}
