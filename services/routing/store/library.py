"""Canned texts and macros, shared by topic; every version is kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.routing.store.models import Base

TEXT, MACRO = KINDS = ("text", "macro")
ANY_TOPIC = ""


class LibraryItem(Base):
    """A canned text (`content`: `body`) or a macro (`set_topic`, `note`, `body`, `outcome`, `closing`) as it is now."""

    __tablename__ = "library_item"

    item_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    topic: Mapped[str]
    name: Mapped[str]
    content: Mapped[dict[str, Any]]
    is_active: Mapped[bool]
    version: Mapped[int]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]


class LibraryVersion(Base):
    """An item as it was in one of its versions; rows are added, never changed."""

    __tablename__ = "library_version"

    item_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    topic: Mapped[str]
    name: Mapped[str]
    content: Mapped[dict[str, Any]]
    is_active: Mapped[bool]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]


def everything(session: Session) -> list[LibraryItem]:
    """The whole library, by kind, topic and name; it is as long as people keep by hand."""
    return list(
        session.scalars(
            select(LibraryItem).order_by(
                LibraryItem.is_active.desc(), LibraryItem.kind.desc(), LibraryItem.topic, LibraryItem.name
            )
        )
    )


def offered(session: Session, topic: str) -> list[LibraryItem]:
    """What is offered on a case of a topic: its own items, then those of every topic."""
    return list(
        session.scalars(
            select(LibraryItem)
            .where(LibraryItem.is_active, LibraryItem.topic.in_((topic, ANY_TOPIC)))
            .order_by(LibraryItem.topic.desc(), LibraryItem.name)
        )
    )


def find(session: Session, item_id: UUID, *, is_locked: bool = False) -> LibraryItem | None:
    """One item, locked against other writers if asked."""
    return session.get(LibraryItem, item_id, with_for_update=is_locked or None, populate_existing=True)


def is_name_taken(session: Session, kind: str, topic: str, name: str, item_id: UUID) -> bool:
    """Whether another active item of the kind and topic has this name, in whatever capitals."""
    others = session.scalars(
        select(LibraryItem.name).where(
            LibraryItem.kind == kind, LibraryItem.topic == topic, LibraryItem.is_active, LibraryItem.item_id != item_id
        )
    )
    return name.lower() in (other.lower() for other in others)


def versions_of(session: Session, item_id: UUID) -> list[LibraryVersion]:
    """Every version of an item, newest first."""
    return list(
        session.scalars(
            select(LibraryVersion).where(LibraryVersion.item_id == item_id).order_by(LibraryVersion.version.desc())
        )
    )
