"""Notes among staff."""

from __future__ import annotations

from services.routing.store import drafts
from services.routing.store.models import Case, CaseNote
from services.routing.use_cases.acting import case_for
from shared.accounts.people import Person
from shared.ids import new_id
from shared.messaging.work import Work


def add_note(work: Work, code: str, person: Person, *, version: int, body: str) -> Case:
    """Leave a note on a case, in whatever state; the official never sees it and no clock moves.

    :raises CaseNotFoundError, StaleVersionError: nothing was written.
    """
    case = case_for(work, code, person, version=version)
    work.session.add(
        CaseNote(
            note_id=new_id(), case_id=case.case_id, author_id=person.id, author_name=person.full_name, body=body,
            at=work.now,
        )
    )  # fmt: skip
    drafts.forget(work.session, case.case_id, person.id, drafts.NOTE)
    case.version += 1
    return case
