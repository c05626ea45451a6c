"""Which cases a trial or a recalculation goes over, and how far it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text
from sqlalchemy.orm import Session

from services.routing.store.models import Case
from services.routing.store.rule_models import SlaRun, SlaRunItem

_OPEN = "state IN ('triage', 'unstaffed', 'assigned', 'waiting')"


def note_trial_cases(session: Session, run_id: UUID, since: datetime, most: int) -> int:
    """Note the open cases, and those received since a moment, newest first, `most` of them; returns how many."""
    return _count(
        session,
        f"""
        INSERT INTO sla_run_item (run_id, case_id)
        SELECT :run_id, case_id FROM casefile WHERE {_OPEN} OR submitted_at >= :since
         ORDER BY {_OPEN} DESC, submitted_at DESC, case_id LIMIT :most
        """,  # noqa: S608 - the inserted words are our own constant
        {"run_id": run_id, "since": since, "most": most},
    )


def note_open_cases(session: Session, run_id: UUID) -> int:
    """Note every open case; returns how many."""
    return _count(
        session,
        f"INSERT INTO sla_run_item (run_id, case_id) SELECT :run_id, case_id FROM casefile WHERE {_OPEN}",  # noqa: S608 - as above
        {"run_id": run_id},
    )


def _count(session: Session, statement: str, values: dict[str, Any]) -> int:
    return len(session.execute(text(statement + " RETURNING case_id"), values).all())


def next_cases(session: Session, run_id: UUID, most: int, *, is_locking: bool) -> list[Case]:
    """The next cases of a run; when locking, those that nobody else holds at this moment."""
    statement = (
        select(Case)
        .join(SlaRunItem, SlaRunItem.case_id == Case.case_id)
        .where(SlaRunItem.run_id == run_id, SlaRunItem.is_done.is_(False))
        .order_by(Case.case_id)
        .limit(most)
        .execution_options(populate_existing=True)
    )
    if is_locking:
        statement = statement.with_for_update(of=Case, skip_locked=True)
    return list(session.scalars(statement))


def mark_done(session: Session, run_id: UUID, results: Sequence[dict[str, Any]]) -> None:
    """Note what came of cases: `case_id`, `is_changed`, `result` (JSON text) of each."""
    session.execute(
        text("""
            UPDATE sla_run_item AS item SET is_done = true, is_changed = found.is_changed, result = found.result
              FROM unnest(CAST(:case_id AS uuid[]), CAST(:is_changed AS boolean[]), CAST(:result AS jsonb[]))
                   AS found (case_id, is_changed, result)
             WHERE item.run_id = :run_id AND item.case_id = found.case_id
        """),
        {"run_id": run_id} | {name: [one[name] for one in results] for name in ("case_id", "is_changed", "result")},
    )


def has_more(session: Session, run_id: UUID) -> bool:
    """Whether cases of a run are still to be looked at."""
    statement = select(SlaRunItem.case_id).where(SlaRunItem.run_id == run_id, SlaRunItem.is_done.is_(False)).limit(1)
    return session.execute(statement).one_or_none() is not None


def changed_cases(session: Session, run_id: UUID, limit: int, after: UUID | None = None) -> Sequence[Row[Any]]:
    """The cases that a run moved or would move, in order of case: code, subject, topic, result."""
    return session.execute(
        text("""
            SELECT item.case_id, code, left(subject_line, 120) AS subject, topic, casefile.state, item.result
              FROM sla_run_item AS item JOIN casefile USING (case_id)
             WHERE item.run_id = :run_id AND item.is_changed
               AND (CAST(:after AS uuid) IS NULL OR item.case_id > CAST(:after AS uuid))
             ORDER BY item.case_id LIMIT :limit
        """),
        {"run_id": run_id, "limit": limit, "after": after},
    ).all()


def newest(session: Session, limit: int, **wanted: Any) -> list[SlaRun]:
    """The newest runs, of a purpose or a kind where given."""
    return list(session.scalars(select(SlaRun).filter_by(**wanted).order_by(SlaRun.asked_at.desc()).limit(limit)))


def forget_trials(session: Session, before: datetime) -> None:
    """Drop previews and trials nobody published, with their cases; what was adopted or published stays as evidence."""
    session.execute(
        text("""
            DELETE FROM sla_run WHERE purpose IN ('trial', 'preview') AND asked_at < :before
               AND NOT EXISTS (SELECT FROM sla_edition WHERE trial_id = run_id)
        """),
        {"before": before},
    )
