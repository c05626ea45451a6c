"""Merged cases and their survivor, always locked in the same order: the survivor first, then what is merged into it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from services.routing.store.cases import visible_to
from services.routing.store.models import Case, CaseAlarm, CaseHistory, CaseMessage
from shared.accounts.people import Person


def lock_pair(session: Session, codes: tuple[str, str], person: Person) -> tuple[Case | None, Case | None]:
    """Two cases that a person may see, in the order asked for; locked in the order of their identifiers."""
    found = session.scalars(
        select(Case)
        .where(Case.code.in_([code.strip().upper() for code in codes]), visible_to(person))
        .order_by(Case.case_id)
        .with_for_update(of=Case)
        .execution_options(populate_existing=True)
    )
    by_code = {case.code: case for case in found}
    first, second = codes
    return by_code.get(first.strip().upper()), by_code.get(second.strip().upper())


def survivor_id_of(session: Session, case_id: UUID) -> UUID | None:
    """Into which case a case is merged at this moment; read without a lock, to know what to lock first."""
    return session.execute(
        text("SELECT merged_into_id FROM casefile WHERE case_id = :id"), {"id": case_id}
    ).scalar_one_or_none()


def visible_survivor_code(session: Session, code: str, person: Person) -> str | None:
    """Where a case is dealt with that was merged, if the person may see both; None otherwise."""
    survivor_id = session.scalars(
        select(Case.merged_into_id).where(Case.code == code.strip().upper(), visible_to(person))
    ).one_or_none()
    if survivor_id is None:
        return None
    return session.scalars(select(Case.code).where(Case.case_id == survivor_id, visible_to(person))).one_or_none()


def name_of(session: Session, account_id: UUID) -> str:
    """The name of a member of staff."""
    name: str = session.execute(
        text("SELECT full_name FROM account WHERE account_id = :id"), {"id": account_id}
    ).scalar_one()
    return name


def lock_merged(session: Session, survivor_id: UUID) -> list[Case]:
    """The cases merged into one whose row this transaction holds, oldest merge first."""
    return list(
        session.scalars(
            select(Case)
            .where(Case.merged_into_id == survivor_id)
            .order_by(Case.case_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )


def merged_into(session: Session, survivor_id: UUID) -> list[Case]:
    """The cases merged into one, for reading."""
    return list(session.scalars(select(Case).where(Case.merged_into_id == survivor_id).order_by(Case.merged_at)))


def surviving(session: Session, case_ids: Sequence[UUID]) -> set[UUID]:
    """Which of these cases others are merged into; one statement."""
    if not case_ids:
        return set()
    found = session.scalars(select(Case.merged_into_id).where(Case.merged_into_id.in_(case_ids)))
    return {case_id for case_id in found if case_id is not None}


def told_along(session: Session, survivor_id: UUID) -> list[Case]:
    """Whose officials are told what is written in the survivor's thread now.

    All, until they were answered. After that the thread may turn to what the survivor's own official writes next,
    which is nobody else's business; who writes back themselves is told again.
    """
    ids = list(session.execute(_TOLD_ALONG, {"id": survivor_id}).scalars())
    if not ids:
        return []
    return list(session.scalars(select(Case).where(Case.case_id.in_(ids)).order_by(Case.merged_at)))


_TOLD_ALONG = text("""
    SELECT case_id FROM casefile AS merged
      CROSS JOIN LATERAL (
        SELECT max(sequence) FILTER (WHERE kind = 'merged_into') AS begins FROM case_history
         WHERE case_history.case_id = merged.case_id) AS line
      CROSS JOIN LATERAL (
        SELECT max(at) FILTER (WHERE kind IN ('answer_sent', 'closed')) AS told,
               max(at) FILTER (WHERE kind = 'official_message') AS wrote
          FROM case_history WHERE case_history.case_id = merged.case_id AND sequence > line.begins) AS own
      CROSS JOIN LATERAL (
        SELECT max(at) AS wrote FROM case_history
         WHERE case_id = :id AND kind IN ('official_message', 'reopened') AND data ->> 'code' IS NULL) AS other
     WHERE merged_into_id = :id
       AND NOT coalesce(other.wrote > own.told AND NOT coalesce(own.wrote > own.told, false), false)
""")


def is_told_since(session: Session, case_id: UUID, sequence: int) -> bool:
    """Whether the official of a merged case was answered, or told of its end, after a line of its log."""
    found: bool = session.execute(
        text("""
            SELECT EXISTS (SELECT 1 FROM case_history WHERE case_id = :id AND sequence > :sequence
                              AND kind IN ('answer_sent', 'closed'))
        """),
        {"id": case_id, "sequence": sequence},
    ).scalar_one()
    return found


def written_to_merged(session: Session, survivor_id: UUID) -> list[CaseMessage]:
    """What officials wrote to the cases merged into one. What they were answered stands in the survivor's thread."""
    return list(
        session.scalars(
            select(CaseMessage)
            .join(Case, Case.case_id == CaseMessage.case_id)
            .where(Case.merged_into_id == survivor_id, CaseMessage.kind.in_(("clarification", "reopening")))
        )
    )


def merge_line(session: Session, case_id: UUID) -> CaseHistory:
    """The newest line of a merged case that says into what it was merged, and how it stood before."""
    return session.scalars(
        select(CaseHistory)
        .where(CaseHistory.case_id == case_id, CaseHistory.kind == "merged_into")
        .order_by(CaseHistory.sequence.desc())
        .limit(1)
    ).one()


def forget_alarms(session: Session, case_id: UUID, keys: list[str]) -> None:
    """Alarms that were given and that the clocks do not call for any more can be given again when their time comes."""
    if keys:
        for alarm in session.scalars(select(CaseAlarm).where(CaseAlarm.case_id == case_id, CaseAlarm.key.in_(keys))):
            session.delete(alarm)
