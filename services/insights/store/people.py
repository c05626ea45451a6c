"""Officials by municipality, and how many people work the desk. No names, no addresses: nothing here writes to them."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session


def put_official(session: Session, official_id: UUID, *, ubigeo: str, municipality: str, sequence: int) -> None:
    """Keep where an official works, unless something newer is held."""
    session.execute(
        _PUT_OFFICIAL,
        {"id": official_id, "ubigeo": ubigeo, "municipality": municipality, "sequence": sequence},
    )


def put_staff(session: Session, account_id: UUID, *, role: str, is_active: bool, sequence: int) -> None:
    """Keep the role of a member of staff, unless something newer is held."""
    session.execute(_PUT_STAFF, {"id": account_id, "role": role, "is_active": is_active, "sequence": sequence})


_PUT_OFFICIAL = text("""
    INSERT INTO official AS held (official_id, ubigeo, municipality, sequence)
    VALUES (:id, :ubigeo, :municipality, :sequence)
    ON CONFLICT (official_id) DO UPDATE
       SET ubigeo = excluded.ubigeo, municipality = excluded.municipality, sequence = excluded.sequence
     WHERE excluded.sequence > held.sequence
""")

_PUT_STAFF = text("""
    INSERT INTO staff AS held (account_id, role, is_active, sequence)
    VALUES (:id, :role, :is_active, :sequence)
    ON CONFLICT (account_id) DO UPDATE
       SET role = excluded.role, is_active = excluded.is_active, sequence = excluded.sequence
     WHERE excluded.sequence > held.sequence
""")
