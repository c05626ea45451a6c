"""What people see of reviews: the mark on a sheet, the page of one review, and the queue of who decides."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from services.routing.domain.case_state import Act, CaseState, is_possible
from services.routing.domain.review import ReviewState, may_review, needs_review
from services.routing.domain.text_diff import compare
from services.routing.store import cases, reviews
from services.routing.store.reviews import ReviewRound
from services.routing.use_cases import attaching, citing, merging, topics
from services.routing.use_cases.acting import CaseNotFoundError
from shared.accounts.people import Person

_MOST_OWN = 50


def on_sheet(session: Session, case_id: UUID, topic: str, person: Person) -> dict[str, Any]:
    """What the sheet tells about review.

    `review`: the open review of the case with its newest round, None when there is none; `must_review`: whether the
    person's own answers on the topic need one.
    """
    level = reviews.level_of(session, person.id, topic)
    review = reviews.open_of_case(session, case_id)
    shown = None
    if review is not None:
        newest = reviews.rounds_of(session, review.review_id)[-1]
        shown = {
            "state": review.state,
            "author": review.author_name,
            "is_mine": review.author_id == person.id,
            "may_decide": review.author_id != person.id and may_review(person.role, level),
            "round": review.round,
            "submitted_at": newest.submitted_at,
            "body": newest.body,
            "citations": citing.shown(session, newest.citations, citing.today(datetime.now(UTC))),
            "comment": newest.comment,
            "reviewer": newest.reviewer_name,
        }
    return {"review": shown, "must_review": needs_review(person.role, level, reviews.least_level(session, topic))}


def read_review(session: Session, code: str, person: Person, locale: str) -> dict[str, Any]:
    """The open review of a case for its page: every round with what changed in it, and what is new on the case.

    :raises CaseNotFoundError: no such case, invisible, or nothing of it is in review.
    """
    case = cases.find_visible(session, code, person)
    if case is None or (review := reviews.open_of_case(session, case.case_id)) is None:
        raise CaseNotFoundError(code)
    rounds = reviews.rounds_of(session, review.review_id)
    news = merging.since(session, code, person, rounds[-1].seen, rounds[-1].body, locale)
    news["lines"] = [line for line in news["lines"] if not line["type"].startswith("review_")]
    level = reviews.level_of(session, person.id, case.topic)
    return {
        "state": review.state,
        "author": review.author_name,
        "author_id": review.author_id,
        "is_mine": review.author_id == person.id,
        "may_decide": review.author_id != person.id
        and may_review(person.role, level)
        and review.state == ReviewState.PENDING,
        "can_send": is_possible(case.standing, Act.ANSWER) and case.advisor_id in (None, review.author_id),
        "round": review.round,
        "rounds": _rounds(session, rounds, citing.today(datetime.now(UTC))),
        "news": news,
        "has_news": bool(news["messages"] or news["notes"] or news["lines"]),
    }


def _rounds(session: Session, rounds: list[ReviewRound], day: date) -> list[dict[str, Any]]:
    """Every round, with what changed in text and citations since the one before."""
    names = ("round", "body", "submitted_at", "decision", "comment", "reviewer_name", "decided_at")
    cited = [citing.shown(session, one.citations, day) for one in rounds]
    found = []
    for index, one in enumerate(rounds):
        before = rounds[index - 1] if index else None
        found.append(
            {name: getattr(one, name) for name in names}
            | {
                "pieces": compare(before.body, one.body) if before else (),
                "citations": citing.compare(cited[index - 1] if before else cited[index], cited[index]),
                "attachments": attaching.compare((before or one).attachments, one.attachments),
            }
        )
    return found


def queue_for(
    session: Session, person: Person, locale: str, *, limit: int, after: tuple[datetime, UUID] | None = None
) -> tuple[list[Row[Any]], list[dict[str, Any]]]:
    """`limit` + 1 rows a person may decide on, the longest waiting first, and how they are shown."""
    rows = reviews.pending_for(session, person, limit=limit, after=after)
    return rows, [_line(row, locale) for row in rows[:limit]]


def own(session: Session, person: Person, locale: str) -> list[dict[str, Any]]:
    """The person's own texts in review, those that came back first."""
    return [_line(row, locale) for row in reviews.of_author(session, person, limit=_MOST_OWN)]


def _line(row: Row[Any], locale: str) -> dict[str, Any]:
    review, case = row.AnswerReview, row.Case
    return {
        "code": case.code,
        "subject": case.subject_line or case.body[:80],
        "municipality": case.municipality,
        "topic": {"code": case.topic, "name": topics.named(case.topic).name(locale)},
        "is_urgent": case.is_urgent,
        "case_state": str(CaseState(case.state)),
        "due_at": case.next_due_at,
        "author": review.author_name,
        "state": review.state,
        "round": review.round,
        "waiting_since": review.changed_at,
    }
