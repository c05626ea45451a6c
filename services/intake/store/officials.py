"""Officials: an account, the municipality it belongs to and the post held there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from services.intake.domain.municipality import Municipality


@dataclass(frozen=True, slots=True)
class Office:
    """The post of an official and the municipality it is in."""

    position: str
    municipality: Municipality


def insert(session: Session, account_id: UUID, *, ubigeo: str, position: str) -> None:
    """Give an account its office."""
    session.execute(
        text("INSERT INTO official (account_id, ubigeo, position) VALUES (:id, :ubigeo, :position)"),
        {"id": account_id, "ubigeo": ubigeo, "position": position},
    )


def update(session: Session, account_id: UUID, *, ubigeo: str, position: str) -> None:
    """Move an official to another office or post."""
    session.execute(
        text("UPDATE official SET ubigeo = :ubigeo, position = :position WHERE account_id = :id"),
        {"id": account_id, "ubigeo": ubigeo, "position": position},
    )


class Named(NamedTuple):
    """How an official is called, and in which language."""

    full_name: str
    locale: str


def name_of(session: Session, account_id: UUID) -> Named:
    """The name and language of somebody who has an account."""
    row = session.execute(
        text("SELECT full_name, locale FROM account WHERE account_id = :id"), {"id": account_id}
    ).one()
    return Named(row.full_name, row.locale)


def office_of(session: Session, account_id: UUID) -> Office:
    """The office of an official.

    :raises LookupError: the account is not an official's.
    """
    row = session.execute(
        text("""
            SELECT position, ubigeo, department, province, district
              FROM official JOIN municipality USING (ubigeo) WHERE account_id = :id
        """),
        {"id": account_id},
    ).one_or_none()
    if row is None:
        raise LookupError(f"{account_id} is not an official")
    return Office(row[0], Municipality(*row[1:]))
