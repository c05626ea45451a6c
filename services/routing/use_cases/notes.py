"""Notes among staff, and whom they call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from services.routing.domain.mentions import handles
from services.routing.store import cases, drafts, mentions
from services.routing.store.mentions import CaseMention, Colleague
from services.routing.store.models import Case, CaseNote
from services.routing.use_cases.acting import CaseNotFoundError, case_for
from shared.accounts.people import Person
from shared.contracts.case import Advisor
from shared.contracts.desk import CaseMentioned
from shared.ids import new_id
from shared.messaging.work import Work

_MOST_LISTED = 100


@dataclass(eq=False)
class NobodyCalledSoError(Exception):
    """A note calls `handles` that belong to nobody who may see the case."""

    handles: tuple[str, ...]


def add_note(work: Work, code: str, person: Person, *, version: int, body: str) -> Case:
    """Leave a note on a case, in whatever state; the official never sees it and no clock moves.

    Whom it calls by @handle is told.

    :raises CaseNotFoundError, StaleVersionError: nothing was written.
    :raises NobodyCalledSoError: it calls somebody who is not there, or may not see the case; nothing was written.
    """
    case = case_for(work, code, person, version=version)
    called = _called(work.session, case, body)
    note = CaseNote(
        note_id=new_id(), case_id=case.case_id, author_id=person.id, author_name=person.full_name, body=body,
        at=work.now,
    )  # fmt: skip
    work.session.add(note)
    drafts.forget(work.session, case.case_id, person.id, drafts.NOTE)
    case.version += 1
    _call(work, case, person, note, [one for one in called if one.id != person.id])
    return case


def colleagues(session: Session, code: str, person: Person) -> list[dict[str, Any]]:
    """Whom a note on this case may call: `handle` and `full_name`, by name.

    :raises CaseNotFoundError: no such case, or invisible.
    """
    case = cases.find_visible(session, code, person)
    if case is None:
        raise CaseNotFoundError(code)
    return [{"handle": one.handle, "full_name": one.full_name} for one in mentions.callable_on(session, case)]


def list_mentions(session: Session, person: Person) -> list[dict[str, Any]]:
    """Notes that call the person, unread ones first, then the newest."""
    return [
        {
            "code": row.code, "subject": row.subject_line, "author": row.author_name, "body": row.body, "at": row.at,
            "is_read": row.read_at is not None,
        }
        for row in mentions.of_person(session, person.id, limit=_MOST_LISTED)
    ]  # fmt: skip


def _called(session: Session, case: Case, body: str) -> list[Colleague]:
    wanted = handles(body)
    if not wanted:
        return []
    known = mentions.callable_on(session, case)
    if missing := tuple(handle for handle in wanted if handle not in {one.handle for one in known}):
        raise NobodyCalledSoError(missing)
    return [one for one in known if one.handle in wanted]


def _call(work: Work, case: Case, person: Person, note: CaseNote, called: list[Colleague]) -> None:
    if not called:
        return
    work.session.flush()
    work.session.add_all(
        CaseMention(note_id=note.note_id, person_id=one.id, case_id=case.case_id, at=work.now, read_at=None)
        for one in called
    )
    work.emit(
        CaseMentioned(
            consultation_id=case.case_id, code=case.code, subject_line=case.subject_line,
            author=Advisor(id=person.id, full_name=person.full_name), mentioned_ids=tuple(one.id for one in called),
            mentioned_at=work.now,
        )
    )  # fmt: skip
