"""What a person looks for in a queue: filters and order, as plain values that can be stored and compared."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Any
from uuid import UUID

DUE, NEWEST, OLDEST, ENDED, BEST = "due", "newest", "oldest", "ended", "best"
SORTS = (DUE, NEWEST, OLDEST, ENDED, BEST)
OPEN_VIEWS = ("mine", "team", "unassigned", "triage", "at_risk", "breached", "waiting", "snoozed")
ENDED_VIEW = "closed"
ALL_VIEW = "all"
VIEWS = (*OPEN_VIEWS, ENDED_VIEW, ALL_VIEW)


def sorts_of(view: str, *, is_search: bool = False) -> tuple[str, ...]:
    """The orders that make sense in a view, the usual one first."""
    if is_search:
        return (BEST, NEWEST)
    return (ENDED, NEWEST, OLDEST) if view == ENDED_VIEW else (DUE, NEWEST, OLDEST)


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """What narrows a queue; what is None does not. `place` is a ubigeo or a prefix of one; ages are whole days."""

    q: str | None = None
    topic: str | None = None
    kind: str | None = None
    urgent: bool | None = None
    place: str | None = None
    advisor: UUID | None = None
    state: str | None = None
    min_age_days: int | None = None
    max_age_days: int | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing narrows."""
        return self == CaseFilter()

    def without(self, name: str) -> CaseFilter:
        """The same without one of its filters."""
        return replace(self, **{name: None})

    def values(self) -> dict[str, Any]:
        """What narrows, JSON-ready."""
        return {
            name: str(value) if isinstance(value, UUID) else value
            for name, value in asdict(self).items()
            if value is not None
        }


NO_FILTER = CaseFilter()
FILTER_NAMES = tuple(one.name for one in fields(CaseFilter))
