"""What is kept of a consultation: enough for the letters about it, and whether its first letter was written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Consultation:
    """A consultation as its sender knows it."""

    consultation_id: UUID
    code: str
    official_id: UUID
    subject_line: str
    submitted_at: datetime


def put_submitted(session: Session, consultation: Consultation) -> None:
    """Keep a consultation that was submitted."""
    session.execute(
        text("""
            INSERT INTO consultation (consultation_id, code, official_id, subject_line, submitted_at)
            VALUES (:consultation_id, :code, :official_id, :subject_line, :submitted_at)
            ON CONFLICT (consultation_id) DO NOTHING
        """),
        {
            "consultation_id": consultation.consultation_id,
            "code": consultation.code,
            "official_id": consultation.official_id,
            "subject_line": consultation.subject_line,
            "submitted_at": consultation.submitted_at,
        },
    )


def is_acknowledged(session: Session, consultation_id: UUID) -> bool:
    """Whether the letter that says "received" was written; False when nothing is known of the consultation yet."""
    found = session.execute(
        text("""
            SELECT EXISTS (SELECT FROM consultation WHERE consultation_id = :id AND acknowledged_at IS NOT NULL)
        """),
        {"id": consultation_id},
    )
    return bool(found.scalar_one())


def acknowledge(session: Session, consultation_id: UUID) -> Consultation | None:
    """Claim the writing of the letter that says "received"; None when it was written, or nothing is known yet."""
    row = session.execute(
        text("""
            UPDATE consultation SET acknowledged_at = clock_timestamp()
             WHERE consultation_id = :id AND acknowledged_at IS NULL
            RETURNING consultation_id, code, official_id, subject_line, submitted_at
        """),
        {"id": consultation_id},
    ).one_or_none()
    return None if row is None else Consultation(*row)


def subject_line_of(session: Session, consultation_id: UUID) -> str:
    """What the official called the question; empty when it is not known here."""
    found = session.execute(
        text("SELECT subject_line FROM consultation WHERE consultation_id = :id"), {"id": consultation_id}
    ).scalar_one_or_none()
    return found or ""
