"""The log of a case: adding lines, and reading those that move clocks."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.routing.domain.sla import CaseEvent, Classification, EventKind
from services.routing.store.models import Case, CaseHistory

SLA_KINDS = frozenset(EventKind)


def add(
    session: Session,
    case: Case,
    kind: str,
    at: datetime,
    *,
    actor_id: UUID | None = None,
    actor_name: str = "",
    **data: Any,
) -> CaseHistory:
    """Write the next line of a case's log; `data` is JSON-ready."""
    case.history_count += 1
    line = CaseHistory(
        case_id=case.case_id,
        sequence=case.history_count,
        kind=kind,
        at=at,
        actor_id=actor_id,
        actor_name=actor_name,
        data=data,
    )
    session.add(line)
    return line


def lines_of(session: Session, case_id: UUID) -> list[CaseHistory]:
    """The whole log, in order."""
    return list(
        session.scalars(select(CaseHistory).where(CaseHistory.case_id == case_id).order_by(CaseHistory.sequence))
    )


def sla_events(lines: list[CaseHistory]) -> list[CaseEvent]:
    """The lines that the SLA engine knows, as it reads them."""
    return [_event(line) for line in lines if line.kind in SLA_KINDS]


def classification_data(kind: str, topic: str, *, is_urgent: bool) -> dict[str, Any]:
    """How a classification stands in a line."""
    return {"kind": kind, "topic": topic, "is_urgent": is_urgent}


def _event(line: CaseHistory) -> CaseEvent:
    given = line.data.get("classification")
    return CaseEvent(
        id=f"{line.case_id}:{line.sequence}",
        sequence=line.sequence,
        kind=EventKind(line.kind),
        at=line.at,
        classification=None if given is None else Classification(**given),
        is_final=bool(line.data.get("is_final", False)),
    )
