"""The backlog that may be spread anew: cases that wait, and those their advisor has not begun."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from services.routing.store.models import Case

_NOT_BEGUN = """
    (state = 'unstaffed' OR (state = 'assigned' AND idle_at IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM case_note WHERE case_note.case_id = casefile.case_id
                           AND author_id = casefile.advisor_id AND at >= casefile.assigned_at)
        AND NOT EXISTS (SELECT 1 FROM case_draft WHERE case_draft.case_id = casefile.case_id
                           AND author_id = casefile.advisor_id)
        AND NOT EXISTS (SELECT 1 FROM case_history WHERE case_history.case_id = casefile.case_id
                           AND actor_id = casefile.advisor_id AND at >= casefile.assigned_at
                           AND kind NOT IN ('assigned', 'reassigned'))))
"""


def movable(session: Session, limit: int) -> list[Case]:
    """Cases that may move: those without advisor first, urgent ones first, then the oldest."""
    rows = session.execute(
        text(f"""
            SELECT case_id FROM casefile WHERE state IN ('unstaffed', 'assigned') AND {_NOT_BEGUN}
             ORDER BY state = 'unstaffed' DESC, is_urgent DESC, submitted_at, case_id LIMIT :limit
        """),  # noqa: S608 - a constant
        {"limit": limit},
    )
    wanted: list[UUID] = list(rows.scalars())
    found = {case.case_id: case for case in session.scalars(select(Case).where(Case.case_id.in_(wanted)))}
    return [found[case_id] for case_id in wanted if case_id in found]


def lock_still_movable(session: Session, case_ids: list[UUID]) -> list[UUID]:
    """Of these the ones that may still move, locked; those others hold are left out."""
    return list(
        session.execute(
            text(f"""
                SELECT case_id FROM casefile WHERE case_id = ANY(CAST(:ids AS uuid[])) AND {_NOT_BEGUN}
                 ORDER BY case_id FOR UPDATE OF casefile SKIP LOCKED
            """),  # noqa: S608 - a constant
            {"ids": case_ids},
        ).scalars()
    )
