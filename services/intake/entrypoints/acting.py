"""Carrying out what API and pages ask for: once per key, in one transaction, with refusals as problems."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import structlog
from flask import current_app, request
from sqlalchemy.orm import Session

from services.intake.domain.code import CodeError, parse_code
from services.intake.domain.lifecycle import ActRefusedError
from services.intake.store import reading
from services.intake.store.reading import Sheet
from services.intake.use_cases import submission
from services.intake.use_cases.acts import Done, NoSuchConsultationError
from services.intake.use_cases.submission import Submission
from shared.accounts.people import Person
from shared.http.idempotency import Answer, once
from shared.http.problems import CONFLICT, MALFORMED, NOT_FOUND, Problem
from shared.messaging.processes import Parts
from shared.messaging.work import Work
from shared.observability.metrics import counter

log = structlog.get_logger()
_SHORTEST_TOKEN, _LONGEST_TOKEN = 8, 200


def parts() -> Parts:
    """The connections of this web process."""
    held: Parts = current_app.extensions["ventanilla_parts"]
    return held


def read(look: Callable[[Session], Any]) -> Any:
    """Look something up, in one transaction."""
    with parts().database.transaction() as session:
        return look(session)


def form_key() -> str:
    """The hidden token of a form, which is its Idempotency-Key.

    :raises Problem: the form does not come from one of our pages.
    """
    token = request.form.get("form_token", "")
    if not _SHORTEST_TOKEN <= len(token) <= _LONGEST_TOKEN:
        raise Problem(MALFORMED)
    return token


def code_of(text: str) -> str:
    """The code in an address, however it was typed.

    :raises Problem: no consultation can have it.
    """
    try:
        return parse_code(text)
    except CodeError:
        raise Problem(NOT_FOUND) from None


def sheet_of(person: Person, code: str) -> Sheet:
    """A consultation the person may see.

    :raises Problem: there is none.
    """
    sheet: Sheet | None = read(lambda session: reading.find_sheet(session, code_of(code), person))
    if sheet is None:
        raise Problem(NOT_FOUND)
    return sheet


def submit(person: Person, key: str, sent: Submission, *, is_sent_again_by_hand: bool = False) -> Answer:
    """Store a consultation once per key; the answer's body has id, code and status.

    :param is_sent_again_by_hand: whether the same text under another key can be the same person sending it again: then
        the consultation that is there is the answer, marked `is_earlier`. Programs say by their key what they mean.
    """

    def act(work: Work) -> tuple[int, dict[str, Any]]:
        if is_sent_again_by_hand and (earlier := submission.find_same(work, person, sent)) is not None:
            body = {"id": str(earlier.id), "code": earlier.code, "status": earlier.status.value, "is_earlier": True}
            return HTTPStatus.OK, body
        receipt = submission.submit(work, person, sent)
        return HTTPStatus.CREATED, {"id": str(receipt.id), "code": receipt.code, "status": receipt.status.value}

    content = {"subject": sent.subject_line, "body": sent.body, "topic_hint": sent.topic_hint}
    with parts().units.begin() as work:
        answer = once(work, actor=person.id, key=key, content=content, act=lambda: act(work))
    if not answer.is_repeat and not answer.body.get("is_earlier"):
        counter("intake", "consultations_submitted", "Consultations stored.", "channel").labels(sent.channel).inc()
        log.info("consultation_submitted", consultation_id=answer.body["id"], channel=sent.channel)
    return answer


def perform(
    name: str, person: Person, code: str, content: Any, do: Callable[[Work, str], Done], *, key: str | None
) -> dict[str, Any]:
    """Carry out one act of an official, once per key where there is one.

    :param do: the use case, given the unit of work and the consultation's code.
    :raises Problem: 404 for somebody else's consultation, 409 with what can be done for an impossible act.
    """
    code = code_of(code)

    def act(work: Work) -> tuple[int, dict[str, Any]]:
        done = do(work, code)
        message_id = None if done.message_id is None else str(done.message_id)
        body = {"id": str(done.id), "code": done.code, "status": done.status.value, "notice": done.sentence}
        return HTTPStatus.OK, {**body, "message_id": message_id}

    try:
        with parts().units.begin() as work:
            if key is None:
                body = act(work)[1]
            else:
                content = {"act": name, "code": code, "content": content}
                body = once(work, actor=person.id, key=key, content=content, act=lambda: act(work)).body
    except NoSuchConsultationError:
        raise Problem(NOT_FOUND) from None
    except ActRefusedError as refusal:
        counter("intake", "acts_refused", "Acts that the state did not allow.", "act").labels(name).inc()
        raise Problem(CONFLICT, detail=refusal.sentence) from None
    counter("intake", "acts", "Acts of officials on their consultations.", "act").labels(name).inc()
    return body
