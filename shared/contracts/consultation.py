"""Facts about consultations, as the official acts on them. Owned by intake; the subject is the consultation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from shared.contracts.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks, with the office context that staff need beside the question."""

    official_id: UUID
    full_name: str
    position: str
    ubigeo: str
    municipality: str
    locale: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultationSubmitted(Event):
    """An official sent a consultation and holds its public code."""

    TYPE: ClassVar[str] = "consultation.submitted"

    consultation_id: UUID
    code: str
    asker: Asker
    subject_line: str
    body: str
    topic_hint: str | None = None
    channel: str
    submitted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultationClarified(Event):
    """The official added a message: an answer to a clarification request, or more to say."""

    TYPE: ClassVar[str] = "consultation.clarified"

    consultation_id: UUID
    code: str
    message_id: UUID
    body: str
    clarified_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultationReopened(Event):
    """The official was not helped by the answer and says why."""

    TYPE: ClassVar[str] = "consultation.reopened"

    consultation_id: UUID
    code: str
    message_id: UUID
    reason: str
    reopened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultationWithdrawn(Event):
    """The official no longer needs an answer."""

    TYPE: ClassVar[str] = "consultation.withdrawn"

    consultation_id: UUID
    code: str
    reason: str
    withdrawn_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultationRated(Event):
    """The official rated the answer, 1 (of no use) to 5 (solved it)."""

    TYPE: ClassVar[str] = "consultation.rated"

    consultation_id: UUID
    code: str
    score: int
    comment: str
    rated_at: datetime
