"""Before asking again: what the same official asked before that was answered and is like what they are typing."""

from __future__ import annotations

from sqlalchemy.orm import Session

from services.intake.domain.similarity import rank
from services.intake.store import reading
from services.intake.store.reading import Summary
from shared.accounts.people import Person

_LOOKED_THROUGH = 200
_AT_LEAST = 0.15
_CHARACTERS = 1000


def suggest(session: Session, person: Person, typed: str, *, limit: int) -> list[Summary]:
    """The person's answered consultations most like a text, best first."""
    answered = reading.answered(session, person, limit=_LOOKED_THROUGH)
    texts = [f"{summary.subject_line} {summary.body[:_CHARACTERS]}" for summary in answered]
    return [answered[position] for position, _ in rank(typed, texts, at_least=_AT_LEAST)[:limit]]
