"""What other rules would do to a case: replayed from its log, beside what happened. Reads only; nothing is decided.

Two questions, kept apart: how would the case have fared had it been received under the new rules (what-if), and where
would its promise move if it adopted them now (which an open case may do, from now on and never in retrospect).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.routing.domain.promise import outlook_of
from services.routing.domain.sla import CaseEvent, ClockState, EventKind, RuleBook, SlaPolicy, clock_states
from services.routing.domain.sla_clock import ClockStatus
from services.routing.domain.working_time import Calendar


@dataclass(frozen=True, slots=True)
class CountedOn:
    """The rules of a case: what it was received under, and the versions its log names since."""

    policy: SlaPolicy
    calendar: Calendar
    book: RuleBook


@dataclass(frozen=True, slots=True)
class ClockComparison:
    """One clock under both rules: statuses, and deadlines where there are some."""

    name: str
    cycle: int
    before: str
    after: str
    due_before: datetime | None
    due_after: datetime | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A case under both rules. `promised_*` and `is_late_*`: of an open case adopting them now."""

    clocks: tuple[ClockComparison, ...]
    promised_before: datetime | None = None
    promised_after: datetime | None = None

    @property
    def has_moved(self) -> bool:
        """Whether adopting the rules now would move what the official was promised."""
        return self.promised_before != self.promised_after

    @property
    def has_other_outcome(self) -> bool:
        """Whether a clock would have ended, or would stand, otherwise."""
        return any(one.before != one.after for one in self.clocks)


def compare(
    events: Sequence[CaseEvent], rules: CountedOn, policy: SlaPolicy | None, calendar: Calendar | None, now: datetime
) -> Comparison:
    """A case under its own rules and under others. `policy` or `calendar` None: that part stays as it was.

    Raises SlaError subclasses when the log cannot be played.
    """
    actual = clock_states(events, rules.policy, rules.calendar, now, rules.book)
    other = clock_states(
        [_without_moves(event, policy, calendar) for event in events],
        policy or rules.policy,
        calendar or rules.calendar,
        now,
        rules.book,
    )
    by_key = {(state.name, state.cycle): state for state in other}
    clocks = tuple(_compared(state, by_key.get((state.name, state.cycle))) for state in actual)
    if not any(state.stopped_at is None for state in actual):
        return Comparison(clocks)
    before = outlook_of(actual).promised_at
    return Comparison(clocks, before, _adopted(events, rules, policy, calendar, now))


def _adopted(
    events: Sequence[CaseEvent], rules: CountedOn, policy: SlaPolicy | None, calendar: Calendar | None, now: datetime
) -> datetime | None:
    move = CaseEvent(
        id="adopted",
        sequence=max(event.sequence for event in events) + 1,
        kind=EventKind.RECALCULATED,
        at=now,
        policy_version=policy.version if policy else "",
        calendar_version=calendar.version if calendar else "",
    )
    book = RuleBook(
        {**rules.book.policies, rules.policy.version: rules.policy} | ({policy.version: policy} if policy else {}),
        {**rules.book.calendars, rules.calendar.version: rules.calendar}
        | ({calendar.version: calendar} if calendar else {}),
    )
    return outlook_of(clock_states([*events, move], rules.policy, rules.calendar, now, book)).promised_at


def _without_moves(event: CaseEvent, policy: SlaPolicy | None, calendar: Calendar | None) -> CaseEvent:
    """A replay under other rules knows no move to what was in force meanwhile."""
    if event.kind is not EventKind.RECALCULATED:
        return event
    return replace(
        event,
        policy_version="" if policy else event.policy_version,
        calendar_version="" if calendar else event.calendar_version,
    )


def _compared(actual: ClockState, other: ClockState | None) -> ClockComparison:
    return ClockComparison(
        str(actual.name),
        actual.cycle,
        str(actual.state),
        str(other.state if other else ClockStatus.NOT_APPLICABLE),
        actual.breached_at or actual.due_at,
        (other.breached_at or other.due_at) if other else None,
    )
