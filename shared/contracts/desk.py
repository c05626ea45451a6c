"""Facts among staff about a case: reviews before sending, and notes that call somebody. Owned by routing.

No text of a case or a note travels with them: whoever is told reads it at the desk, where it is known who may.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from shared.contracts.case import Advisor
from shared.contracts.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseReviewRequested(Event):
    """An answer waits for a second advisor; `reviewer_ids` are those who may decide and are told. Nothing was sent."""

    TYPE: ClassVar[str] = "case.review_requested"

    consultation_id: UUID
    code: str
    subject_line: str
    author: Advisor
    round: int
    reviewer_ids: tuple[UUID, ...]
    requested_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseReviewDecided(Event):
    """The reviewer decided on an answer; `decision` is approved (it was sent) or returned (it was not)."""

    TYPE: ClassVar[str] = "case.review_decided"

    consultation_id: UUID
    code: str
    subject_line: str
    author_id: UUID
    reviewer: Advisor
    decision: str
    decided_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseMentioned(Event):
    """A note on a case calls members of staff who may see it."""

    TYPE: ClassVar[str] = "case.mentioned"

    consultation_id: UUID
    code: str
    subject_line: str
    author: Advisor
    mentioned_ids: tuple[UUID, ...]
    mentioned_at: datetime
