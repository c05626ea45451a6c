"""The event log of a case, as the SLA engine reads it: the only truth about its clocks.

The log is forgiving about delivery and strict about order: an event told three times counts once, events told
out of order are put back by `sequence` (the version of the case that recorded them), and a machine whose clock
lags cannot place an effect before its cause.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from services.routing.domain.sla_errors import InvalidHistoryError
from services.routing.domain.sla_policy import Classification, ClockName, SlaPolicy
from services.routing.domain.working_time import Calendar, whole_second


class EventKind(StrEnum):
    """What can happen to a case, and what it does to the clocks."""

    SUBMITTED = "submitted"
    """Received: starts first and final. Carries the classification."""
    ANSWER_SENT = "answer_sent"
    """A public answer by a person: meets first and next; with `is_final`, the final clock too."""
    OFFICIAL_MESSAGE = "official_message"
    """The official wrote: ends a wait; after a first answer, starts the next clock unless one runs."""
    CLARIFICATION_REQUESTED = "clarification_requested"
    """A person asked the official for something: pauses every clock. It is no answer."""
    CLOSED = "closed"
    """Ended by staff: the final clock is met if an answer was given; what is unanswered does not apply."""
    REOPENED = "reopened"
    """Taken up again in time: the final clock resumes and a next clock starts."""
    WITHDRAWN = "withdrawn"
    """Taken back by the official: what runs does not apply."""
    MERGED_INTO = "merged_into"
    """Merged into another case: this one stops for good."""
    ABSORBED = "absorbed"
    """Another case was merged into this one: running clocks keep the earliest start."""
    UNMERGED = "unmerged"
    """A merge is undone: from here on the log reads as if the line it `undoes` had never been written."""
    ANONYMISED = "anonymised"
    """Erased at a person's request: an open case stops for good, a closed one keeps its results."""
    RECLASSIFIED = "reclassified"
    """Other topic, kind or urgency: running clocks get the new target and keep their elapsed time."""
    RECALCULATED = "recalculated"
    """Explicit, audited change of policy or calendar version: open clocks only."""
    EXCEPTION_GRANTED = "exception_granted"
    """A signed line beside a breach; the breach stays."""
    # What follows is in the log and moves no clock; each is named so that nobody has to wonder.
    ANSWER_DRAFTED = "answer_drafted"
    INTERNAL_NOTE = "internal_note"
    AUTOMATIC_REPLY = "automatic_reply"
    DELIVERY_FAILED = "delivery_failed"
    REASSIGNED = "reassigned"
    SPLIT_OFF = "split_off"


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """One line of the log. `at` is aware; `sequence` is the case's version, unique and ascending.

    `policy_version`, `calendar_version`: on SUBMITTED what the case is frozen to, on RECALCULATED what it
    moves to (empty: unchanged). `absorbed_started_at`: on ABSORBED, when the other case began.
    `undoes`: on UNMERGED, the sequence of the MERGED_INTO or ABSORBED line of the same log.
    `clock`, `reason`, `signed_by`: on EXCEPTION_GRANTED.
    """

    id: str
    sequence: int
    kind: EventKind
    at: datetime
    classification: Classification | None = None
    is_final: bool = False
    absorbed_started_at: datetime | None = None
    undoes: int = 0
    policy_version: str = ""
    calendar_version: str = ""
    clock: ClockName | None = None
    reason: str = ""
    signed_by: str = ""


@dataclass(frozen=True, slots=True)
class RuleBook:
    """Versions of policies and calendars that events name, beside those the case began with."""

    policies: Mapping[str, SlaPolicy] = field(default_factory=dict)
    calendars: Mapping[str, Calendar] = field(default_factory=dict)

    def policy(self, version: str, current: SlaPolicy) -> SlaPolicy:
        """The policy of a version, `current` when empty or its own. Raises InvalidHistoryError."""
        if not version or version == current.version:
            return current
        if version not in self.policies:
            raise _missing_version(version)
        return self.policies[version]

    def calendar(self, version: str, current: Calendar) -> Calendar:
        """The calendar of a version, `current` when empty or its own. Raises InvalidHistoryError."""
        if not version or version == current.version:
            return current
        if version not in self.calendars:
            raise _missing_version(version)
        return self.calendars[version]


NO_OTHER_VERSIONS = RuleBook()
_UNDOABLE = (EventKind.MERGED_INTO, EventKind.ABSORBED)


def ordered_events(history: Iterable[CaseEvent], now: int) -> list[tuple[int, CaseEvent]]:
    """The log up to `now`: each event once, in order of record, with the UTC second at which it takes effect.

    Time never runs backwards along the log. Events later than `now` are left out, so that any past moment of a
    case can be replayed; so is a merge that was undone by then. Raises InvalidHistoryError unless the log begins
    with a classified SUBMITTED.
    """
    once: dict[str, CaseEvent] = {}
    for event in history:
        once.setdefault(event.id, event)
    in_order = sorted(once.values(), key=lambda event: (event.sequence, event.at, event.id))
    if not in_order or in_order[0].kind is not EventKind.SUBMITTED or in_order[0].classification is None:
        raise InvalidHistoryError(
            "El historial de un caso empieza con su recepción, ya clasificada.",
            "The history of a case begins with its reception, classified.",
        )
    timed: list[tuple[int, CaseEvent]] = []
    moment = whole_second(in_order[0].at)
    for event in in_order:
        moment = max(moment, whole_second(event.at))
        if moment <= now:
            timed.append((moment, event))
    undone = {event.undoes for _, event in timed if event.kind is EventKind.UNMERGED}
    return [(at, event) for at, event in timed if not (event.kind in _UNDOABLE and event.sequence in undone)]


def _missing_version(version: str) -> InvalidHistoryError:
    return InvalidHistoryError(
        f"No está a mano la versión «{version}» con la que se contó este caso.",
        f"The version “{version}” this case was counted under is not at hand.",
    )
