"""The life of a case as a table: complete, without dead ends, and every refusal says what to do."""

from __future__ import annotations

import itertools

import pytest

from services.routing.domain.case_state import (
    LOAD_STATES,
    OPEN_STATES,
    REFUSALS,
    TRANSITIONS,
    Act,
    CaseState,
    ImpossibleActError,
    is_possible,
    transition,
)

EVERY_PAIR = list(itertools.product(CaseState, Act))


@pytest.mark.parametrize(("state", "act"), EVERY_PAIR)
def test_every_act_is_declared_in_every_state_as_possible_or_as_refused(state, act):
    assert ((state, act) in TRANSITIONS) != ((state, act) in REFUSALS)


@pytest.mark.parametrize(("state", "act"), EVERY_PAIR)
def test_an_act_leads_somewhere_or_is_refused_with_its_sentence(state, act):
    if is_possible(state, act):
        assert transition(state, act) == TRANSITIONS[(state, act)]
    else:
        with pytest.raises(ImpossibleActError) as error:
            transition(state, act)
        assert error.value.sentence == REFUSALS[(state, act)]


@pytest.mark.parametrize("found", [*(one.sentence for one in TRANSITIONS.values()), *REFUSALS.values()])
def test_every_sentence_is_a_sentence(found):
    assert found.endswith(".")
    assert found[0].isupper()


def test_every_state_is_reached_and_left():
    reached = {found.to for found in TRANSITIONS.values()}
    left = {state for (state, _), found in TRANSITIONS.items() if found.to is not state}
    assert reached == left == set(CaseState)


def test_the_official_is_never_refused():
    for state, act in itertools.product(CaseState, (Act.OFFICIAL_WROTE, Act.WITHDRAW)):
        assert is_possible(state, act) or state is CaseState.CLOSED
    for state in CaseState:
        assert is_possible(state, Act.REOPEN)


def test_only_open_states_count_as_load():
    assert LOAD_STATES < OPEN_STATES
    assert CaseState.ANSWERED not in OPEN_STATES
