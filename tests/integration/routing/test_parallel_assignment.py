"""Any number of workers and web requests assign side by side: no case twice, nobody over capacity, no deadlock."""

from __future__ import annotations

from collections import Counter

import pytest

from services.routing.domain.case_state import ImpossibleActError
from services.routing.use_cases import answering
from services.routing.use_cases.acting import CaseNotFoundError, StaleVersionError
from shared.contracts.case import CaseAssigned
from tests.support.background import in_background
from tests.support.routing_desk import Desk

pytestmark = pytest.mark.integration

_TOPICS = ("presupuesto", "contrataciones", "recursos_humanos")


def test_eight_workers_give_each_case_to_one_advisor_and_pass_nobodys_capacity(desk: Desk) -> None:
    for number in range(10):
        known = {topic: 1 + number % 3 for offset, topic in enumerate(_TOPICS) if (number + offset) % 3}
        desk.advisor(f"Asesor {number}", capacity=7 + number, **known)
    room = sum(7 + number for number in range(10))
    batches = [[desk.a_consultation(_TOPICS[(n + w) % 3]) for n in range(20)] for w in range(8)]

    with in_background(*[lambda batch=batch: desk.deliver(*batch) for batch in batches]):
        pass
    desk.run("UPDATE inbox SET next_at = clock_timestamp() WHERE status IN ('pending', 'waiting')")
    while desk.consumer.sweep():
        pass

    states = Counter(row.state for row in desk.rows("SELECT state FROM casefile"))
    assert states == {"assigned": room, "unstaffed": 160 - room}
    given = Counter(event.consultation_id for event in desk.events(cls=CaseAssigned))
    assert set(given.values()) == {1}
    assert len(given) == room
    desk.assert_loads_are_true()


def test_equally_skilled_advisors_get_equal_shares(desk: Desk) -> None:
    for number in range(5):
        desk.advisor(f"Asesora {number}", capacity=100)
    batches = [[desk.a_consultation() for _ in range(10)] for _ in range(8)]
    with in_background(*[lambda batch=batch: desk.deliver(*batch) for batch in batches]):
        pass
    loads = [row.open_count for row in desk.rows("SELECT open_count FROM advisor")]
    jain = sum(loads) ** 2 / (len(loads) * sum(load**2 for load in loads))
    assert sum(loads) == 80
    assert jain >= 0.95


def test_answers_and_new_cases_side_by_side_leave_no_place_free_while_somebody_waits(desk: Desk) -> None:
    people = [desk.advisor(f"Asesora {number}", capacity=5) for number in range(3)]
    first = [desk.a_consultation() for _ in range(25)]
    desk.deliver(*first)

    def answer_all(person_number: int) -> None:
        person = people[person_number]
        for row in desk.rows("SELECT code, version FROM casefile WHERE advisor_id = :id", id=person.id):
            try:
                with desk.work() as work:
                    answering.answer(work, row.code, person, version=row.version, body="Así.")
            except (StaleVersionError, CaseNotFoundError, ImpossibleActError):  # another answered it meanwhile
                continue

    later = [[desk.a_consultation() for _ in range(5)] for _ in range(2)]
    with in_background(
        *[lambda batch=batch: desk.deliver(*batch) for batch in later],
        *[lambda number=number: answer_all(number) for number in range(3)],
    ):
        pass
    desk.run("UPDATE inbox SET next_at = clock_timestamp() WHERE status IN ('pending', 'waiting')")
    while desk.consumer.sweep():
        pass
    desk.assert_loads_are_true()
    waiting = desk.rows("SELECT count(*) FROM casefile WHERE state = 'unstaffed'")[0][0]
    free = desk.rows("SELECT sum(capacity - open_count) FROM advisor")[0][0]
    assert min(waiting, free) == 0
    assert desk.rows("SELECT count(*) FROM casefile")[0][0] == 35
