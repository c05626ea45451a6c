"""Who gets a case: eligible only, deterministic, fair, and said in words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.routing.domain.assignment import Choice, Need, Standing, choose
from services.routing.domain.assignment_reason import reasons_of
from services.routing.store.assignment_source import assignment_rules

NOW = datetime(2026, 7, 27, 15, 0, tzinfo=UTC)


def standing(number=1, name="Rosa Huamán", **changes):
    values = {
        "id": UUID(int=number), "full_name": name, "level": 2, "is_available": True, "leave_until": None,
        "open_count": 0, "capacity": 8, "last_assigned_at": None,
    }  # fmt: skip
    made = {**values, **changes}
    return Standing(**{"open_effort": 100 * made["open_count"], **made})


@dataclass(frozen=True)
class Told:
    """A choice with its reason."""

    choice: Choice
    reason_es: str
    reason_en: str

    @property
    def advisor(self):
        return self.choice.advisor


def chosen(standings, **options):
    need = Need("Presupuesto", "Budget", **{"is_urgent": False, **options})
    choice = choose(need, standings, NOW, assignment_rules())
    return Told(choice, *reasons_of(choice, need, standings, NOW))


def test_the_reason_says_what_counted_and_why_others_were_passed_over():
    choice = chosen(
        [
            standing(1, "Rosa", level=3, open_count=4, last_assigned_at=NOW - timedelta(hours=2)),
            standing(2, "Luis", leave_until=date(2026, 8, 3)),
            standing(3, "Ana", open_count=8),
            standing(4, "Beto", is_available=False),
        ]
    )
    assert choice.reason_es == (
        "A Rosa: conoce Presupuesto (nivel 3), 4 de 8 abiertos, última asignación hace 2 h;"
        " Luis: de licencia hasta el 03/08/2026; Ana: sin cupo (8 de 8); Beto: no disponible"
    )
    assert choice.reason_en == (
        "To Rosa: knows Budget (level 3), 4 of 8 open, last assigned 2 h ago;"
        " Luis: on leave until 03/08/2026; Ana: no room (8 of 8); Beto: not available"
    )


def test_nobody_eligible_is_said_with_the_reason_for_each():
    choice = chosen([standing(1, "Ana", open_count=8), standing(2, "Luis", leave_until=date(2026, 8, 3))])
    assert choice.advisor is None
    assert choice.reason_es == (
        "Nadie disponible para Presupuesto: Ana: sin cupo (8 de 8); Luis: de licencia hasta el 03/08/2026"
    )


def test_nobody_who_knows_the_topic_is_said_too():
    assert chosen([]).reason_en == "Nobody has Budget among their topics"


def test_a_long_list_of_others_is_cut():
    choice = chosen([standing(number, f"N{number}", open_count=8 if number > 1 else 0) for number in range(1, 9)])
    assert choice.reason_es.count(";") == 5
    assert choice.reason_es.endswith("; y 3 más")


def test_the_less_loaded_comes_first_among_equals():
    assert chosen([standing(1, open_count=3), standing(2, open_count=2)]).advisor.id == UUID(int=2)


def test_who_waited_longest_comes_first_among_equally_loaded():
    recent, earlier = NOW - timedelta(minutes=5), NOW - timedelta(hours=3)
    choice = chosen([standing(1, last_assigned_at=recent), standing(2, last_assigned_at=earlier)])
    assert choice.advisor.id == UUID(int=2)


def test_who_never_had_a_case_comes_before_who_did_long_ago():
    choice = chosen([standing(1, last_assigned_at=NOW - timedelta(days=9)), standing(2)])
    assert choice.advisor.id == UUID(int=2)


def test_skill_counts_double_when_it_is_urgent():
    expert, free = standing(1, level=3, open_count=4), standing(2, level=1, open_count=0)
    assert chosen([expert, free]).advisor.id == free.id
    assert chosen([expert, free], is_urgent=True).advisor.id == expert.id


def test_who_knows_the_case_gets_it_back_while_eligible():
    knows, free = standing(1, open_count=7), standing(2, level=3)
    choice = chosen([knows, free], preferred_id=knows.id)
    assert choice.advisor.id == knows.id
    assert "ya conoce el caso" in choice.reason_es
    assert chosen([replace(knows, open_count=8), free], preferred_id=knows.id).advisor.id == free.id


standings = st.lists(
    st.builds(
        standing,
        number=st.integers(1, 10**6),
        level=st.integers(1, 3),
        is_available=st.booleans(),
        leave_until=st.none() | st.just(date(2026, 8, 3)),
        open_count=st.integers(0, 9),
        capacity=st.integers(0, 9),
        last_assigned_at=st.none()
        | st.datetimes(datetime(2026, 1, 1), datetime(2026, 7, 27)).map(  # noqa: DTZ001 - made aware below
            lambda moment: moment.replace(tzinfo=UTC)
        ),
    ),
    unique_by=lambda one: one.id,
    max_size=8,
)


@given(standings, st.booleans(), st.randoms())
def test_the_choice_is_eligible_and_does_not_depend_on_the_order(people, is_urgent, random):
    choice = chosen(people, is_urgent=is_urgent)
    assert (choice.advisor is None) == (not any(one.is_eligible for one in people))
    assert choice.advisor is None or choice.advisor.is_eligible
    shuffled = list(people)
    random.shuffle(shuffled)
    again = chosen(shuffled, is_urgent=is_urgent)
    assert (again.advisor and again.advisor.id) == (choice.advisor and choice.advisor.id)


@given(st.integers(2, 12), st.integers(1, 60))
def test_equals_share_equally(advisors, cases):
    people = {UUID(int=number): standing(number, capacity=100) for number in range(1, advisors + 1)}
    for step in range(cases):
        best = chosen(list(people.values())).advisor
        people[best.id] = replace(
            best,
            open_count=best.open_count + 1,
            open_effort=best.open_effort + 100,
            last_assigned_at=NOW + timedelta(seconds=step),
        )
    loads = [one.open_count for one in people.values()]
    assert max(loads) - min(loads) <= 1
