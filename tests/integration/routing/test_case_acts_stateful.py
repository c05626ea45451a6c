"""Random lives of a desk, on the real database: whatever is done in whatever order, the books stay right.

After every act: each load is the number of open cases, nobody is over capacity, what has ended or is merged has no
advisor's place, no armed alarm and no promise, and no version ever goes back.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from services.routing.domain.case_state import ImpossibleActError
from services.routing.store.advisors import LIMA
from services.routing.use_cases import (
    answering,
    assigning,
    bulk,
    case_merging,
    closing,
    linking,
    snoozing,
    sorting,
    splitting,
)
from services.routing.use_cases.acting import ActRefusedError
from services.routing.use_cases.closing import NotAnsweredError
from services.routing.use_cases.settlement import NoRoomError, Settlement
from shared.accounts.people import Person
from shared.contracts.case import CaseSplit
from shared.ids import new_id
from shared.messaging.work import Work
from tests.support.routing_desk import Desk

pytestmark = pytest.mark.integration

_REFUSALS = (ImpossibleActError, ActRefusedError, NoRoomError, NotAnsweredError)
_TOPICS = ("presupuesto", "contrataciones")
_ACTS = (
    "submit", "answer", "ask", "close", "assign", "topic", "snooze", "wake", "merge", "merge", "unmerge", "unmerge",
    "split", "link", "clarify", "reopen", "withdraw", "bulk",
)  # fmt: skip
_steps = st.lists(st.tuples(st.sampled_from(_ACTS), st.integers(0, 9), st.integers(0, 9)), min_size=10, max_size=25)

# What must happen in some life, whatever chance brings.
_ALL_THAT_MUST_HAPPEN = [
    ("submit", 0, 0), ("submit", 0, 0), ("merge", 0, 1), ("unmerge", 0, 0), ("snooze", 0, 0), ("split", 0, 0),
    ("link", 0, 1), ("bulk", 0, 4), ("bulk", 1, 4), ("answer", 0, 0), ("reopen", 0, 0),
]  # fmt: skip


class Life:
    """One desk with two advisors, a supervisor and the cases made so far."""

    def __init__(self, desk: Desk, boss: Person, advisors: list[Person]) -> None:
        self.desk, self.boss, self.advisors = desk, boss, advisors
        self.cases: list[UUID] = []
        self.codes: dict[UUID, str] = {}
        self.versions: dict[UUID, int] = {}
        self.sequence = 1

    def submit(self, first: int, _second: int) -> None:
        sent = self.desk.submit(_TOPICS[first % 2])
        self.cases.append(sent.consultation_id)
        self.codes[sent.consultation_id] = sent.code

    def act(self, name: str, first: int, second: int) -> None:
        if name == "submit" or not self.cases:
            self.submit(first, second)
            return
        if name == "bulk":
            self.bulk(first, second)
            return
        case_id, other_id = self.cases[first % len(self.cases)], self.cases[second % len(self.cases)]
        if name in ("clarify", "reopen", "withdraw"):
            self.sequence += 1
            getattr(self.desk, name)(case_id, sequence=self.sequence)
            return
        try:
            with self.desk.work() as work:
                self.by_staff(name)(work, case_id, other_id, second)
                Settlement.of(work).settle()
        except _REFUSALS:
            pass
        self.open_parts()

    def bulk(self, first: int, second: int) -> None:
        """One act on up to three cases, one of them perhaps seen as it no longer is; the clock does all of it."""
        day = (datetime.now(LIMA) + timedelta(days=2)).date()
        acts: list[tuple[str, dict[str, Any]]] = [
            (bulk.ASSIGN, {"advisor_id": self.advisors[first % 2].id, "note": "Reparto."}),
            (bulk.TOPIC, {"topic": _TOPICS[first % 2], "kind": None, "is_urgent": None, "reason": ""}),
            (bulk.CLOSE, {"outcome": ("answered", "abandoned")[first % 2], "note": "Fin."}),
            (bulk.SNOOZE, {"until": day, "reason": "Espero."}),
            (bulk.NOTE, {"body": "Ojo."}),
        ]
        act, values = acts[second % len(acts)]
        chosen = dict.fromkeys(self.cases[(first + step) % len(self.cases)] for step in range(3))
        stale = {next(iter(chosen)): 1} if first % 3 == 0 else {}
        seen = [(self.codes[one], max(self.desk.case(one).version - stale.get(one, 0), 1)) for one in chosen]
        with self.desk.work() as work:
            run_id = bulk.start_run(work, self.boss, token=str(new_id()), act=act, values=values, cases=seen)
        self.desk.make_timers_due(run_id)
        self.desk.tick()
        outcomes = self.desk.rows("SELECT outcome, sentence FROM bulk_item WHERE run_id = :id", id=run_id)
        assert len(outcomes) == len(chosen)
        assert all(row.outcome == "done" or (row.outcome, bool(row.sentence)) == ("refused", True) for row in outcomes)

    def by_staff(self, name: str) -> Callable[[Work, UUID, UUID, int], Any]:
        code, version, boss = self.codes, lambda one: self.desk.case(one).version, self.boss
        day = (datetime.now(LIMA) + timedelta(days=2)).date()
        acts: dict[str, Callable[[Work, UUID, UUID, int], Any]] = {
            "answer": lambda w, c, _o, _n: answering.answer(w, code[c], boss, version=version(c), body="Así."),
            "ask": lambda w, c, _o, _n: answering.ask_for_clarification(
                w, code[c], boss, version=version(c), body="¿Qué año?"
            ),
            "close": lambda w, c, _o, n: closing.close(
                w, code[c], boss, version=version(c), outcome=("answered", "abandoned")[n % 2], note="Fin."
            ),
            "assign": lambda w, c, _o, n: assigning.assign(
                w, code[c], boss, version=version(c), advisor_id=self.advisors[n % 2].id, note="Reparto."
            ),
            "topic": lambda w, c, _o, n: sorting.choose_topic(
                w, code[c], boss, version=version(c), topic=_TOPICS[n % 2]
            ),
            "snooze": lambda w, c, _o, _n: snoozing.snooze(
                w, code[c], boss, version=version(c), until=day, reason="Espero."
            ),
            "wake": lambda w, c, _o, _n: snoozing.wake(w, code[c], boss, version=version(c)),
            "merge": lambda w, c, o, _n: case_merging.merge(
                w, code[c], boss, version=version(c), into=code[o], into_version=version(o)
            ),
            "unmerge": self._unmerge,
            "split": lambda w, c, _o, n: splitting.split(
                w, code[c], boss, version=version(c), subject="", body="Otra cosa.", topic=_TOPICS[n % 2],
                kind="tramite", is_urgent=False,
            ),
            "link": lambda w, c, o, _n: linking.link(
                w, code[c], boss, version=version(c), other=code[o], kind="related"
            ),
        }  # fmt: skip
        return acts[name]

    def _unmerge(self, work: Work, _case: UUID, _other: UUID, number: int) -> None:
        rows = self.desk.rows("SELECT case_id, merged_into_id FROM casefile WHERE state = 'merged' ORDER BY case_id")
        mine = [row for row in rows if row.case_id in self.codes and row.merged_into_id in self.codes]
        if mine:
            chosen = mine[number % len(mine)]
            survivor = chosen.merged_into_id
            case_merging.unmerge(
                work, self.codes[survivor], self.boss, version=self.desk.case(survivor).version,
                merged=self.codes[chosen.case_id],
            )  # fmt: skip

    def open_parts(self) -> None:
        """Intake gives the parts their codes."""
        for told in self.desk.events(cls=CaseSplit):
            if told.consultation_id in self.codes and told.new_consultation_id not in self.codes:
                sent = self.desk.a_consultation(
                    consultation_id=told.new_consultation_id, body=told.body, channel="desk",
                    submitted_at=told.submitted_at,
                )  # fmt: skip
                self.desk.deliver(sent)
                self.cases.append(sent.consultation_id)
                self.codes[sent.consultation_id] = sent.code

    def check(self) -> None:
        self.desk.assert_loads_are_true()
        wrong = self.desk.rows("""
            SELECT code, state FROM casefile
             WHERE (state IN ('answered', 'closed', 'merged') AND (promised_at IS NOT NULL OR next_due_at IS NOT NULL))
                OR (state = 'merged' AND advisor_id IS NOT NULL)
                OR (snoozed_until IS NOT NULL AND state NOT IN ('assigned', 'waiting'))
                OR (state IN ('assigned', 'unstaffed', 'triage') AND next_due_at IS NULL AND NOT EXISTS (
                    SELECT 1 FROM case_history h WHERE h.case_id = casefile.case_id AND h.kind = 'unmerged'))
        """)
        assert wrong == []
        alarmed = self.desk.rows("""
            SELECT code, casefile.state FROM timer JOIN casefile ON subject = case_id
             WHERE timer.state = 'armed' AND name = 'sla.alarm' AND casefile.state IN ('answered', 'closed', 'merged')
        """)
        assert alarmed == []
        assert self.desk.rows("SELECT 1 FROM inbox WHERE status <> 'applied'") == []
        for case_id in self.cases:
            version = self.desk.case(case_id).version
            assert version >= self.versions.get(case_id, 0)
            self.versions[case_id] = version


def test_whatever_is_done_in_whatever_order_the_books_stay_right(desk: Desk) -> None:
    boss = desk.supervisor()
    advisors = [
        desk.advisor("Rosa", capacity=3, presupuesto=2, contrataciones=1),
        desk.advisor("Luis", capacity=2, contrataciones=2),
    ]

    @settings(
        max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        derandomize=True,
    )  # fmt: skip
    @example(_ALL_THAT_MUST_HAPPEN)
    @given(_steps)
    def play(steps: list[tuple[str, int, int]]) -> None:
        life = Life(desk, boss, advisors)
        for name, first, second in steps:
            life.act(name, first, second)
            life.check()
        for case_id in life.cases:  # leave an empty desk to the next life
            life.sequence += 1
            desk.withdraw(case_id, sequence=life.sequence)
        life.check()

    play()
    assert {row.outcome for row in desk.rows("SELECT DISTINCT outcome FROM bulk_item")} == {"done", "refused"}
    kinds = {row.kind for row in desk.rows("SELECT DISTINCT kind FROM case_history")}
    assert kinds >= {"merged_into", "absorbed", "unmerged", "snoozed", "split_off", "linked", "answer_sent", "reopened"}
