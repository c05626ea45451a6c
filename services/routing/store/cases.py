"""Finding cases: one rule of who may see which, used by every list, sheet and act."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.orm import Session

from services.routing.domain.roles import Right, who_may
from services.routing.store.models import AdvisorSkill, Case, CaseMessage, CaseNote
from shared.accounts.people import Person

SEES_ALL = frozenset(who_may(Right.SEE_ALL))


def visible_to(person: Person) -> ColumnElement[bool]:
    """Which cases a person may see: supervisors all; advisors their own, and those of the topics they know."""
    if person.role in SEES_ALL:
        return true()
    topics = select(AdvisorSkill.topic).where(AdvisorSkill.account_id == person.id)
    known = select(func.array_agg(AdvisorSkill.topic)).where(AdvisorSkill.account_id == person.id).scalar_subquery()
    in_triage = Case.triage_topics.op("&&")(known)  # beside the topic it seems to be of: those it may be of
    return or_(Case.advisor_id == person.id, Case.last_advisor_id == person.id, Case.topic.in_(topics), in_triage)


def find_visible(session: Session, code: str, person: Person) -> Case | None:
    """A case by its public code, if the person may see it."""
    return session.scalars(select(Case).where(Case.code == code.strip().upper(), visible_to(person))).one_or_none()


def find_visible_locked(session: Session, code: str, person: Person) -> Case | None:
    """As `find_visible`, and nobody else changes the case until the transaction ends."""
    return session.scalars(
        select(Case)
        .where(Case.code == code.strip().upper(), visible_to(person))
        .with_for_update(of=Case)
        .execution_options(populate_existing=True)
    ).one_or_none()


def find_locked(session: Session, case_id: UUID) -> Case | None:
    """A case by identifier, locked; for events and timers."""
    return session.scalars(
        select(Case).where(Case.case_id == case_id).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()


def get_all(session: Session, case_ids: list[UUID]) -> list[Case]:
    """Cases that this transaction has locked already, freshly read, in the order given."""
    found = session.scalars(select(Case).where(Case.case_id.in_(case_ids)).execution_options(populate_existing=True))
    by_id = {case.case_id: case for case in found}
    return [by_id[case_id] for case_id in case_ids]


def messages_of(session: Session, case_id: UUID) -> list[CaseMessage]:
    """The thread after the consultation itself, oldest first."""
    return list(
        session.scalars(
            select(CaseMessage).where(CaseMessage.case_id == case_id).order_by(CaseMessage.at, CaseMessage.message_id)
        )
    )


def notes_of(session: Session, case_id: UUID) -> list[CaseNote]:
    """Notes among staff, oldest first."""
    return list(
        session.scalars(select(CaseNote).where(CaseNote.case_id == case_id).order_by(CaseNote.at, CaseNote.note_id))
    )
