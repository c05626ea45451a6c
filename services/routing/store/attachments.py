"""Files of answers: held by their author until the answer goes out, then tied to its message."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import LargeBinary, Row, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.routing.store.models import Base, CaseMessage


class AnswerAttachment(Base):
    """A file. `sent_at` None: held by its author for their next answer on the case."""

    __tablename__ = "answer_attachment"

    attachment_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    author_id: Mapped[UUID]
    name: Mapped[str]
    media_type: Mapped[str]
    byte_count: Mapped[int]
    sha256: Mapped[str]
    added_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class AttachmentContent(Base):
    """The bytes of a file."""

    __tablename__ = "attachment_content"

    attachment_id: Mapped[UUID] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class MessageAttachment(Base):
    """That a file went out with a message; who has the `token` gets it, until it is withdrawn."""

    __tablename__ = "message_attachment"

    message_id: Mapped[UUID] = mapped_column(primary_key=True)
    attachment_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int]
    token: Mapped[str]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str]


def held(session: Session, case_id: UUID, author_id: UUID) -> list[AnswerAttachment]:
    """What an author holds for their next answer on a case, in the order it was added."""
    return list(
        session.scalars(
            select(AnswerAttachment)
            .where(
                AnswerAttachment.case_id == case_id, AnswerAttachment.author_id == author_id,
                AnswerAttachment.sent_at.is_(None),
            )
            .order_by(AnswerAttachment.added_at, AnswerAttachment.attachment_id)
        )
    )  # fmt: skip


def find(session: Session, attachment_id: UUID) -> AnswerAttachment | None:
    """One file."""
    return session.get(AnswerAttachment, attachment_id)


def content_of(session: Session, attachment_id: UUID) -> bytes:
    """The bytes of a file that is there."""
    return session.scalars(
        select(AttachmentContent.content).where(AttachmentContent.attachment_id == attachment_id)
    ).one()


def remove(session: Session, attachment_ids: Collection[UUID]) -> None:
    """Forget files that never went out, bytes and all."""
    session.execute(
        delete(AnswerAttachment)
        .where(AnswerAttachment.attachment_id.in_(attachment_ids), AnswerAttachment.sent_at.is_(None))
        .execution_options(synchronize_session=False)
    )


def mark_sent(session: Session, attachment_ids: Collection[UUID], at: datetime) -> None:
    """They went out."""
    session.execute(
        update(AnswerAttachment)
        .where(AnswerAttachment.attachment_id.in_(attachment_ids))
        .values(sent_at=at)
        .execution_options(synchronize_session=False)
    )


def of_message(session: Session, message_id: UUID) -> list[Row[Any]]:
    """(attachment, link) of a message, in order."""
    return [
        *session.execute(
            select(AnswerAttachment, MessageAttachment)
            .join(MessageAttachment, MessageAttachment.attachment_id == AnswerAttachment.attachment_id)
            .where(MessageAttachment.message_id == message_id)
            .order_by(MessageAttachment.position)
        )
    ]


def of_case(session: Session, case_id: UUID) -> list[Row[Any]]:
    """(attachment, link) of every message of a case, in order."""
    return [
        *session.execute(
            select(AnswerAttachment, MessageAttachment)
            .join(MessageAttachment, MessageAttachment.attachment_id == AnswerAttachment.attachment_id)
            .join(CaseMessage, CaseMessage.message_id == MessageAttachment.message_id)
            .where(CaseMessage.case_id == case_id)
            .order_by(MessageAttachment.message_id, MessageAttachment.position)
        )
    ]


def by_token(session: Session, token: str) -> Row[Any] | None:
    """(attachment, link) that a token opens, withdrawn or not."""
    found: Row[Any] | None = session.execute(
        select(AnswerAttachment, MessageAttachment)
        .join(MessageAttachment, MessageAttachment.attachment_id == AnswerAttachment.attachment_id)
        .where(MessageAttachment.token == token)
    ).one_or_none()  # type: ignore[assignment]  # a row of two models is a row
    return found


def links_of(session: Session, attachment_id: UUID) -> list[MessageAttachment]:
    """Every message a file went out with, locked."""
    return list(
        session.scalars(
            select(MessageAttachment)
            .where(MessageAttachment.attachment_id == attachment_id)
            .order_by(MessageAttachment.message_id)
            .with_for_update()
        )
    )
