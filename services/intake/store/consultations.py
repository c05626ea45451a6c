"""What an official writes: consultations, messages, ratings. Rows are locked before an act is judged."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from services.intake.domain.lifecycle import Status
from services.intake.store.visibility import VISIBLE_TO_VIEWER, visible_to
from shared.accounts.people import Person
from shared.ids import new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class NewConsultation:
    """A consultation as it is stored when it is sent."""

    id: UUID
    code: str
    official_id: UUID
    channel: str
    subject_line: str
    body: str
    topic_hint: str | None
    submitted_at: datetime | None = None
    """When it was sent; None for now."""


@dataclass(frozen=True, slots=True)
class Held:
    """A consultation whose row is locked by this transaction."""

    id: UUID
    code: str
    status: Status
    answered_at: datetime | None
    closed_at: datetime | None
    rating_score: int | None
    rating_comment: str | None
    first_rated_at: datetime | None

    @property
    def ended_at(self) -> datetime | None:
        """When it was last answered or closed."""
        return max(filter(None, (self.answered_at, self.closed_at)), default=None)


def insert(session: Session, new: NewConsultation) -> datetime | None:
    """Store a consultation with the first line of its timeline; returns when, or None when its code is taken."""
    submitted_at: datetime | None = session.execute(_INSERT, {
        "id": new.id, "code": new.code, "official_id": new.official_id, "channel": new.channel,
        "subject_line": new.subject_line, "body": new.body, "topic_hint": new.topic_hint,
        "status": Status.RECEIVED, "entry_id": new_id(), "submitted_at": new.submitted_at,
    }).scalar()  # fmt: skip
    return submitted_at


_INSERT = text("""
    WITH stored AS (
        INSERT INTO consultation (consultation_id, code, official_id, channel, subject_line, body, topic_hint,
                                  submitted_at, status)
        VALUES (:id, :code, :official_id, :channel, :subject_line, :body, :topic_hint,
                coalesce(CAST(:submitted_at AS timestamptz), transaction_timestamp()), :status)
        ON CONFLICT (code) DO NOTHING RETURNING consultation_id, submitted_at
    )
    INSERT INTO timeline_entry (consultation_id, entry_id, type, happened_at, data)
    SELECT consultation_id, :entry_id, 'consultation.submitted', submitted_at, '{}' FROM stored
    RETURNING happened_at
""")


@dataclass(frozen=True, slots=True)
class Sent:
    """A consultation that is there already."""

    id: UUID
    code: str
    status: Status
    submitted_at: datetime


def find_same_locked(
    session: Session, official_id: UUID, subject_line: str, body: str, *, since: datetime
) -> Sent | None:
    """The newest consultation of an official with this text since a moment, unless withdrawn; locks their sending."""
    session.execute(
        text("SELECT 1 FROM official WHERE account_id = :id FOR NO KEY UPDATE"), {"id": official_id}
    ).one_or_none()
    row = session.execute(
        text("""
            SELECT consultation_id, code, status, submitted_at FROM consultation
             WHERE official_id = :id AND submitted_at >= :since AND status <> :withdrawn
               AND subject_line = :subject_line AND body = :body
             ORDER BY consultation_id DESC LIMIT 1
        """),
        {
            "id": official_id, "since": since, "withdrawn": Status.WITHDRAWN, "subject_line": subject_line,
            "body": body,
        },
    ).one_or_none()  # fmt: skip
    return None if row is None else Sent(row[0], row[1], Status(row[2]), row[3])


def owner_of(session: Session, consultation_id: UUID) -> UUID | None:
    """Whose consultation it is; None when there is none."""
    owner: UUID | None = session.execute(
        text("SELECT official_id FROM consultation WHERE consultation_id = :id"), {"id": consultation_id}
    ).scalar_one_or_none()
    return owner


def find_locked(session: Session, code: str, person: Person) -> Held | None:
    """Lock a consultation that a person may act upon; None when there is none they may see."""
    row = session.execute(
        text(f"""
            SELECT consultation_id, code, status, answered_at, closed_at, rating_score, rating_comment, first_rated_at
              FROM consultation WHERE code = :code AND {VISIBLE_TO_VIEWER} FOR UPDATE
        """),  # noqa: S608 - a constant condition
        {"code": code, **visible_to(person)},
    ).one_or_none()
    return None if row is None else Held(row[0], row[1], Status(row[2]), *row[3:])


def set_status(session: Session, consultation_id: UUID, status: Status) -> None:
    """Move a locked consultation."""
    session.execute(
        text("UPDATE consultation SET status = :status WHERE consultation_id = :id"),
        {"id": consultation_id, "status": status},
    )


def set_rating(
    session: Session, consultation_id: UUID, *, score: int, comment: str, rated_at: datetime, first_rated_at: datetime
) -> None:
    """Store the rating of a locked consultation."""
    session.execute(
        text("""
            UPDATE consultation SET rating_score = :score, rating_comment = :comment, rated_at = :rated_at,
                   first_rated_at = :first_rated_at WHERE consultation_id = :id
        """),
        {
            "id": consultation_id, "score": score, "comment": comment, "rated_at": rated_at,
            "first_rated_at": first_rated_at,
        },
    )  # fmt: skip


def add_message(
    session: Session, consultation_id: UUID, message_id: UUID, *, author_name: str, kind: str, body: str, at: datetime
) -> None:
    """Append what the official wrote to the thread."""
    session.execute(
        text("""
            INSERT INTO thread_message (message_id, consultation_id, author, author_name, kind, body, sent_at)
            VALUES (:message_id, :id, 'official', :author_name, :kind, :body, :at)
        """),
        {
            "message_id": message_id, "id": consultation_id, "author_name": author_name, "kind": kind, "body": body,
            "at": at,
        },
    )  # fmt: skip


def add_entry(session: Session, consultation_id: UUID, *, type_: str, at: datetime, data: dict[str, Any]) -> None:
    """Append what the official did to the timeline."""
    session.execute(
        text("""
            INSERT INTO timeline_entry (consultation_id, entry_id, type, happened_at, data)
            VALUES (:id, :entry_id, :type, :at, CAST(:data AS jsonb))
        """),
        {"id": consultation_id, "entry_id": new_id(), "type": type_, "at": at, "data": json.dumps(data)},
    )
