"""Review before sending: who may review whom, and whose answers need it."""

from __future__ import annotations

from enum import StrEnum

from services.routing.domain.roles import Right, may

EXPERT = 3
"""The level of a topic at which an advisor may review others on it."""

NOBODY, BEGINNERS, NOT_EXPERTS, EVERYBODY = RULES = (0, 2, 3, 4)
"""`least_level` of a rule: below which level of the topic an advisor's answers are reviewed before they go out."""


class ReviewState(StrEnum):
    """Where a review stands."""

    PENDING = "pending"
    """Somebody must read it; the clocks of the case run on, for nothing was sent."""
    RETURNED = "returned"
    """The author must change it."""
    SENT = "sent"
    """It was approved, and went to the official."""
    ENDED = "ended"
    """Taken back, overtaken by another answer, or the case ended."""


OPEN = (ReviewState.PENDING, ReviewState.RETURNED)


def may_review(role: str, level: int) -> bool:
    """Whether somebody of this role, at this level of the topic, may decide on others' answers. Never on their own."""
    return may(role, Right.REVIEW) or level >= EXPERT


def needs_review(role: str, level: int, least_level: int) -> bool:
    """Whether an answer of this person must be reviewed. Who reviews others sends alone."""
    return not may(role, Right.REVIEW) and level < least_level
