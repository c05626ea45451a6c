"""The clocks of a case as a pure function of its event log, a policy version and a calendar version.

Three promises, none derived from another: the *first* answer, the *next* answer (one clock per exchange) and
the *final* one. Who reads the log again at any time, in any process, gets the same clocks; docs/sla.md tells
the rules in prose.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from services.routing.domain.sla_clock import Clock, ClockState, ClockStatus, Promise, Wait
from services.routing.domain.sla_history import (
    NO_OTHER_VERSIONS,
    CaseEvent,
    EventKind,
    RuleBook,
    ordered_events,
)
from services.routing.domain.sla_policy import Classification, ClockName, PolicyRule, SlaPolicy
from services.routing.domain.working_time import DAY_SECONDS, Calendar, due_second, whole_second

__all__ = [
    "CaseEvent",
    "Classification",
    "ClockName",
    "ClockState",
    "ClockStatus",
    "EventKind",
    "PolicyRule",
    "RuleBook",
    "SlaPolicy",
    "clock_states",
    "current_clocks",
]


def clock_states(
    history: Iterable[CaseEvent],
    policy: SlaPolicy,
    calendar: Calendar,
    now: datetime,
    rule_book: RuleBook = NO_OTHER_VERSIONS,
) -> tuple[ClockState, ...]:
    """Every clock of a case at `now`: first, then each next-response exchange in order, then final.

    `history` may be out of order and hold doubles; events after `now` are not seen, so any past moment can be
    replayed. `policy` and `calendar` are those the case was received under; when its events name versions
    (RECALCULATED, or SUBMITTED with a version that is not the one given), they are looked up in `rule_book`.
    Empty before the case was received. Raises SlaError subclasses.
    """
    moment = whole_second(now)
    events = ordered_events(history, moment)
    if not events:
        return ()
    case = _Case(*events[0], policy, calendar, rule_book)
    for at, event in events[1:]:
        case.settle(at)
        case.apply(at, event)
    case.settle(moment)
    return tuple(clock.state(moment, case.wait) for clock in case.clocks)


def current_clocks(states: Iterable[ClockState]) -> tuple[ClockState, ...]:
    """The clocks a sheet shows: of each name the latest."""
    return tuple({state.name: state for state in states}.values())


class _Case:
    """A case being played along its log."""

    def __init__(self, at: int, event: CaseEvent, policy: SlaPolicy, calendar: Calendar, rule_book: RuleBook) -> None:
        if event.classification is None:  # ordered_events has refused such a log already
            raise AssertionError
        self._rule_book = rule_book
        self._policy = rule_book.policy(event.policy_version, policy)
        self._calendar = rule_book.calendar(event.calendar_version, calendar)
        self._classification: Classification = event.classification
        self._first = Clock(ClockName.FIRST_RESPONSE, 1, at, self._promise(ClockName.FIRST_RESPONSE))
        self._next: list[Clock] = []
        self._resolution = Clock(ClockName.RESOLUTION, 1, at, self._promise(ClockName.RESOLUTION))
        self.wait: Wait | None = None
        self._has_answer = False
        self._is_over = False
        self._may_reopen = True

    @property
    def clocks(self) -> tuple[Clock, ...]:
        return (self._first, *self._next, self._resolution)

    def settle(self, at: int) -> None:
        """Let the time until `at` do its work: an outworn wait ends, then deadlines are missed."""
        if self.wait is not None and self.wait.limit_at <= at:
            self._end_wait(self.wait.limit_at)
        for clock in self._active():
            clock.settle(at)

    def apply(self, at: int, event: CaseEvent) -> None:
        """Let one event do its work. Kinds without a handler move no clock."""
        handler = _HANDLERS.get(event.kind)
        if handler is not None:
            handler(self, at, event)

    def answer_sent(self, at: int, event: CaseEvent) -> None:
        if self._is_over:
            return
        self._end_wait(at)
        self._has_answer = True
        for clock in self._active():
            if clock is not self._resolution or event.is_final:
                clock.stop(at, is_met=True)

    def official_message(self, at: int, _event: CaseEvent) -> None:
        """A message to a closed case ("gracias") moves nothing: taking it up again is a person's decision."""
        if self._is_over:
            return
        self._end_wait(at)
        if self._has_answer:
            self._start_next(at)

    def clarification_requested(self, at: int, _event: CaseEvent) -> None:
        """A second request within a wait does not make the wait longer."""
        if self._is_over or self.wait is not None:
            return
        self.wait = Wait(
            since=at,
            reminder_at=due_second(self._calendar, at, self._policy.waiting_reminder_seconds),
            limit_at=due_second(self._calendar, at, self._policy.waiting_limit_seconds),
        )
        for clock in self._active():
            clock.pause(at)

    def closed(self, at: int, _event: CaseEvent) -> None:
        """Resolved without an answer is *not applicable*, never *met*."""
        if self._is_over:
            return
        self._end_wait(at)
        if self._has_answer and self._resolution.is_active:
            self._resolution.stop(at, is_met=True)
        self._end(at, may_reopen=True)

    def withdrawn(self, at: int, _event: CaseEvent) -> None:
        self._end(at, may_reopen=True)

    def gone(self, at: int, _event: CaseEvent) -> None:
        """Merged into another case or erased: it stops for good, and what is closed keeps its results."""
        self._end(at, may_reopen=False)

    def reopened(self, at: int, event: CaseEvent) -> None:
        """Within the term the final clock resumes and a next clock starts; later the log is another case's.

        Where nothing has ended (it crossed a question on its way) it is a message of the official like any other.
        """
        ended = self._resolution.stopped_at
        if ended is None:
            self.official_message(at, event)
            return
        is_in_time = ended is not None and at - ended <= self._policy.reopen_within_days * DAY_SECONDS
        if not (is_in_time and self._may_reopen):
            return
        self._is_over = False
        self._resolution.reopen(at)
        if self.wait is not None:
            self._end_wait(at)
        self._start_next(at)

    def absorbed(self, at: int, event: CaseEvent) -> None:
        """The survivor answers for the longest wait; what it has answered already stays answered."""
        if event.absorbed_started_at is None:
            return
        started = whole_second(event.absorbed_started_at)
        for clock in (self._first, self._resolution):
            if clock.is_active:
                clock.begin_earlier(at, started)

    def reclassified(self, at: int, event: CaseEvent) -> None:
        if event.classification is not None:
            self._classification = event.classification
            self._promise_anew(at)

    def recalculated(self, at: int, event: CaseEvent) -> None:
        if self._is_over:
            return
        self._policy = self._rule_book.policy(event.policy_version, self._policy)
        self._calendar = self._rule_book.calendar(event.calendar_version, self._calendar)
        self._promise_anew(at)

    def exception_granted(self, _at: int, event: CaseEvent) -> None:
        for clock in self.clocks:
            if clock.is_breached and event.clock in (None, clock.name):
                clock.exceptions.append(f"{event.reason} ({event.signed_by})")

    def _promise_anew(self, at: int) -> None:
        for clock in self._active():
            clock.promise_anew(at, self._promise(clock.name))

    def _end(self, at: int, *, may_reopen: bool) -> None:
        self._may_reopen = self._may_reopen and may_reopen
        if self._is_over:
            return
        self._is_over = True
        self._end_wait(at)
        for clock in self._active():
            clock.stop(at, is_met=False)

    def _end_wait(self, at: int) -> None:
        if self.wait is None:
            return
        self.wait = None
        for clock in self._active():
            clock.resume(at)

    def _start_next(self, at: int) -> None:
        """One exchange at a time: more messages before the answer do not restart its clock."""
        if not any(clock.is_active for clock in self._next):
            promise = self._promise(ClockName.NEXT_RESPONSE)
            self._next.append(Clock(ClockName.NEXT_RESPONSE, len(self._next) + 1, at, promise))

    def _active(self) -> list[Clock]:
        return [clock for clock in self.clocks if clock.is_active]

    def _promise(self, name: ClockName) -> Promise:
        return Promise(
            self._policy.target_seconds(name, self._classification),
            self._calendar,
            self._policy.version,
            self._policy.warning_percents,
        )


_HANDLERS: dict[EventKind, Callable[[_Case, int, CaseEvent], None]] = {
    EventKind.ANSWER_SENT: _Case.answer_sent,
    EventKind.OFFICIAL_MESSAGE: _Case.official_message,
    EventKind.CLARIFICATION_REQUESTED: _Case.clarification_requested,
    EventKind.CLOSED: _Case.closed,
    EventKind.WITHDRAWN: _Case.withdrawn,
    EventKind.MERGED_INTO: _Case.gone,
    EventKind.ANONYMISED: _Case.gone,
    EventKind.REOPENED: _Case.reopened,
    EventKind.ABSORBED: _Case.absorbed,
    EventKind.RECLASSIFIED: _Case.reclassified,
    EventKind.RECALCULATED: _Case.recalculated,
    EventKind.EXCEPTION_GRANTED: _Case.exception_granted,
}
