"""Consultations: each stands once in every service that has a view of it, and all views agree with the desk's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from deploy.local.reconciliation.difference import Difference, differences
from deploy.local.reconciliation.events import EventBooks
from deploy.local.reconciliation.places import Places

_STORED = """
    SELECT consultation_id, code, advisor ->> 'id', advisor_sequence, promised_at
      FROM consultation WHERE consultation_id >= %s
"""
_TOLD = "SELECT entry_id FROM timeline_entry WHERE entry_id >= %s"
_CASES = "SELECT case_id, code, state, advisor_id::text, promised_at FROM casefile WHERE case_id >= %s"
_SEEN = """
    SELECT consultation_id, code, advisor_id::text, advisor_sequence, promised_at, classified_sequence
      FROM consultation WHERE consultation_id >= %s
"""
_CHANGES_ADVISOR = ("case.assigned", "case.reassigned")


@dataclass(frozen=True, slots=True)
class View:
    """A consultation as one service sees it; `sequence` numbers the desk's event that last changed the advisor."""

    code: str
    advisor_id: str | None
    sequence: int
    promised_at: Any


@dataclass(frozen=True, slots=True)
class Case:
    """A consultation as the desk has it."""

    code: str
    state: str
    advisor_id: str | None
    promised_at: Any


@dataclass(frozen=True)
class CaseBooks:
    """The consultations since one moment, as intake, routing and insights see them."""

    stored: Mapping[UUID, View]
    told: frozenset[UUID]
    cases: Mapping[UUID, Case]
    seen: Mapping[UUID, View]
    classified: Mapping[UUID, int]

    @classmethod
    def read(cls, places: Places, since: UUID) -> CaseBooks:
        """Read what is not older than `since`, the lowest identifier of that moment."""
        with places.reader("intake") as reader:
            stored = {row[0]: View(*row[1:]) for row in reader.rows(_STORED, [since])}
            told = frozenset(row[0] for row in reader.rows(_TOLD, [since]))
        with places.reader("routing") as reader:
            cases = {row[0]: Case(*row[1:]) for row in reader.rows(_CASES, [since])}
        with places.reader("insights") as reader:
            rows = reader.rows(_SEEN, [since])
        seen = {row[0]: View(row[1], row[2], row[3] or 0, row[4]) for row in rows}
        return cls(stored, told, cases, seen, {row[0]: row[5] for row in rows})

    def differences(self, submitted: Mapping[UUID, str], events: EventBooks) -> list[Difference]:
        """What breaks I1 (accepted means stored), I3 (once) and I4 (every view is the newest).

        :param submitted: code by identifier of every consultation that somebody holds a receipt for.
        """
        codes = Counter(view.code for view in self.stored.values())
        untold = {event.event_id for event in events.of_type("case.classified", *_CHANGES_ADVISOR)} - self.told
        return [
            *differences("I1", "lost", "accepted, not stored", submitted.keys() - self.stored.keys()),
            *differences("I1", "wrong", "another code than on the receipt", [
                key for key, code in submitted.items() if key in self.stored and self.stored[key].code != code]),
            *differences("I1", "doubled", "stored without a receipt", self.stored.keys() - submitted.keys()),
            *differences("I3", "doubled", "one code twice", [code for code, count in codes.items() if count > 1]),
            *differences("I2", "lost", "stored, no case", self.stored.keys() - self.cases.keys()),
            *differences("I2", "lost", "stored, unknown to insights", self.stored.keys() - self.seen.keys()),
            *differences("I3", "lost", "news of the desk missing in the official's timeline", untold),
            *self._stale(events),
        ]  # fmt: skip

    def _stale(self, events: EventBooks) -> list[Difference]:
        found: list[Difference] = []
        assignments = _newest(events, _CHANGES_ADVISOR)
        for name, views in (("intake", self.stored), ("insights", self.seen)):
            numbers = {key: view.sequence for key, view in views.items()}
            found += differences("I4", "wrong", f"{name} lacks the newest assignment", _behind(numbers, assignments))
            disagreeing = [key for key, case in self.cases.items() if key in views and not _agree(views[key], case)]
            found += differences("I4", "wrong", f"{name} names another advisor or promise than the desk", disagreeing)
        behind = _behind(self.classified, _newest(events, ("case.classified",)))
        return found + differences("I4", "wrong", "insights lacks the newest classification", behind)

    def count(self, keys: Collection[UUID], *states: str) -> int:
        """How many of these consultations have a case in one of these states."""
        return sum(1 for key in keys if key in self.cases and self.cases[key].state in states)


def _agree(view: View, case: Case) -> bool:
    is_same_advisor = view.advisor_id == case.advisor_id or case.advisor_id is None
    return is_same_advisor and view.promised_at == case.promised_at


def _behind(held: Mapping[UUID, int], newest: Mapping[UUID, int]) -> list[UUID]:
    """The consultations whose view is not of the newest event."""
    return [key for key, sequence in newest.items() if key in held and held[key] != sequence]


def _newest(events: EventBooks, types: tuple[str, ...]) -> dict[UUID, int]:
    """The number of the desk's last event of these types, by consultation."""
    newest: dict[UUID, int] = {}
    for event in events.published["routing"]:
        if event.type in types:
            newest[event.subject] = max(event.sequence, newest.get(event.subject, 0))
    return newest
