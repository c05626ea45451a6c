"""Review before sending: an answer goes out under its author's name once somebody else has approved it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.routing.domain.case_state import Act, transition
from services.routing.domain.review import ReviewState, may_review
from services.routing.domain.unresolved import require_finished
from services.routing.store import cases, history, reviews
from services.routing.store.models import Case
from services.routing.store.reviews import AnswerReview, ReviewRound, ReviewRule
from services.routing.use_cases import answering, attaching, citing, drafts
from services.routing.use_cases.acting import case_for, require_charge
from shared.accounts import people
from shared.accounts.people import Person
from shared.contracts.case import Advisor
from shared.contracts.desk import CaseReviewDecided, CaseReviewRequested
from shared.ids import new_id
from shared.messaging.work import Work


class NoReviewError(Exception):
    """The case has no answer that waits for this decision: it was sent, returned or taken back meanwhile."""


class NotAReviewerError(Exception):
    """The person wrote the answer, or does not know the topic well enough to decide on others'."""


class NobodyToReviewError(Exception):
    """There is nobody who could review the answer."""


def submit(
    work: Work, code: str, person: Person, *, version: int, body: str, seen: str = "",
    citations: Sequence[Mapping[str, Any]] = (), attachments: Sequence[UUID] | None = None,
) -> Case:  # fmt: skip
    """Ask for a review of an answer. Nothing is sent, so no clock is met; the text is kept with the review.

    :param citations: the norms it rests on, as `citing.read` takes them.
    :param attachments: the files the person saw with it; None: whichever they hold for it.
    :param seen: what the author had read of the case, from the sheet's `seen`; '' when all of it.
    :raises CaseNotFoundError, StaleVersionError, NotInChargeError, ImpossibleActError, UnresolvedTextError: nothing
        was submitted.
    :raises BadCitationsError, TooManyCitationsError: a norm that is not known, or not in force and no reason given.
    :raises AttachmentsChangedError: another window of theirs changed the files.
    :raises NobodyToReviewError: nobody else could decide.
    """
    case = case_for(work, code, person, version=version)
    require_charge(case, person)
    transition(case.standing, Act.ANSWER)
    require_finished(body)
    cited = citing.read(work.session, citations)
    citing.require_citable(work.session, cited, citing.today(work.now))
    files = attaching.require_same(work, case, person, attachments)
    told = reviews.reviewer_ids(work.session, case.topic, person.id)
    if not told:
        raise NobodyToReviewError
    review = _continued(work, case, person) or _begun(work, case, person)
    work.session.add(
        ReviewRound(
            review_id=review.review_id, round=review.round, body=body, citations=cited, attachments=files,
            seen=seen or _all_seen(work, case), submitted_at=work.now, decision=None, comment="",
            reviewer_id=None, reviewer_name="", decided_at=None,
        )
    )  # fmt: skip
    drafts.finish(work.session, case.case_id, person.id, "answer")
    _note(work, case, person, "review_requested", round=review.round)
    work.emit(
        CaseReviewRequested(
            consultation_id=case.case_id, code=case.code, subject_line=case.subject_line, round=review.round,
            author=Advisor(id=person.id, full_name=person.full_name), reviewer_ids=told, requested_at=work.now,
        )
    )  # fmt: skip
    return case


def approve(work: Work, code: str, person: Person, *, version: int) -> Case:
    """Send the answer under its author's name; who approved it is recorded.

    :raises BadCitationsError: a norm it cites has gone out of force since it was submitted.
    :raises CaseNotFoundError, StaleVersionError, ImpossibleActError: nothing was sent.
    :raises NotInChargeError: the case went to somebody else since; they decide what becomes of the text.
    :raises NoReviewError, NotAReviewerError: there is nothing to decide, or not for this person.
    """
    case = case_for(work, code, person, version=version)
    review, newest = _pending(work, case, person)
    author = people.get(work.session, review.author_id)
    require_charge(case, author)
    _decide(work, review, newest, person, "approved", "")
    review.state = ReviewState.SENT
    work.session.flush()
    answering.send(
        work, case, author, body=newest.body, citations=newest.citations, attachments=newest.attachments,
        reviewer=person,
    )  # fmt: skip
    _tell_author(work, case, review, person, "approved")
    return case


def give_back(work: Work, code: str, person: Person, *, version: int, comment: str) -> Case:
    """Return the answer to its author, saying what to change.

    :raises CaseNotFoundError, StaleVersionError: nothing changed.
    :raises NoReviewError, NotAReviewerError: there is nothing to decide, or not for this person.
    """
    case = case_for(work, code, person, version=version)
    review, newest = _pending(work, case, person)
    _decide(work, review, newest, person, "returned", comment)
    review.state = ReviewState.RETURNED
    _note(work, case, person, "review_returned", round=review.round, note=comment)
    _tell_author(work, case, review, person, "returned")
    return case


def take_back(work: Work, code: str, person: Person, *, version: int) -> Case:
    """End a review without sending: by its author, or by who is in charge of the case now.

    The author finds the text in their draft again, unless they have begun another.

    :raises CaseNotFoundError, StaleVersionError, NotInChargeError: nothing changed.
    :raises NoReviewError: there is none.
    """
    case = case_for(work, code, person, version=version)
    review = reviews.open_of_case(work.session, case.case_id)
    if review is None:
        raise NoReviewError
    if review.author_id != person.id:
        require_charge(case, person)
    drafts.end_review(work, case, by=None)
    _note(work, case, person, "review_taken_back")
    return case


def set_rules(work: Work, person: Person, rules: dict[str, int]) -> None:
    """Say, by topic ('' for all others), below which level answers are reviewed before they go out."""
    for topic, least_level in rules.items():
        work.session.merge(
            ReviewRule(topic=topic, least_level=least_level, changed_at=work.now, changed_by=person.full_name)
        )


def _all_seen(work: Work, case: Case) -> str:
    """What a program that gives the present version has read: everything."""
    return f"{case.history_count}.{len(cases.notes_of(work.session, case.case_id))}"


def _continued(work: Work, case: Case, person: Person) -> AnswerReview | None:
    """The author's open review with its next round; another author's is overtaken."""
    review = reviews.open_of_case(work.session, case.case_id)
    if review is None:
        return None
    if review.author_id != person.id:
        drafts.end_review(work, case, by=person.id)
        return None
    review.round += 1
    review.state, review.changed_at = ReviewState.PENDING, work.now
    return review


def _begun(work: Work, case: Case, person: Person) -> AnswerReview:
    review = AnswerReview(
        review_id=new_id(), case_id=case.case_id, author_id=person.id, author_name=person.full_name,
        state=ReviewState.PENDING, round=1, opened_at=work.now, changed_at=work.now,
    )  # fmt: skip
    work.session.add(review)
    work.session.flush()
    return review


def _pending(work: Work, case: Case, person: Person) -> tuple[AnswerReview, ReviewRound]:
    review = reviews.open_of_case(work.session, case.case_id)
    if review is None or review.state != ReviewState.PENDING:
        raise NoReviewError
    level = reviews.level_of(work.session, person.id, case.topic)
    if review.author_id == person.id or not may_review(person.role, level):
        raise NotAReviewerError
    return review, reviews.rounds_of(work.session, review.review_id)[-1]


def _decide(work: Work, review: AnswerReview, newest: ReviewRound, person: Person, decision: str, comment: str) -> None:
    newest.decision, newest.comment, newest.decided_at = decision, comment, work.now
    newest.reviewer_id, newest.reviewer_name = person.id, person.full_name
    review.changed_at = work.now


def _note(work: Work, case: Case, person: Person, kind: str, **data: Any) -> None:
    history.add(work.session, case, kind, work.now, actor_id=person.id, actor_name=person.full_name, **data)
    case.version += 1


def _tell_author(work: Work, case: Case, review: AnswerReview, reviewer: Person, decision: str) -> None:
    work.emit(
        CaseReviewDecided(
            consultation_id=case.case_id, code=case.code, subject_line=case.subject_line, author_id=review.author_id,
            reviewer=Advisor(id=reviewer.id, full_name=reviewer.full_name), decision=decision, decided_at=work.now,
        )
    )  # fmt: skip
