"""Corrections as rows: what models learn from, what judges them, what people see of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, func, select, text, tuple_
from sqlalchemy.orm import Session

from services.routing.store.learning_models import Correction
from services.routing.store.models import Case


def usable(session: Session) -> list[Correction]:
    """Every decision that still counts and whose text was not dropped, in an order that does not change."""
    return list(
        session.scalars(
            select(Correction)
            .where(Correction.is_superseded.is_(False), Correction.body.is_not(None))
            .order_by(Correction.at, Correction.correction_id)
        )
    )


class Accepted(NamedTuple):
    """A case that the model sorted without triage and that was answered without anybody correcting it."""

    case_id: UUID
    subject_line: str
    body: str
    asker_name: str
    topic: str
    kind: str
    is_urgent: bool
    opened_at: datetime


_ACCEPTED = text("""
    SELECT case_id, subject_line, body, asker_name, topic, kind, is_urgent, opened_at FROM casefile
     WHERE decided_by = 'model' AND NOT needs_triage AND first_answered_at IS NOT NULL
       AND coalesce(outcome, 'answered') = 'answered'
     ORDER BY opened_at DESC, case_id LIMIT :limit
""")


def accepted(session: Session, limit: int) -> list[Accepted]:
    """The newest cases whose topic nobody objected to."""
    return [Accepted(*row) for row in session.execute(_ACCEPTED, {"limit": limit})]


def count_new(session: Session, since: datetime | None) -> int:
    """Decisions against the model after `since` that a training could use."""
    statement = select(func.count()).where(
        Correction.is_superseded.is_(False), Correction.is_confirmation.is_(False), Correction.body.is_not(None)
    )
    if since is not None:
        statement = statement.where(Correction.at > since)
    return session.execute(statement).scalar_one()


def page(session: Session, *, limit: int, after: tuple[datetime, UUID] | None = None) -> Sequence[Row[Correction, str]]:
    """`limit` + 1 decisions with the code of their case, newest first."""
    statement = (
        select(Correction, Case.code)
        .join(Case, Case.case_id == Correction.case_id)
        .order_by(Correction.at.desc(), Correction.correction_id.desc())
        .limit(limit + 1)
    )
    if after is not None:
        statement = statement.where(tuple_(Correction.at, Correction.correction_id) < after)
    return session.execute(statement).all()


def sort_key(row: Row[Correction, str]) -> list[Any]:
    """What the next page begins after."""
    return [row[0].at.isoformat(), str(row[0].correction_id)]


def totals(session: Session) -> dict[str, int]:
    """How many decisions there are: against the model, with it, kept back to judge."""
    row = session.execute(
        text("""
            SELECT count(*) FILTER (WHERE NOT is_confirmation) AS corrections,
                   count(*) FILTER (WHERE is_confirmation) AS confirmations,
                   count(*) FILTER (WHERE is_held_back) AS held_back
              FROM classification_correction WHERE NOT is_superseded
        """)
    ).one()
    return dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name
