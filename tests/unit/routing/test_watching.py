"""Who is told of a change of a case."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from services.routing.domain.watching import Watcher
from services.routing.store.changes import Change

ROSA, LUIS = UUID(int=1), UUID(int=2)
WATCHER = Watcher(ROSA, sees_all=False, topics=frozenset({"presupuesto"}))


def a_change(**values: Any) -> Change:
    made: dict[str, Any] = {
        "id": 1, "code": "V-1", "version": 2, "is_new": False, "was_state": "assigned", "was_advisor_id": LUIS,
        "state": "assigned", "topic": "contrataciones", "advisor_id": LUIS, "last_advisor_id": LUIS,
        "triage_topics": frozenset(),
    }  # fmt: skip
    return Change(**{**made, **values})


def test_a_case_of_others_and_of_another_topic_is_not_told() -> None:
    assert WATCHER.told(a_change()) is None


def test_a_case_of_ones_topic_is_told_with_the_queues_it_is_in() -> None:
    told = WATCHER.told(a_change(topic="presupuesto"))
    assert told is not None
    assert told["code"] == "V-1"
    assert "team" in told["views"]
    assert "mine" not in told["views"]


def test_ones_own_case_is_in_ones_own_queue() -> None:
    told = WATCHER.told(a_change(advisor_id=ROSA, last_advisor_id=ROSA))
    assert told is not None
    assert "mine" in told["views"]


def test_a_case_that_left_ones_sight_is_not_named() -> None:
    assert WATCHER.told(a_change(was_advisor_id=ROSA)) == {"views": ["mine"]}


def test_triage_is_told_to_those_who_know_a_candidate() -> None:
    change = a_change(state="triage", advisor_id=None, last_advisor_id=None, triage_topics=frozenset({"presupuesto"}))
    told = WATCHER.told(change)
    assert told is not None
    assert "triage" in told["views"]


def test_supervisors_are_told_of_everything() -> None:
    assert Watcher(ROSA, sees_all=True, topics=frozenset()).told(a_change()) is not None
