"""Effort, hours, planned leave, language, office and what came back: each tips the scale as documented."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from services.routing.domain.assignment import Need, Skip, Standing, choose, points_of
from services.routing.domain.assignment_reason import reasons_of
from services.routing.domain.assignment_rules import InvalidAssignmentRulesError, parse_rules
from services.routing.domain.fairness import jain
from services.routing.domain.language_hint import language_of
from services.routing.domain.rebalancing import Movable, plan
from services.routing.store.assignment_source import assignment_rules

NOW = datetime(2026, 7, 27, 15, 0, tzinfo=UTC)
DUE = NOW + timedelta(days=2)
RULES = assignment_rules()


def advisor(number=1, **changes):
    values = {
        "id": UUID(int=number), "full_name": f"N{number}", "level": 2, "is_available": True, "leave_until": None,
        "open_count": 2, "capacity": 8, "last_assigned_at": NOW - timedelta(hours=1), "open_effort": 200,
    }  # fmt: skip
    return Standing(**{**values, **changes})


def need(**changes):
    return Need("Presupuesto", "Budget", **{"is_urgent": False, "due_at": DUE, **changes})


def winner(people, **changes):
    return choose(need(**changes), people, NOW, RULES).advisor.id.int


def test_the_lighter_load_wins_over_the_shorter_list():
    assert winner([advisor(1, open_count=3, open_effort=500), advisor(2, open_count=4, open_effort=320)]) == 2


def test_who_is_at_work_now_comes_before_who_comes_tomorrow():
    assert winner([advisor(1, works_at=NOW + timedelta(hours=17)), advisor(2, open_effort=300)]) == 2


def test_out_of_hours_nobody_is_refused_and_presence_cancels():
    opens = NOW + timedelta(hours=60)
    assert (
        winner([advisor(1, works_at=opens, open_effort=300), advisor(2, works_at=opens)], due_at=opens + timedelta(1))
        == 2
    )


def test_who_cannot_keep_the_deadline_comes_after_everybody_who_can():
    leaving = advisor(1, level=3, open_count=0, open_effort=0, leaves_at=DUE - timedelta(hours=1))
    late = advisor(2, level=3, open_count=0, open_effort=0, works_at=DUE + timedelta(hours=1))
    tired = advisor(3, level=1, open_count=7, open_effort=900)
    assert winner([leaving, late, tired]) == 3
    choice = choose(need(), [leaving, late], NOW, RULES)
    assert choice.advisor is not None
    assert not choice.can_be_met
    assert winner([leaving, tired], due_at=NOW - timedelta(hours=1)) == 1


def test_a_leave_that_begins_after_the_deadline_changes_nothing():
    assert winner([advisor(1, leaves_at=DUE, open_effort=100), advisor(2)]) == 1


def test_the_language_of_the_text_prefers_who_speaks_it():
    speaks = advisor(1, open_count=5, open_effort=500, languages=frozenset({"es", "qu"}))
    people = [speaks, advisor(2)]
    assert winner(people) == 2
    assert winner(people, language="qu") == 1
    asked = need(language="en")
    choice = choose(asked, people, NOW, RULES)
    assert "el texto está en inglés y nadie disponible lo habla" in reasons_of(choice, asked, people, NOW)[0]


def test_the_office_s_last_advisor_tips_the_scale_among_similar_ones():
    people = [advisor(1), advisor(2, open_effort=300, open_count=3)]
    assert winner(people, office_id=UUID(int=2)) == 2
    assert winner([advisor(1), advisor(2, open_effort=600, open_count=6)], office_id=UUID(int=2)) == 1


def test_who_left_it_untouched_does_not_get_it_again():
    asked = need(excluded_id=UUID(int=1))
    assert choose(asked, [advisor(1), advisor(2, open_count=7)], NOW, RULES).advisor.id.int == 2
    alone = choose(asked, [advisor(1)], NOW, RULES)
    assert (alone.advisor, alone.skips) == (None, {UUID(int=1): Skip.RETURNED})


def test_the_points_told_are_those_that_decided():
    choice = choose(need(), [advisor(1)], NOW, RULES)
    assert choice.points == {
        name: round(value, 2) for name, value in points_of(advisor(1), need(), NOW, RULES).items() if value
    }
    assert choice.eligible_count == 1


def test_effort_is_kind_times_topic_times_urgency_in_whole_hundredths():
    assert RULES.effort_of("caso_legal", "presupuesto", is_urgent=False) == 150
    assert RULES.effort_of("caso_legal", "presupuesto", is_urgent=True) == 188
    assert RULES.effort_of("unknown", "presupuesto", is_urgent=False) == 100


GOOD = {
    "version": 1, "full_rest_seconds": 60, "points": dict.fromkeys(
        ("skill", "urgent_skill", "free", "rest", "presence", "language", "office", "case"), 1),
    "effort": {"kinds": {}, "topics": {}, "urgent": 1}, "idle": {"ordinary_seconds": 60, "urgent_seconds": 60},
}  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"points": {}},
        {"points": {**GOOD["points"], "skill": -1}},
        {"full_rest_seconds": "long"},
        {"effort": {"kinds": {"tramite": True}, "topics": {}, "urgent": 1}},
        {"effort": {"kinds": [], "topics": {}, "urgent": 1}},
        {"idle": {"ordinary_seconds": 0, "urgent_seconds": 60}},
        {"more": 1},
    ],
)
def test_rules_that_cannot_be_are_refused(change):
    assert parse_rules(GOOD).version == "1"
    with pytest.raises(InvalidAssignmentRulesError):
        parse_rules({**GOOD, **change})


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("¿Cómo registramos en el SIAF una modificación presupuestaria?", "es"),
        ("What is the deadline to approve the budget of our municipality and who should sign it?", "en"),
        ("Ñuqanchik llaqtaykupaq yakuta munayku, imaynata ruwayku? Yanapawayku, qullqi manam kanchu.", "qu"),
        ("Kay llaqtanchispa qolqenta imaynatas ruwayku, mana kanchu", "qu"),
        ("The SIAF", "es"),
        ("", "es"),
        ("Nuestra comunidad de Llaqtapampa pide apoyo para el agua y el saneamiento de las familias", "es"),
    ],
)
def test_the_language_of_a_text_is_read_from_its_small_words(text, language):
    assert language_of(text) == language


def test_jain_is_one_for_equal_shares_and_one_nth_for_one_taker():
    assert jain([5, 5, 5]) == 1
    assert jain([9, 0, 0]) == pytest.approx(1 / 3)
    assert jain([]) == 1


def movable(number, holder=None, **changes):
    return Movable(
        UUID(int=1000 + number), f"V-{number}", 1, "presupuesto", need(**changes), NOW - timedelta(minutes=number),
        None if holder is None else UUID(int=holder),
    )  # fmt: skip


def test_spreading_keeps_capacities_levels_loads_and_places_urgent_and_old_cases_first():
    people = {"presupuesto": [advisor(n, open_count=0, open_effort=0, capacity=4) for n in (1, 2)]}
    cases = [movable(n, is_urgent=n == 1) for n in range(1, 11)]
    made = plan(cases, people, NOW, RULES)
    assert sorted(made.after.values()) == [4, 4]
    assert made.left_waiting == 2
    left = {case.code for case in cases} - {move.case.code for move in made.moves}
    assert left == {"V-2", "V-3"}


def test_spreading_orders_moves_so_that_nobody_is_ever_over_capacity():
    people = {"presupuesto": [advisor(1, open_count=6, capacity=6), advisor(2, open_count=0, capacity=6)]}
    cases = [movable(n, holder=1) for n in range(1, 7)]
    made = plan(cases, people, NOW, RULES)
    assert sorted(made.after.values()) == [3, 3]
    assert (made.jain_before, made.jain_after) == (0.5, 1.0)
    loads = dict(made.before)
    for move in made.moves:
        loads[move.case.holder_id] -= 1
        loads[move.to_id] += 1
        assert max(loads.values()) <= 6


def test_spreading_an_even_backlog_moves_nothing_and_an_empty_one_is_fine():
    people = {"presupuesto": [advisor(n, open_count=2, capacity=6) for n in (1, 2)]}
    assert plan([movable(n, holder=1 + n % 2) for n in range(4)], people, NOW, RULES).moves == ()
    assert plan([], {}, NOW, RULES).considered == 0


def test_nobody_absent_is_given_anything_when_spreading():
    people = {"presupuesto": [advisor(1, is_available=False), advisor(2, leave_until=DUE.date(), open_count=0)]}
    made = plan([movable(1)], people, NOW, RULES)
    assert (made.moves, made.left_waiting) == ((), 1)
