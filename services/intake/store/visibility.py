"""Who may see a consultation: one condition, used by list, sheet, acts, suggestions and whatever comes after them."""

from __future__ import annotations

from typing import Any

from shared.accounts.people import Person

VISIBLE_TO_VIEWER = "consultation.official_id = :viewer_id"
"""The condition, to stand in the WHERE of a statement that is given `visible_to(person)`."""


def visible_to(person: Person) -> dict[str, Any]:
    """The parameters of the condition. An official sees the consultations they sent, and nobody else's exist."""
    return {"viewer_id": person.id}
