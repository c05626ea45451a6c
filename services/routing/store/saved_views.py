"""Saved views: a queue with filters and order under a name; one's own, and those a supervisor shares with all."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from shared.accounts.people import Person

_COLUMNS = "view_id AS id, owner_id, name, is_shared, query, created_at, version"


def visible_to(session: Session, person: Person) -> list[Row[Any]]:
    """One's own and the shared ones, by name."""
    return list(
        session.execute(
            text(f"""
                SELECT {_COLUMNS}, owner_id = :me AS is_own FROM saved_view WHERE owner_id = :me OR is_shared
                 ORDER BY is_shared, lower(name), view_id
            """),  # noqa: S608 - a constant list of columns
            {"me": person.id},
        ).all()
    )


def find_visible(session: Session, view_id: UUID, person: Person, *, is_locked: bool = False) -> Row[Any] | None:
    """One view, if it is the person's or shared; `is_locked`: nobody else changes it until the transaction ends."""
    return session.execute(
        text(f"""
            SELECT {_COLUMNS}, owner_id = :me AS is_own FROM saved_view
             WHERE view_id = :id AND (owner_id = :me OR is_shared) {"FOR UPDATE" if is_locked else ""}
        """),  # noqa: S608 - constants
        {"me": person.id, "id": view_id},
    ).one_or_none()


def count_of(session: Session, person: Person) -> int:
    """How many views a person has."""
    return int(
        session.execute(text("SELECT count(*) FROM saved_view WHERE owner_id = :me"), {"me": person.id}).scalar_one()
    )


def is_name_taken(session: Session, owner_id: UUID, name: str, *, but: UUID | None = None) -> bool:
    """Whether the owner has another view of this name, in whatever capitals."""
    return bool(
        session.execute(
            text("""
                SELECT EXISTS (SELECT FROM saved_view WHERE owner_id = :owner AND lower(name) = lower(:name)
                                  AND view_id IS DISTINCT FROM CAST(:but AS uuid))
            """),
            {"owner": owner_id, "name": name, "but": but},
        ).scalar_one()
    )


def add(session: Session, view_id: UUID, owner: Person, *, name: str, is_shared: bool, query: dict[str, Any]) -> bool:
    """Write a new view; False when the owner has one of this name already."""
    return (
        session.execute(
            text("""
                INSERT INTO saved_view (view_id, owner_id, name, is_shared, query)
                VALUES (:id, :owner, :name, :is_shared, CAST(:query AS jsonb))
                    ON CONFLICT (owner_id, lower(name)) DO NOTHING RETURNING view_id
            """),
            {
                "id": view_id, "owner": owner.id, "name": name, "is_shared": is_shared,
                "query": json.dumps(query, ensure_ascii=False),
            },
        ).one_or_none()
        is not None
    )  # fmt: skip


def change(session: Session, view_id: UUID, *, name: str, is_shared: bool, query: dict[str, Any]) -> None:
    """Rewrite a view that the transaction has locked."""
    session.execute(
        text("""
            UPDATE saved_view SET name = :name, is_shared = :is_shared, query = CAST(:query AS jsonb),
                   version = version + 1 WHERE view_id = :id
        """),
        {"id": view_id, "name": name, "is_shared": is_shared, "query": json.dumps(query, ensure_ascii=False)},
    )


def remove(session: Session, view_id: UUID) -> None:
    """Delete a view."""
    session.execute(text("DELETE FROM saved_view WHERE view_id = :id"), {"id": view_id})
