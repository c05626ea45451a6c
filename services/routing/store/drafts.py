"""Drafts of staff: one per case, author and kind of text, kept until the author sends or discards it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.routing.store.models import Base, Case, CaseMessage

ANSWER, CLARIFICATION, NOTE = KINDS = ("answer", "clarification", "note")


class CaseDraft(Base):
    """What somebody wrote and has not sent. `revision` counts savings; `seen_version` is the case's as they saw it."""

    __tablename__ = "case_draft"

    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    author_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    body: Mapped[str]
    citations: Mapped[list[dict[str, Any]]]
    seen_version: Mapped[int]
    revision: Mapped[int]
    saved_at: Mapped[datetime]


def find_locked(session: Session, case_id: UUID, author_id: UUID, kind: str) -> CaseDraft | None:
    """A draft, which nobody else saves until the transaction ends."""
    return session.get(CaseDraft, (case_id, author_id, kind), with_for_update=True, populate_existing=True)


def add(session: Session, draft: dict[str, Any]) -> CaseDraft | None:
    """The first saving; None when another window of the author's was first."""
    return session.scalars(
        insert(CaseDraft).values(revision=1, **draft).on_conflict_do_nothing().returning(CaseDraft)
    ).one_or_none()


def forget(session: Session, case_id: UUID, author_id: UUID, kind: str) -> None:
    """The author sent or discarded it."""
    session.execute(
        delete(CaseDraft)
        .where(CaseDraft.case_id == case_id, CaseDraft.author_id == author_id, CaseDraft.kind == kind)
        .execution_options(synchronize_session=False)
    )


def of_case(session: Session, case_id: UUID, author_id: UUID) -> dict[str, CaseDraft]:
    """The author's drafts on a case, by kind."""
    found = session.scalars(select(CaseDraft).where(CaseDraft.case_id == case_id, CaseDraft.author_id == author_id))
    return {draft.kind: draft for draft in found}


def of_author(session: Session, author_id: UUID, *, limit: int) -> list[Row[Any]]:
    """The author's newest drafts that hold a text, with the case each belongs to."""
    statement = (
        select(CaseDraft, Case.code, Case.subject_line, Case.state)
        .join(Case, Case.case_id == CaseDraft.case_id)
        .where(CaseDraft.author_id == author_id, CaseDraft.body != "")
        .order_by(CaseDraft.saved_at.desc())
        .limit(limit)
    )
    return [*session.execute(statement)]


def was_sent(session: Session, case_id: UUID, author_id: UUID, body: str) -> bool:
    """Whether the author sent this text, or one that begins with it: a late saving of what is gone already."""
    return bool(
        session.scalar(
            select(
                exists().where(
                    CaseMessage.case_id == case_id,
                    CaseMessage.author_id == author_id,
                    func.starts_with(CaseMessage.body, body),
                )
            )
        )
    )
