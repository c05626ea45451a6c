"""Files with answers: held by their author while they write, reviewed with the text, sent with it, or taken back.

The bytes are in the database, so that they go out with the answer or not at all (adr/0027).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.routing.domain.attachments import MOST_FILES, AttachmentError, judge, next_name
from services.routing.domain.review import ReviewState
from services.routing.domain.wording import N_
from services.routing.store import attachments, cases, history, reviews
from services.routing.store.attachments import AnswerAttachment, AttachmentContent
from services.routing.store.models import Case
from services.routing.use_cases.acting import ActRefusedError, CaseNotFoundError, case_for, require_charge
from services.routing.use_cases.attachment_links import NoSuchAttachmentError
from shared.accounts.people import Person
from shared.ids import new_id
from shared.messaging.work import Work

_TOO_MANY = N_("Una respuesta lleva cinco archivos como máximo: quite alguno antes.")
_SAME_FILE = N_("«%(name)s» ya está adjunto.")
_IN_REVIEW = N_("La respuesta está en revisión con este archivo: retírela de revisión para quitarlo.")


class WithdrawnError(Exception):
    """The file was taken back after it was sent."""


class BrokenContentError(Exception):
    """The stored bytes are not those that were uploaded."""


class AttachmentsChangedError(Exception):
    """Another window of the author's added or removed files since this one showed them."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file to serve."""

    name: str
    media_type: str
    content: bytes


def add(work: Work, code: str, person: Person, files: Sequence[tuple[str, bytes]]) -> list[AnswerAttachment]:
    """Hold files for the person's next answer on a case: all of them, or none.

    :param files: names as uploaded, with at most one byte more than is taken.
    :raises CaseNotFoundError: no such case, or invisible.
    :raises AttachmentError: one of them does not go out; says which and why.
    """
    case = cases.find_visible_locked(work.session, code, person)
    if case is None:
        raise CaseNotFoundError(code)
    there = attachments.held(work.session, case.case_id, person.id)
    for given_name, content in files:
        kind = judge(given_name, content)
        digest = sha256(content).hexdigest()
        if any(one.sha256 == digest for one in there):
            raise AttachmentError(_SAME_FILE, name=kind.name)
        if len(there) >= MOST_FILES:
            raise AttachmentError(_TOO_MANY)
        row = AnswerAttachment(
            attachment_id=new_id(), case_id=case.case_id, author_id=person.id,
            name=next_name(kind.name, frozenset(one.name for one in there)), media_type=kind.media_type,
            byte_count=len(content), sha256=digest, added_at=work.now, sent_at=None,
        )  # fmt: skip
        work.session.add(row)
        work.session.flush()
        work.session.add(AttachmentContent(attachment_id=row.attachment_id, content=content))
        there.append(row)
    return there


def remove(work: Work, code: str, person: Person, attachment_id: UUID) -> None:
    """Take a file out of what the person holds; one that is gone already is gone.

    :raises CaseNotFoundError: no such case, or invisible.
    :raises ActRefusedError: a review waits with it.
    """
    case = cases.find_visible_locked(work.session, code, person)
    if case is None:
        raise CaseNotFoundError(code)
    held = {row.attachment_id for row in attachments.held(work.session, case.case_id, person.id)}
    if attachment_id in _in_review(work.session, case.case_id):
        raise ActRefusedError(_IN_REVIEW)
    attachments.remove(work.session, held & {attachment_id})


def forget_held(session: Session, case_id: UUID, author_id: UUID) -> None:
    """The author discards their text: what they held for it goes too, unless a review waits with it."""
    held = {row.attachment_id for row in attachments.held(session, case_id, author_id)}
    attachments.remove(session, held - _in_review(session, case_id))


def held(session: Session, case_id: UUID, author_id: UUID) -> list[dict[str, Any]]:
    """What an author holds for their next answer on a case."""
    return [_described(row) for row in attachments.held(session, case_id, author_id)]


def held_on(session: Session, code: str, person: Person) -> list[dict[str, Any]]:
    """As `held`, by the code of the case.

    :raises CaseNotFoundError: no such case, or invisible.
    """
    case = cases.find_visible(session, code, person)
    if case is None:
        raise CaseNotFoundError(code)
    return held(session, case.case_id, person.id)


def require_same(work: Work, case: Case, author: Person, seen: Sequence[UUID] | None) -> list[dict[str, Any]]:
    """What the author holds, if it is what they saw; None: they did not look.

    :raises AttachmentsChangedError: it is not.
    """
    there = held(work.session, case.case_id, author.id)
    if seen is not None and {str(one) for one in seen} != {one["id"] for one in there}:
        raise AttachmentsChangedError
    return there


def of_case(session: Session, case_id: UUID) -> dict[UUID, list[dict[str, Any]]]:
    """The files of a case's answers, by message."""
    found: dict[UUID, list[dict[str, Any]]] = {}
    for row in attachments.of_case(session, case_id):
        link = row.MessageAttachment
        told = {"withdrawn_at": link.withdrawn_at, "withdrawn_by": link.withdrawn_by}
        found.setdefault(link.message_id, []).append(_described(row.AnswerAttachment) | told)
    return found


def open_for_staff(session: Session, code: str, person: Person, attachment_id: UUID) -> StoredFile:
    """A file of a case the person may see: sent, held by themselves, or waiting for a review.

    :raises NoSuchAttachmentError: there is none for them.
    :raises BrokenContentError: its bytes changed.
    """
    case, row = cases.find_visible(session, code, person), attachments.find(session, attachment_id)
    if case is None or row is None:
        raise NoSuchAttachmentError
    is_here = row.case_id == case.case_id or any(
        one.AnswerAttachment.attachment_id == attachment_id for one in attachments.of_case(session, case.case_id)
    )
    is_open = (
        row.sent_at is not None or row.author_id == person.id or attachment_id in _in_review(session, case.case_id)
    )
    if not (is_here and is_open):
        raise NoSuchAttachmentError
    return _opened(session, row)


def open_by_token(session: Session, token: str) -> StoredFile:
    """The file that a link of an answer opens.

    :raises NoSuchAttachmentError: nobody was given this link.
    :raises WithdrawnError: it was taken back.
    :raises BrokenContentError: its bytes changed.
    """
    found = attachments.by_token(session, token)
    if found is None:
        raise NoSuchAttachmentError
    if found.MessageAttachment.withdrawn_at is not None:
        raise WithdrawnError
    return _opened(session, found.AnswerAttachment)


def withdraw(work: Work, code: str, person: Person, *, version: int, attachment_id: UUID) -> Case:
    """Take a file back that went out by mistake: its links open nothing from now on. Twice is the same as once.

    :raises CaseNotFoundError, StaleVersionError, NotInChargeError: nothing changed.
    :raises NoSuchAttachmentError: no such file went out with an answer of the case.
    """
    case = case_for(work, code, person, version=version)
    require_charge(case, person)
    row = attachments.find(work.session, attachment_id)
    if row is None or row.case_id != case.case_id or row.sent_at is None:
        raise NoSuchAttachmentError
    for link in attachments.links_of(work.session, attachment_id):
        if link.withdrawn_at is None:
            link.withdrawn_at, link.withdrawn_by = work.now, person.full_name
    history.add(
        work.session, case, "attachment_withdrawn", work.now, actor_id=person.id, actor_name=person.full_name,
        note=row.name,
    )  # fmt: skip
    case.version += 1
    return case


def compare(older: Sequence[dict[str, Any]], newer: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The files of two rounds as one list: those of the newer as `added` or `same`, then those `removed`."""
    before, after = {one["id"] for one in older}, {one["id"] for one in newer}
    kept = [{**one, "change": "same" if one["id"] in before else "added"} for one in newer]
    return kept + [{**one, "change": "removed"} for one in older if one["id"] not in after]


def _in_review(session: Session, case_id: UUID) -> set[UUID]:
    """The files that a review of the case waits with."""
    review = reviews.open_of_case(session, case_id)
    if review is None or review.state != ReviewState.PENDING:
        return set()
    return {UUID(one["id"]) for one in reviews.rounds_of(session, review.review_id)[-1].attachments}


def _described(row: AnswerAttachment) -> dict[str, Any]:
    return {
        "id": str(row.attachment_id), "name": row.name, "media_type": row.media_type, "byte_count": row.byte_count,
        "sha256": row.sha256,
    }  # fmt: skip


def _opened(session: Session, row: AnswerAttachment) -> StoredFile:
    content = attachments.content_of(session, row.attachment_id)
    if sha256(content).hexdigest() != row.sha256:
        raise BrokenContentError
    return StoredFile(row.name, row.media_type, content)
