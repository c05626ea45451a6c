"""Drafts of staff: saved while they write, shown on every device, removed by nobody but their author."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.routing.domain.review import ReviewState
from services.routing.store import cases, drafts, presence, reviews
from services.routing.store.drafts import CaseDraft
from services.routing.store.models import Case
from services.routing.use_cases import attaching
from services.routing.use_cases.acting import CaseNotFoundError
from shared.accounts.people import Person
from shared.messaging.work import Work

_MOST_LISTED = 100


@dataclass(eq=False)
class StaleDraftError(Exception):
    """Another window of the author's saved, sent or discarded the draft since this one read it.

    `theirs` is what is kept now, None when nothing is; `revision` is its number, 0 when nothing is; `citations` are
    the norms it cites.
    """

    theirs: str | None
    revision: int
    citations: list[dict[str, Any]] = field(default_factory=list)


def save(
    work: Work, code: str, person: Person, *, kind: str, body: str, revision: int, seen_version: int,
    citations: list[dict[str, Any]] | None = None,
) -> CaseDraft:  # fmt: skip
    """Keep what a person has written so far; the case itself does not change.

    :param revision: the number of the saving this text grew from; 0 when there was none.
    :param citations: the norms cited so far, as `citing.read` gives them; None leaves those kept.
    :raises CaseNotFoundError: no such case, or invisible.
    :raises StaleDraftError: another window of the same person was faster; nothing was overwritten.
    """
    case = _visible(work.session, code, person)
    presence.note(work.session, case.case_id, person.id, presence.ANSWERING)
    kept = drafts.find_locked(work.session, case.case_id, person.id, kind)
    if kept is None:
        return _save_first(work, case, person, kind, body, revision, seen_version, citations or [])
    is_new = kept.body != body or (citations is not None and kept.citations != citations)
    if is_new and kept.revision != revision:
        raise StaleDraftError(kept.body, kept.revision, kept.citations)
    if is_new:
        kept.body, kept.saved_at, kept.seen_version = body, work.now, seen_version
        kept.citations = kept.citations if citations is None else citations
        kept.revision += 1
    return kept


def _save_first(
    work: Work, case: Case, person: Person, kind: str, body: str, revision: int, seen_version: int,
    citations: list[dict[str, Any]],
) -> CaseDraft:  # fmt: skip
    is_late = revision > 0 or (body and drafts.was_sent(work.session, case.case_id, person.id, body))
    if is_late:
        raise StaleDraftError(None, 0)
    values = {
        "case_id": case.case_id, "author_id": person.id, "kind": kind, "body": body, "citations": citations,
        "seen_version": seen_version, "saved_at": work.now,
    }  # fmt: skip
    added = drafts.add(work.session, values)
    if added is None:
        other = drafts.find_locked(work.session, case.case_id, person.id, kind)
        raise StaleDraftError(other.body, other.revision, other.citations) if other else StaleDraftError(None, 0)
    return added


def discard(work: Work, code: str, person: Person, *, kind: str) -> None:
    """The author does not want the text any more; discarding twice is the same as once.

    :raises CaseNotFoundError: no such case, or invisible.
    """
    case = _visible(work.session, code, person)
    drafts.forget(work.session, case.case_id, person.id, kind)
    if kind == drafts.ANSWER:
        attaching.forget_held(work.session, case.case_id, person.id)
    presence.leave(work.session, case.case_id, person.id)


def read(session: Session, code: str, person: Person) -> dict[str, CaseDraft]:
    """The person's drafts on a case, by kind.

    :raises CaseNotFoundError: no such case, or invisible.
    """
    return drafts.of_case(session, _visible(session, code, person).case_id, person.id)


def list_mine(session: Session, person: Person) -> list[dict[str, Any]]:
    """The person's drafts on all cases, newest first, those included whose case went to somebody else."""
    rows = drafts.of_author(session, person.id, limit=_MOST_LISTED)
    return [
        {
            "code": row.code, "subject": row.subject_line, "state": row.state, "kind": row.CaseDraft.kind,
            "body": row.CaseDraft.body, "revision": row.CaseDraft.revision, "saved_at": row.CaseDraft.saved_at,
        }
        for row in rows
    ]  # fmt: skip


def be_present(work: Work, code: str, person: Person, activity: str) -> list[dict[str, Any]]:
    """A sign of life on a case; returns who else is there (`full_name`, `activity`).

    :raises CaseNotFoundError: no such case, or invisible.
    """
    case_id = _visible(work.session, code, person).case_id
    presence.note(work.session, case_id, person.id, activity)
    return presence.others(work.session, (case_id,), person.id).get(case_id, [])


def leave(work: Work, code: str, person: Person) -> None:
    """The person went away from a case.

    :raises CaseNotFoundError: no such case, or invisible.
    """
    presence.leave(work.session, _visible(work.session, code, person).case_id, person.id)


def finish(session: Session, case_id: UUID, person_id: UUID, kind: str) -> None:
    """The person sent what they wrote: nothing is left to keep, and they are no longer answering."""
    drafts.forget(session, case_id, person_id, kind)
    presence.leave(session, case_id, person_id)


def put_back(work: Work, case: Case, author_id: UUID, kind: str, body: str, citations: list[dict[str, Any]]) -> None:
    """A text that was to be sent and was not is its author's draft again, unless they have begun another."""
    values = {
        "case_id": case.case_id, "author_id": author_id, "kind": kind, "body": body, "citations": citations,
        "seen_version": case.version, "saved_at": work.now,
    }  # fmt: skip
    drafts.add(work.session, values)


def end_review(work: Work, case: Case, *, by: UUID | None) -> None:
    """An open review of the case is over without its text being sent; its author finds it in their draft again.

    :param by: who sent an answer meanwhile; their own text, if it was in review, needs no draft.
    """
    review = reviews.open_of_case(work.session, case.case_id)
    if review is None:
        return
    review.state, review.changed_at = ReviewState.ENDED, work.now
    if review.author_id != by:
        newest = reviews.rounds_of(work.session, review.review_id)[-1]
        put_back(work, case, review.author_id, drafts.ANSWER, newest.body, newest.citations)
    work.session.flush()


def forget_presence(work: Work) -> None:
    """The clock's regular sweep."""
    presence.forget_old(work.session, work.now)


def _visible(session: Session, code: str, person: Person) -> Case:
    case = cases.find_visible(session, code, person)
    if case is None:
        raise CaseNotFoundError(code)
    return case
