"""Who is told of a change: the rule of `visible_to`, over what a change says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from services.routing.domain.case_state import LOAD_STATES, OPEN_STATES, CaseState

_OPEN = {str(state) for state in OPEN_STATES}
_LOAD = {str(state) for state in LOAD_STATES}
_OWN_QUEUES = {
    str(CaseState.UNSTAFFED): "unassigned",
    str(CaseState.TRIAGE): "triage",
    str(CaseState.WAITING): "waiting",
    str(CaseState.ANSWERED): "closed",
    str(CaseState.CLOSED): "closed",
}


class Changed(Protocol):
    """What a change says of a case."""

    @property
    def code(self) -> str: ...  # noqa: D102 - as the feed has it
    @property
    def version(self) -> int: ...  # noqa: D102 - the same
    @property
    def is_new(self) -> bool: ...  # noqa: D102 - the same
    @property
    def was_state(self) -> str | None: ...  # noqa: D102 - the same
    @property
    def was_advisor_id(self) -> UUID | None: ...  # noqa: D102 - the same
    @property
    def state(self) -> str: ...  # noqa: D102 - the same
    @property
    def topic(self) -> str: ...  # noqa: D102 - the same
    @property
    def advisor_id(self) -> UUID | None: ...  # noqa: D102 - the same
    @property
    def last_advisor_id(self) -> UUID | None: ...  # noqa: D102 - the same
    @property
    def triage_topics(self) -> frozenset[str]: ...  # noqa: D102 - the same


@dataclass(frozen=True, slots=True)
class Watcher:
    """Who watches. `sees_all`: supervisors; others see their own cases and those of their topics."""

    person_id: UUID
    sees_all: bool
    topics: frozenset[str]

    def sees(self, change: Changed) -> bool:
        """Whether the person may see the case as it is now."""
        return (
            self.sees_all
            or self.person_id in (change.advisor_id, change.last_advisor_id)
            or change.topic in self.topics
            or bool(change.triage_topics & self.topics)
        )

    def told(self, change: Changed) -> dict[str, Any] | None:
        """What the person is told; None: nothing, it is not their business.

        A case that left their sight is not named: only that their own queue has one less.
        """
        if self.sees(change):
            views = {"all"} | self._views(change.state, change.advisor_id)
            if change.was_state is not None:
                views |= self._views(change.was_state, change.was_advisor_id)
            return {
                "code": change.code, "version": change.version, "is_new": change.is_new, "state": change.state,
                "views": sorted(views),
            }  # fmt: skip
        if change.was_advisor_id == self.person_id:
            return {"views": ["mine"]}
        return None

    def _views(self, state: str, advisor_id: UUID | None) -> set[str]:
        views = {_OWN_QUEUES[state]} if state in _OWN_QUEUES else set()
        if state in _OPEN:
            views |= {"team", "at_risk", "breached"}
        if state in _LOAD and advisor_id == self.person_id:
            views.add("mine")
        return views
