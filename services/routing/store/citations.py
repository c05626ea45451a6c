"""Which answer cites which part of which norm."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.routing.store.cases import visible_to
from services.routing.store.models import Base, Case, CaseMessage
from shared.accounts.people import Person


class AnswerCitation(Base):
    """One citation of an answer: place, its text as sent, and whether the norm was in force on `checked_on`."""

    __tablename__ = "answer_citation"

    message_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    norm_id: Mapped[UUID]
    section: Mapped[str]
    article: Mapped[str]
    numeral: Mapped[str]
    literal: Mapped[str]
    paragraph: Mapped[str]
    text: Mapped[str]
    checked_on: Mapped[date]
    was_in_force: Mapped[bool]
    reason: Mapped[str]


def of_case(session: Session, case_id: UUID) -> list[AnswerCitation]:
    """Every citation of a case's answers, in the order they were written."""
    return list(
        session.scalars(
            select(AnswerCitation)
            .join(CaseMessage, CaseMessage.message_id == AnswerCitation.message_id)
            .where(CaseMessage.case_id == case_id)
            .order_by(AnswerCitation.message_id, AnswerCitation.position)
        )
    )


def of_messages(session: Session, message_ids: Collection[UUID]) -> list[AnswerCitation]:
    """The citations of some answers, in order."""
    return list(
        session.scalars(
            select(AnswerCitation)
            .where(AnswerCitation.message_id.in_(message_ids))
            .order_by(AnswerCitation.message_id, AnswerCitation.position)
        )
    )


def answers_that_cite(
    session: Session, norm_id: UUID, person: Person, *, limit: int, after: tuple[UUID, int] | None = None
) -> list[Row[Any]]:
    """`limit` + 1 citations of a norm in answers of cases that a person may see, the newest answer first.

    :param after: message and position of the last one of the page before.
    """
    statement = (
        select(
            AnswerCitation, CaseMessage.author_name, CaseMessage.at, Case.code, Case.subject_line, Case.topic,
            Case.municipality,
        )
        .join(CaseMessage, CaseMessage.message_id == AnswerCitation.message_id)
        .join(Case, Case.case_id == CaseMessage.case_id)
        .where(AnswerCitation.norm_id == norm_id, visible_to(person))
        .order_by(AnswerCitation.message_id.desc(), AnswerCitation.position)
        .limit(limit + 1)
    )  # fmt: skip
    if after is not None:
        message_id, position = after
        is_older = AnswerCitation.message_id < message_id
        is_further = (AnswerCitation.message_id == message_id) & (AnswerCitation.position > position)
        statement = statement.where(is_older | is_further)
    return [*session.execute(statement)]


def counts(session: Session) -> dict[UUID, int]:
    """How many answers cite each norm."""
    rows = session.execute(
        select(AnswerCitation.norm_id, func.count(AnswerCitation.message_id.distinct())).group_by(
            AnswerCitation.norm_id
        )
    )
    return {row[0]: int(row[1]) for row in rows}
