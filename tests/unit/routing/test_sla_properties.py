"""Properties every case must have, over random histories."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.routing.domain.sla import (
    CaseEvent,
    ClockName,
    ClockStatus,
    EventKind,
    clock_states,
    current_clocks,
)
from services.routing.domain.sla_alarms import alarms_of
from services.routing.domain.working_time import working_seconds_between
from tests.support.sla_cases import DESK, POLICY, lima
from tests.support.sla_random import random_log, seeded

logs = st.integers(0, 2**32).map(lambda seed: random_log(seeded(seed)))
nows = st.integers(0, 25 * 86_400).map(lambda seconds: lima("2026-07-20 00:00") + timedelta(seconds=seconds))
waits = st.integers(1, 200_000)
unhurried = settings(deadline=None, max_examples=200)


def at_the_end(log: list[CaseEvent], later: int = 0):
    return clock_states(log, POLICY, DESK, log[-1].at + timedelta(seconds=later))


@unhurried
@given(logs, nows)
def test_the_counted_intervals_add_up_to_the_elapsed_time(log, now):
    for state in clock_states(log, POLICY, DESK, now):
        assert sum(interval.seconds for interval in state.intervals) == state.elapsed_seconds
        assert state.elapsed_seconds + state.remaining_seconds == state.target_seconds
        last = state.stopped_at or now
        assert state.elapsed_seconds <= working_seconds_between(DESK, state.started_at, last)


@unhurried
@given(logs, nows)
def test_deadlines_and_warnings_lie_in_open_windows_or_at_their_end(log, now):
    second = timedelta(seconds=1)
    for state in clock_states(log, POLICY, DESK, now):
        moments = [state.due_at, state.breached_at, *(at for _, at in state.warnings)]
        for moment in filter(None, moments):
            assert working_seconds_between(DESK, moment - second, moment + second) > 0
        if state.warn_at:
            assert state.started_at <= state.warn_at <= state.due_at


@unhurried
@given(logs, nows)
def test_each_status_says_what_it_means(log, now):
    for state in clock_states(log, POLICY, DESK, now):
        assert (state.state is ClockStatus.BREACHED) == (state.breached_at is not None)
        assert (state.state is ClockStatus.MET) == (state.met_at is not None)
        if state.state is ClockStatus.RUNNING:
            assert state.due_at >= now.replace(microsecond=0)
            assert state.explanation.seconds == max(state.target_seconds, state.elapsed_seconds)
        if state.state is ClockStatus.PAUSED:
            assert (state.due_at, state.warn_at) == (None, None)
            assert state.waiting_limit_at > now
        if state.state is ClockStatus.MET:
            assert state.met_at <= state.due_at


@unhurried
@given(logs, nows, nows)
def test_a_breach_is_never_erased_and_never_moves(log, one, other):
    early, late = sorted((one, other))
    before = {(s.name, s.cycle): s.breached_at for s in clock_states(log, POLICY, DESK, early) if s.breached_at}
    after = {(s.name, s.cycle): s.breached_at for s in clock_states(log, POLICY, DESK, late)}
    assert before.items() <= after.items()


@unhurried
@given(logs, st.sampled_from([EventKind.CLOSED, EventKind.WITHDRAWN, EventKind.MERGED_INTO, EventKind.ANONYMISED]))
def test_no_alarm_after_a_terminal_state(log, kind):
    ended = [*log, CaseEvent("end", len(log) + 1, kind, log[-1].at)]
    for days in (0, 1, 10, 1000):
        states = at_the_end(ended, days * 86_400)
        assert alarms_of(states) == ()
        assert all(state.stopped_at for state in states)


@unhurried
@given(logs, waits, waits)
def test_more_pause_never_shortens(log, short, more):
    """Ask at the end of any log, and let the official answer sooner or later: the deadline only moves back."""

    def due_after(wait: int):
        asked = CaseEvent("ask", len(log) + 1, EventKind.CLARIFICATION_REQUESTED, log[-1].at)
        answered_at = log[-1].at + timedelta(seconds=wait)
        answered = CaseEvent("reply", len(log) + 2, EventKind.OFFICIAL_MESSAGE, answered_at)
        states = clock_states([*log, asked, answered], POLICY, DESK, answered_at)
        return {(s.name, s.cycle): s for s in states}

    sooner, later = due_after(min(short, more)), due_after(max(short, more))
    for key, state in sooner.items():
        other = later.get(key)
        if key[0] is not ClockName.NEXT_RESPONSE and state.due_at and other and other.due_at:
            assert other.due_at >= state.due_at


@unhurried
@given(logs, nows)
def test_a_past_moment_is_replayed_as_it_was(log, now):
    known_then = [event for event in log if event.at <= now]
    if known_then:
        assert clock_states(log, POLICY, DESK, now) == clock_states(known_then, POLICY, DESK, now)


@unhurried
@given(logs, nows)
def test_there_is_one_clock_of_each_name_on_a_sheet_and_at_most_one_running_exchange(log, now):
    states = clock_states(log, POLICY, DESK, now)
    assert len({state.name for state in current_clocks(states)}) == len(current_clocks(states))
    exchanges = [state for state in states if state.name is ClockName.NEXT_RESPONSE]
    assert [state.cycle for state in exchanges] == list(range(1, len(exchanges) + 1))
    assert sum(state.stopped_at is None for state in exchanges) <= 1


@unhurried
@given(logs, nows)
def test_every_clock_can_be_explained_in_both_languages(log, now):
    for state in clock_states(log, POLICY, DESK, now):
        spanish, english = state.explanation.text("es"), state.explanation.text("en")
        assert spanish
        assert english
        assert len(spanish.split("; ")) == len(english.split("; "))
