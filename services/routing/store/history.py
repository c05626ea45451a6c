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
    line = next_line(case, kind, at, actor_id=actor_id, actor_name=actor_name, **data)
    keep_line(session, case, line)
    return line


def next_line(
    case: Case, kind: str, at: datetime, *, actor_id: UUID | None = None, actor_name: str = "", **data: Any
) -> CaseHistory:
    """The next line of a case's log, not kept yet: to see what it would do."""
    return CaseHistory(
        case_id=case.case_id,
        sequence=case.history_count + 1,
        kind=kind,
        at=at,
        actor_id=actor_id,
        actor_name=actor_name,
        data=data,
    )


def keep_line(session: Session, case: Case, line: CaseHistory) -> None:
    """Keep a line made by `next_line`, if no other was written since."""
    if line.sequence != case.history_count + 1:
        raise ValueError("another line was written since")
    case.history_count = line.sequence
    session.add(line)


def lines_of(session: Session, case_id: UUID) -> list[CaseHistory]:
    """The whole log, in order."""
    return list(
        session.scalars(select(CaseHistory).where(CaseHistory.case_id == case_id).order_by(CaseHistory.sequence))
    )


def sla_events(lines: list[CaseHistory]) -> list[CaseEvent]:
    """The lines that the SLA engine knows, as it reads them."""
    return [_event(line) for line in lines if line.kind in SLA_KINDS]


def received_under(lines: list[CaseHistory], policy_version: str, calendar_version: str) -> tuple[str, str]:
    """The versions of policy and calendar a case was received under, given those it is counted under now."""
    for line in lines:
        if line.kind == EventKind.RECALCULATED:
            return line.data.get("from_policy", policy_version), line.data.get("from_calendar", calendar_version)
    return policy_version, calendar_version


def lines_of_many(session: Session, case_ids: list[UUID]) -> dict[UUID, list[CaseHistory]]:
    """The whole logs of many cases in one statement, each in order."""
    found: dict[UUID, list[CaseHistory]] = {case_id: [] for case_id in case_ids}
    rows = session.scalars(
        select(CaseHistory).where(CaseHistory.case_id.in_(case_ids)).order_by(CaseHistory.case_id, CaseHistory.sequence)
    )
    for line in rows:
        found[line.case_id].append(line)
    return found


def classification_data(kind: str, topic: str, *, is_urgent: bool) -> dict[str, Any]:
    """How a classification stands in a line."""
    return {"kind": kind, "topic": topic, "is_urgent": is_urgent}


def _event(line: CaseHistory) -> CaseEvent:
    data = line.data
    given, started = data.get("classification"), data.get("absorbed_started_at")
    return CaseEvent(
        id=f"{line.case_id}:{line.sequence}",
        sequence=line.sequence,
        kind=EventKind(line.kind),
        at=line.at,
        classification=None if given is None else Classification(**given),
        is_final=bool(data.get("is_final", False)),
        absorbed_started_at=datetime.fromisoformat(started) if started else None,
        undoes=int(data.get("undoes", 0)),
        policy_version=data.get("policy_version", ""),
        calendar_version=data.get("calendar_version", ""),
    )
