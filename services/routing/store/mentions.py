"""Who is called by which note, and who can be called on a case."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, func, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.routing.domain.case_state import CaseState
from services.routing.domain.mentions import handle_of
from services.routing.store.models import Base, Case, CaseNote


class CaseMention(Base):
    """That a note calls somebody; `read_at` when they opened the case after it."""

    __tablename__ = "case_mention"

    note_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    at: Mapped[datetime]
    read_at: Mapped[datetime | None]


class Colleague(NamedTuple):
    """Somebody who may see a case, and how a note calls them."""

    id: UUID
    full_name: str
    handle: str


def callable_on(session: Session, case: Case) -> list[Colleague]:
    """Everybody who may see a case, by name: the other side of `cases.visible_to`, which decides for one person."""
    topics = [case.topic, *(case.candidate_topics if case.state == CaseState.TRIAGE else ())]
    rows = session.execute(
        text("""
            SELECT account_id, full_name, email FROM account
             WHERE is_active AND (role IN ('supervisor', 'admin') OR account_id IN (:advisor, :last) OR EXISTS (
                   SELECT FROM advisor_skill AS skill
                    WHERE skill.account_id = account.account_id AND skill.topic = ANY(:topics)))
             ORDER BY full_name, account_id
        """),
        {"advisor": case.advisor_id, "last": case.last_advisor_id, "topics": topics},
    )
    return [Colleague(row.account_id, row.full_name, handle_of(row.email)) for row in rows]


def of_person(session: Session, person_id: UUID, *, limit: int) -> list[Row[Any]]:
    """The newest mentions of a person, unread ones first, with note and case."""
    statement = (
        select(CaseMention.at, CaseMention.read_at, CaseNote.author_name, CaseNote.body, Case.code, Case.subject_line)
        .join(CaseNote, CaseNote.note_id == CaseMention.note_id)
        .join(Case, Case.case_id == CaseMention.case_id)
        .where(CaseMention.person_id == person_id)
        .order_by(CaseMention.read_at.isnot(None), CaseMention.at.desc())
        .limit(limit)
    )
    return [*session.execute(statement)]


def unread(session: Session, person_id: UUID) -> int:
    """How many mentions a person has not read."""
    found = session.scalar(
        select(func.count()).where(CaseMention.person_id == person_id, CaseMention.read_at.is_(None))
    )
    return found or 0


def mark_read(session: Session, case_id: UUID, person_id: UUID) -> None:
    """The person opened the case."""
    session.execute(
        update(CaseMention)
        .where(CaseMention.person_id == person_id, CaseMention.case_id == case_id, CaseMention.read_at.is_(None))
        .values(read_at=func.clock_timestamp())
        .execution_options(synchronize_session=False)
    )
