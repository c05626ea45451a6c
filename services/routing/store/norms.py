"""The register of norms: what is known of each, and every version of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.routing.domain.citation_reading import is_name
from services.routing.domain.norms import Force, fold, norm_name
from services.routing.store.models import Base

CONTENT = (
    "kind", "number", "title", "short_name", "other_names", "issuer", "issued_on", "url", "valid_from", "valid_until",
    "repealed_by_id", "amendments", "note", "is_checked",
)  # fmt: skip
"""What people keep of a norm; each version has all of it."""


class NormRow(Base):
    """A norm as the desk knows it now. `is_checked`: somebody compared it with the official text."""

    __tablename__ = "norm"

    norm_id: Mapped[UUID] = mapped_column(primary_key=True)
    identity: Mapped[str]
    kind: Mapped[str]
    number: Mapped[str]
    title: Mapped[str]
    short_name: Mapped[str]
    other_names: Mapped[list[str]]
    issuer: Mapped[str]
    issued_on: Mapped[date | None]
    url: Mapped[str]
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]
    repealed_by_id: Mapped[UUID | None]
    amendments: Mapped[str]
    note: Mapped[str]
    is_checked: Mapped[bool]
    version: Mapped[int]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]

    @property
    def name(self) -> str:
        """As texts cite it."""
        return norm_name(self.kind, self.number, self.title)

    @property
    def force(self) -> Force:
        """When it is in force."""
        return Force(self.valid_from, self.valid_until)


class NormVersion(Base):
    """A norm as it stood in the register in one of its versions; rows are added, never changed."""

    __tablename__ = "norm_version"

    norm_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]


def find(session: Session, norm_id: UUID, *, is_locked: bool = False) -> NormRow | None:
    """One norm, locked against other writers if asked."""
    return session.get(NormRow, norm_id, with_for_update=is_locked or None, populate_existing=True)


def by_id(session: Session, norm_ids: Iterable[UUID]) -> dict[UUID, NormRow]:
    """Norms by identifier."""
    wanted = set(norm_ids)
    found = session.scalars(select(NormRow).where(NormRow.norm_id.in_(wanted))) if wanted else ()
    return {row.norm_id: row for row in found}


def reserve_identity(session: Session, identity: str) -> None:
    """Nobody else adds this norm until this transaction ends: who comes second then finds it, and is told so."""
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:identity, 16))"), {"identity": identity})


def find_by_identity(session: Session, identity: str) -> NormRow | None:
    """The norm that is the same one, if the register has it."""
    return session.scalars(select(NormRow).where(NormRow.identity == identity)).one_or_none()


def of_kind(session: Session, kind: str) -> list[NormRow]:
    """Every norm of a kind."""
    return list(session.scalars(select(NormRow).where(NormRow.kind == kind)))


def names(session: Session) -> dict[str, str]:
    """Folded names of norms (titles, short and other ones) to identifiers, as texts; a shared name is nobody's."""
    found: dict[str, str] = {}
    shared: set[str] = set()
    rows = session.execute(select(NormRow.norm_id, NormRow.title, NormRow.short_name, NormRow.other_names))
    for row in rows:
        for name in {fold(one) for one in (row.title, row.short_name, *row.other_names)}:
            if is_name(name) and found.setdefault(name, str(row.norm_id)) != str(row.norm_id):
                shared.add(name)
    return {name: norm_id for name, norm_id in found.items() if name not in shared}


def everything(session: Session, *, limit: int) -> list[NormRow]:
    """The register by kind and number, those of highest rank first; it is as long as people keep by hand."""
    return list(session.scalars(select(NormRow).order_by(NormRow.kind, NormRow.number, NormRow.title).limit(limit)))


def versions_of(session: Session, norm_id: UUID) -> list[NormVersion]:
    """Every version of a norm, newest first."""
    return list(
        session.scalars(select(NormVersion).where(NormVersion.norm_id == norm_id).order_by(NormVersion.version.desc()))
    )
