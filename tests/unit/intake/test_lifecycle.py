"""Every state, every input: nothing is undeclared, and each refusal says what can be done."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.intake.domain.lifecycle import (
    ACTS,
    NEWS,
    Act,
    ActRefusedError,
    News,
    Status,
    allowed_acts,
    can_reopen,
    first_rating_of_answer,
    moves_of,
    perform,
    require_rateable,
    require_reopenable,
)

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
ALL = {"has_answer": True, "can_reopen": True}


@pytest.mark.parametrize(("table", "inputs"), [(ACTS, Act), (NEWS, News)])
def test_every_state_has_exactly_one_rule_for_every_input(table: tuple, inputs: type) -> None:
    pairs = [(rule.state, rule.input) for rule in table]
    assert len(pairs) == len(set(pairs))
    assert set(pairs) == {(state, each) for state in Status for each in inputs}


def test_every_rule_has_a_sentence() -> None:
    assert all(len(rule.sentence) > 10 for rule in (*ACTS, *NEWS))


def test_every_refusal_raises_its_sentence_and_every_permission_its_rule() -> None:
    for rule in ACTS:
        if rule.leads_to is None:
            with pytest.raises(ActRefusedError) as refused:
                perform(rule.state, rule.input)
            assert refused.value.sentence == rule.sentence
        else:
            assert perform(rule.state, rule.input) is rule


@pytest.mark.parametrize("state", Status)
def test_what_is_offered_is_what_is_allowed(state: Status) -> None:
    offered = allowed_acts(state, **ALL)
    for act in Act:
        if act in offered:
            perform(state, act)
        else:
            with pytest.raises(ActRefusedError):
                perform(state, act)


def test_nothing_leads_out_of_withdrawn() -> None:
    assert allowed_acts(Status.WITHDRAWN, **ALL) == frozenset()
    assert all(moves_of(news)["withdrawn"] == "withdrawn" for news in News)


def test_replying_ends_the_wait_and_nothing_else_moves_by_a_message() -> None:
    moved = {rule.state: rule.leads_to for rule in ACTS if rule.input == Act.CLARIFY and rule.leads_to != rule.state}
    assert {state for state, to in moved.items() if to is not None} == {Status.WAITING_FOR_YOU}


def test_a_classification_never_takes_a_case_away_from_its_advisor() -> None:
    assert moves_of(News.CLASSIFIED)["assigned"] == "assigned"
    assert moves_of(News.CLASSIFIED)["received"] == "in_review"


def test_another_advisor_does_not_end_the_wait_for_the_official() -> None:
    assert moves_of(News.ASSIGNED)["waiting_for_you"] == "waiting_for_you"


@pytest.mark.parametrize("state", Status)
def test_rating_and_reopening_are_not_offered_without_their_conditions(state: Status) -> None:
    offered = allowed_acts(state, has_answer=False, can_reopen=False)
    assert not offered & {Act.RATE, Act.REOPEN}


def test_a_rating_can_be_changed_for_seven_days_to_the_second() -> None:
    require_rateable(NOW, NOW - timedelta(days=7), NOW)
    with pytest.raises(ActRefusedError):
        require_rateable(NOW, NOW - timedelta(days=7, seconds=1), NOW)


def test_there_is_nothing_to_rate_without_an_answer() -> None:
    with pytest.raises(ActRefusedError):
        require_rateable(None, None, NOW)


def test_a_new_answer_after_a_reopening_is_rated_afresh() -> None:
    long_ago = NOW - timedelta(days=20)
    assert first_rating_of_answer(NOW, long_ago) is None
    assert first_rating_of_answer(long_ago, NOW) == NOW
    assert first_rating_of_answer(NOW, None) is None


def test_reopening_is_possible_for_thirty_days_to_the_second() -> None:
    require_reopenable(NOW - timedelta(days=30), NOW)
    assert not can_reopen(None, NOW)
    with pytest.raises(ActRefusedError):
        require_reopenable(NOW - timedelta(days=30, seconds=1), NOW)
