"""Who looks at which case at the moment, and who is answering. Worth a minute, kept in a table that is not logged."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from services.routing.store.models import Base

VIEWING, ANSWERING = ACTIVITIES = ("viewing", "answering")
LASTS = timedelta(seconds=60)
"""A sign of life counts this long; the page gives one every twenty seconds."""

_KEPT = timedelta(hours=1)


class CasePresence(Base):
    """The last sign of life of a person on a case, and the last of them answering it."""

    __tablename__ = "case_presence"

    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime]
    answering_at: Mapped[datetime | None]


def note(session: Session, case_id: UUID, person_id: UUID, activity: str) -> None:
    """A sign of life. Looking at a case does not end answering it."""
    session.execute(
        text("""
            INSERT INTO case_presence AS kept (case_id, person_id, seen_at, answering_at)
            VALUES (:case, :person, clock_timestamp(), CASE WHEN :is_answering THEN clock_timestamp() END)
            ON CONFLICT (case_id, person_id) DO UPDATE
               SET seen_at = excluded.seen_at, answering_at = coalesce(excluded.answering_at, kept.answering_at)
        """),
        {"case": case_id, "person": person_id, "is_answering": activity == ANSWERING},
    )


def leave(session: Session, case_id: UUID, person_id: UUID) -> None:
    """The person went, or sent what they wrote."""
    session.execute(
        delete(CasePresence)
        .where(CasePresence.case_id == case_id, CasePresence.person_id == person_id)
        .execution_options(synchronize_session=False)
    )


def others(session: Session, case_ids: Iterable[UUID], person_id: UUID) -> dict[UUID, list[dict[str, Any]]]:
    """Who else is at these cases now: name and activity, who answers first. One statement for a whole page."""
    wanted = list(case_ids)
    rows = session.execute(
        text("""
            SELECT case_id, full_name, coalesce(answering_at > clock_timestamp() - :lasts, false) AS is_answering
              FROM case_presence JOIN account ON account_id = person_id
             WHERE case_id = ANY(:cases) AND person_id <> :me AND seen_at > clock_timestamp() - :lasts
             ORDER BY is_answering DESC, full_name
        """),
        {"cases": wanted, "me": person_id, "lasts": LASTS},
    )
    found: dict[UUID, list[dict[str, Any]]] = {}
    for row in rows:
        entry = {"full_name": row.full_name, "activity": ANSWERING if row.is_answering else VIEWING}
        found.setdefault(row.case_id, []).append(entry)
    return found


def forget_old(session: Session, now: datetime) -> None:
    """Drop signs of life that are long over."""
    session.execute(
        delete(CasePresence).where(CasePresence.seen_at < now - _KEPT).execution_options(synchronize_session=False)
    )
