"""What advisors say to officials: answers and requests for clarification."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.routing.domain.case_state import Act
from services.routing.domain.review import needs_review
from services.routing.domain.unresolved import require_finished
from services.routing.store import drafts, history, reviews
from services.routing.store.models import Case, CaseMessage
from services.routing.use_cases import attaching, attachment_links, citing, clocks, instruments
from services.routing.use_cases.acting import case_for, require_charge, undergo
from services.routing.use_cases.drafts import end_review, finish
from services.routing.use_cases.passing_on import pass_on
from shared.accounts.people import Person
from shared.contracts.case import Advisor, CaseAnswered, CaseClarificationRequested
from shared.ids import new_id
from shared.messaging.work import Work

_DRAFT_OF = {"answer": drafts.ANSWER, "clarification_request": drafts.CLARIFICATION}


class ReviewRequiredError(Exception):
    """On this topic the person's answers are reviewed before they go out."""


def answer(
    work: Work, code: str, person: Person, *, version: int, body: str, citations: Sequence[Mapping[str, Any]] = (),
    attachments: Sequence[UUID] | None = None,
) -> Case:  # fmt: skip
    """Send the answer: it meets the first, next and final clock, and the advisor has room again.

    :param citations: the norms it rests on, as `citing.read` takes them.
    :param attachments: the files the person saw with it; None: whichever they hold for it.
    :raises CaseNotFoundError, StaleVersionError, NotInChargeError, ImpossibleActError: nothing was sent.
    :raises UnresolvedTextError: something in the text is left to fill.
    :raises BadCitationsError, TooManyCitationsError: a norm that is not known, or not in force and no reason given.
    :raises AttachmentsChangedError: another window of theirs changed the files.
    :raises ReviewRequiredError: somebody must read it first.
    """
    case = case_for(work, code, person, version=version)
    require_charge(case, person)
    require_finished(body)
    cited = citing.read(work.session, citations)
    files = attaching.require_same(work, case, person, attachments)
    if must_be_reviewed(work, case, person):
        raise ReviewRequiredError
    return send(work, case, person, body=body, citations=cited, attachments=files)


def must_be_reviewed(work: Work, case: Case, person: Person) -> bool:
    """Whether the person's answers on this topic go through a review."""
    least = reviews.least_level(work.session, case.topic)
    return least > 0 and needs_review(person.role, reviews.level_of(work.session, person.id, case.topic), least)


def send(
    work: Work, case: Case, author: Person, *, body: str, citations: Sequence[Mapping[str, Any]] = (),
    attachments: Sequence[dict[str, Any]] = (), reviewer: Person | None = None,
) -> Case:  # fmt: skip
    """Let an answer go out under its author's name, once everything has been asked; an open review is over with it.

    :param citations: the norms it rests on, as `citing.read` gives them; whether they are in force is asked today.
    :param attachments: its files, as `attaching.held` describes them.
    :raises ImpossibleActError, BadCitationsError: nothing was sent.
    """
    citing.require_citable(work.session, citations, citing.today(work.now))
    undergo(work, case, Act.ANSWER)
    is_first = case.first_answered_at is None
    case.first_answered_at = case.first_answered_at or work.now
    case.ended_at = work.now
    message = _say(work, case, author, "answer", body)
    end_review(work, case, by=author.id)
    approved = {} if reviewer is None else {"reviewer_id": str(reviewer.id), "reviewer": reviewer.full_name}
    history.add(
        work.session, case, "answer_sent", work.now, actor_id=author.id, actor_name=author.full_name, is_final=True,
        message_id=str(message.message_id), **approved,
    )  # fmt: skip
    clocks.refresh(work, case)
    if is_first:
        instruments.CASES_ENDED.labels("answered").inc()
    event = CaseAnswered(
        consultation_id=case.case_id,
        code=case.code,
        official_id=case.official_id,
        advisor=Advisor(id=author.id, full_name=author.full_name),
        message_id=message.message_id,
        body=body,
        is_first_answer=is_first,
        answered_at=work.now,
        citations=citing.attach(work, message.message_id, citations),
        attachments=attachment_links.send(work, message.message_id, attachments),
    )
    work.emit(event)
    pass_on(work, case, event)
    return case


def ask_for_clarification(work: Work, code: str, person: Person, *, version: int, body: str) -> Case:
    """Ask the official for facts; every clock pauses until they come, or until the wait reaches its limit.

    :raises CaseNotFoundError, StaleVersionError, NotInChargeError, ImpossibleActError: nothing was sent.
    :raises UnresolvedTextError: something in the text is left to fill.
    """
    case = case_for(work, code, person, version=version)
    require_charge(case, person)
    require_finished(body)
    undergo(work, case, Act.ASK)
    message = _say(work, case, person, "clarification_request", body)
    history.add(
        work.session, case, "clarification_requested", work.now, actor_id=person.id, actor_name=person.full_name,
        message_id=str(message.message_id),
    )  # fmt: skip
    clocks.refresh(work, case)
    event = CaseClarificationRequested(
        consultation_id=case.case_id,
        code=case.code,
        official_id=case.official_id,
        advisor=Advisor(id=person.id, full_name=person.full_name),
        message_id=message.message_id,
        body=body,
        requested_at=work.now,
    )
    work.emit(event)
    pass_on(work, case, event)
    return case


def _say(work: Work, case: Case, person: Person, kind: str, body: str) -> CaseMessage:
    message = CaseMessage(
        message_id=new_id(), case_id=case.case_id, kind=kind, author_id=person.id, author_name=person.full_name,
        body=body, at=work.now,
    )  # fmt: skip
    work.session.add(message)
    finish(work.session, case.case_id, person.id, _DRAFT_OF[kind])
    return message
