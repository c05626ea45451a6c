"""Teams in rows."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session


def list_teams(session: Session) -> list[dict[str, Any]]:
    """Every team with the number of its advisors, by name."""
    rows = session.execute(
        text("""
            SELECT team_id AS id, name,
                   (SELECT count(*) FROM advisor WHERE advisor.team_id = team.team_id) AS member_count
              FROM team ORDER BY name
        """)
    ).mappings()
    return [dict(row) for row in rows]


def add_team(session: Session, team_id: UUID, name: str) -> bool:
    """Make a team; False when one of this name is there."""
    made = session.execute(
        text("INSERT INTO team (team_id, name) VALUES (:id, :name) ON CONFLICT (name) DO NOTHING RETURNING team_id"),
        {"id": team_id, "name": name},
    ).one_or_none()
    return made is not None


def exists(session: Session, team_id: UUID) -> bool:
    """Whether there is such a team."""
    return session.execute(text("SELECT 1 FROM team WHERE team_id = :id"), {"id": team_id}).one_or_none() is not None


def remove_team(session: Session, team_id: UUID) -> bool:
    """Dissolve a team; its advisors are of none then. False when there is no such team."""
    session.execute(
        text("UPDATE advisor SET team_id = NULL, version = version + 1 WHERE team_id = :id"), {"id": team_id}
    )
    found = session.execute(text("DELETE FROM team WHERE team_id = :id RETURNING team_id"), {"id": team_id})
    return found.one_or_none() is not None
