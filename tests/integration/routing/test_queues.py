"""Queues: pages by key while cases come in, filters, counters that are true, the number of statements of a page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from services.routing.entrypoints.wsgi import build_app
from services.routing.store import bulk_cases, queue, tally, vocabulary
from services.routing.use_cases.load_seed import LoadSeed
from services.routing.use_cases.queue_upkeep import QUEUE_JOBS
from shared.accounts.people import Person
from tests.support.routing_desk import Desk

pytestmark = pytest.mark.integration


class Caller:
    """Somebody who asks the API."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self._client = client
        self._headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str, status: int = 200) -> Any:
        answer = self._client.get(path, headers=self._headers)
        assert answer.status_code == status, answer.text
        return answer.get_json()

    def queue(self, **query: Any) -> Any:
        return self.get("/api/v1/cases?" + "&".join(f"{name}={value}" for name, value in query.items()))

    def codes(self, **query: Any) -> list[str]:
        return [case["code"] for case in self.queue(**query)["cases"]]

    def walk(self, direction: str = "next", **query: Any) -> list[str]:
        """The codes of all pages, from the first on, or from the last back."""
        codes: list[str] = []
        page = self.queue(**query)
        if direction == "previous":
            page = self.queue(**query, cursor=page["last_cursor"])
        while True:
            found = [case["code"] for case in page["cases"]]
            codes = codes + found if direction == "next" else found + codes
            if page[f"{direction}_cursor"] is None:
                return codes
            page = self.queue(**query, cursor=page[f"{direction}_cursor"])


@pytest.fixture
def client(desk: Desk) -> FlaskClient:
    return build_app(desk.parts).test_client()


@pytest.fixture
def caller(desk: Desk, client: FlaskClient) -> Caller:
    return Caller(client, desk.token(desk.supervisor()))


def seed(desk: Desk, count: int) -> None:
    """Cases as `seed-load` makes them."""
    with desk.work() as work:
        first = bulk_cases.existing(work.session, "V-L")
        made = LoadSeed(work.session, work.now)
        made.open_advisors(work)
        bulk_cases.add_officials(work.session, made.officials)
    with desk.work() as work:
        made.write(work.session, first, count, first + count)
    with desk.work() as work:
        while vocabulary.learn(work.session):
            pass
        bulk_cases.settle(work.session)


def assert_counts_are_true(desk: Desk, *people: Person) -> None:
    with desk.work() as work:
        for person in people:
            counts = queue.counts(work.session, person)
            for view, number in counts.items():
                rows = queue.find_page(
                    work.session, person, view, limit=5_000, sort="ended" if view == "closed" else "due"
                ).rows
                assert len(rows) == number, (person.role, view)


def test_pages_by_key_show_every_case_once_while_others_come_in(desk: Desk, caller: Caller) -> None:
    desk.advisor(capacity=90)
    desk.deliver(*[desk.a_consultation() for _ in range(7)])
    first = caller.queue(view="all", limit=3)
    before = {case["code"] for case in first["cases"]}
    desk.deliver(*[desk.a_consultation() for _ in range(3)])
    rest = []
    cursor = first["next_cursor"]
    while cursor:
        page = caller.queue(view="all", limit=3, cursor=cursor)
        rest += [case["code"] for case in page["cases"]]
        cursor = page["next_cursor"]
    assert len(rest) == len(set(rest))
    assert not before & set(rest)
    assert len(before) + len(rest) == 10


@pytest.mark.parametrize("sort", ["due", "newest", "oldest"])
def test_walking_back_from_the_last_page_is_walking_forth(desk: Desk, caller: Caller, sort: str) -> None:
    desk.advisor(capacity=90)
    desk.deliver(*[desk.a_consultation() for _ in range(8)])
    forth = caller.walk(view="all", limit=3, sort=sort)
    assert len(set(forth)) == 8
    assert caller.walk("previous", view="all", limit=3, sort=sort) == forth
    newest, oldest = caller.walk(view="all", limit=3, sort="newest"), caller.walk(view="all", limit=3, sort="oldest")
    assert newest == oldest[::-1]


def test_the_first_page_has_nothing_before_it_and_the_last_nothing_after(desk: Desk, caller: Caller) -> None:
    desk.advisor(capacity=90)
    desk.deliver(*[desk.a_consultation() for _ in range(5)])
    first = caller.queue(view="all", limit=2)
    assert first["previous_cursor"] is first["first_cursor"] is None
    last = caller.queue(view="all", limit=2, cursor=first["last_cursor"])
    assert last["next_cursor"] is last["last_cursor"] is None
    assert last["previous_cursor"]


@pytest.mark.parametrize("cursor", ["no", "WyJhIl0", "WyJhZnRlciIsICJ4IiwgInkiXQ", "WyJub3doZXJlIiwgIiIsICIiXQ"])
def test_a_cursor_that_is_none_of_ours_is_refused(caller: Caller, cursor: str) -> None:
    caller.get(f"/api/v1/cases?view=all&cursor={cursor}", 422)
    caller.get(f"/api/v1/cases?view=all&q=canon&cursor={cursor}", 422)


def test_filters_narrow_by_each_of_their_names(desk: Desk, caller: Caller) -> None:
    rosa = desk.advisor(capacity=90)
    luis = desk.advisor("Luis", contrataciones=3)
    budget, contract = desk.submit(), desk.submit("contrataciones")
    desk.run("UPDATE casefile SET ubigeo = '150131', is_urgent = true WHERE case_id = :id", id=contract.consultation_id)
    desk.run("UPDATE casefile SET submitted_at = submitted_at - interval '9 days' WHERE code = :code", code=budget.code)
    for query, expected in (
        ({"topic": "contrataciones"}, contract), ({"topic": "presupuesto"}, budget),
        ({"urgent": "true"}, contract), ({"urgent": "false"}, budget),
        ({"place": "15"}, contract), ({"place": "0901"}, budget), ({"place": "150131"}, contract),
        ({"advisor": luis.id}, contract), ({"advisor": rosa.id}, budget),
        ({"min_age_days": 7}, budget), ({"max_age_days": 7}, contract),
    ):  # fmt: skip
        assert caller.codes(view="all", **query) == [expected.code], query
    assert caller.codes(view="all", state="closed") == []
    assert set(caller.codes(view="all", state="assigned")) == {budget.code, contract.code}


@pytest.mark.parametrize(
    "query", ["place=9", "place=x1", "topic=nada", "sort=random", "view=theirs", "min_age_days=-1", "advisor=rosa"]
)
def test_a_filter_that_makes_no_sense_is_refused_by_the_api(caller: Caller, query: str) -> None:
    caller.get(f"/api/v1/cases?{query}", 422)


def test_the_team_s_queue_is_what_shares_a_topic_with_the_advisor(desk: Desk, client: FlaskClient) -> None:
    rosa = desk.advisor("Rosa")
    desk.advisor("Ana")
    desk.advisor("Luis", contrataciones=3)
    ours = {desk.submit().code for _ in range(4)}
    theirs = desk.submit("contrataciones").code
    caller = Caller(client, desk.token(rosa))
    assert set(caller.codes(view="team")) == ours
    assert set(caller.codes(view="mine")) < ours
    assert theirs not in caller.codes(view="all")


def test_counters_stay_true_through_acts_folding_and_reconciling(desk: Desk) -> None:
    rosa, boss = desk.advisor(capacity=3), desk.supervisor()
    for _ in range(5):
        desk.submit()
    desk.submit("fuera_de_alcance")
    withdrawn = desk.submit()
    desk.withdraw(withdrawn.consultation_id)
    assert_counts_are_true(desk, rosa, boss)
    with desk.work() as work:
        tally.fold(work.session, timedelta(0))
    assert desk.rows("SELECT count(*) AS n FROM case_change")[0].n == 0
    assert_counts_are_true(desk, rosa, boss)
    with desk.work() as work:
        assert tally.reconcile(work.session) == 0


def test_a_counter_that_is_wrong_is_found_and_put_right(desk: Desk) -> None:
    boss = desk.supervisor()
    desk.advisor(capacity=90)
    desk.submit()
    desk.run("INSERT INTO case_tally (state, topic, number) VALUES ('closed', 'presupuesto', 3)")
    with desk.work() as work:
        assert tally.reconcile(work.session) == 3
        assert tally.reconcile(work.session) == 0
    assert_counts_are_true(desk, boss)


def test_the_regular_jobs_of_the_queues_run(desk: Desk) -> None:
    desk.advisor()
    desk.submit()
    for job in QUEUE_JOBS:
        with desk.work() as work:
            job.run(work)
    assert desk.rows("SELECT count(*) AS n FROM search_pending")[0].n == 0


def test_seeded_cases_are_in_every_queue_with_true_counts(desk: Desk) -> None:
    seed(desk, 400)
    with desk.work() as work:
        boss = desk.supervisor()
        counts = queue.counts(work.session, boss)
    assert counts["all"] == 400
    assert all(counts[view] for view in ("team", "triage", "waiting", "closed")), counts
    assert_counts_are_true(desk, boss)
    desk.assert_loads_are_true()


@contextmanager
def statements(desk: Desk) -> Iterator[list[str]]:
    """What the database is asked inside the block."""
    asked: list[str] = []

    def note(*arguments: Any) -> None:
        asked.append(arguments[2])

    event.listen(desk.parts.database.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(desk.parts.database.engine, "before_cursor_execute", note)


_PAGES = (
    "/api/v1/cases?view=all", "/api/v1/cases?view=team&topic=presupuesto", "/api/v1/cases?view=closed&sort=oldest",
    "/api/v1/cases?view=all&q=informe", "/api/v1/cases/{code}/similar",
)  # fmt: skip


def test_the_number_of_statements_of_a_page_does_not_grow_with_the_cases(desk: Desk, caller: Caller) -> None:
    seed(desk, 40)
    code = desk.rows("SELECT code FROM casefile WHERE state = 'closed' ORDER BY code LIMIT 1")[0].code
    somebody = desk.colleague("Gladys Cusihuamán", "senior")
    asked: dict[str, list[int]] = {}
    for more in (0, 260):
        if more:
            seed(desk, more)
        # Somebody answers every case: who is there is asked for the page, not for each line.
        desk.run(
            "INSERT INTO case_presence SELECT case_id, :me, clock_timestamp(), clock_timestamp() FROM casefile"
            " ON CONFLICT (case_id, person_id) DO UPDATE SET answering_at = excluded.answering_at",
            me=somebody.id,
        )
        for path in _PAGES:
            caller.get(path.format(code=code))  # caches of the process are filled
            with statements(desk) as noted:
                caller.get(path.format(code=code))
            asked.setdefault(path, []).append(len(noted))
    for path, (few, many) in asked.items():
        assert few == many, path
        assert many <= 12, (path, many)
    page = caller.get(_PAGES[0])
    assert {one["full_name"] for line in page["cases"] for one in line["others"]} == {"Gladys Cusihuamán"}


@pytest.mark.parametrize("query", [{"view": "team"}, {"view": "all", "q": "modificacion"}])
def test_a_line_of_a_queue_and_of_a_search_tells_who_answers_and_who_looks(desk: Desk, query: dict[str, str]) -> None:
    client = build_app(desk.parts).test_client(use_cookies=False)
    rosa, boss = desk.advisor(), desk.supervisor()
    code = desk.submit().code
    caller, other = Caller(client, desk.token(boss)), {"Authorization": f"Bearer {desk.token(rosa)}"}

    def line() -> Any:
        return caller.queue(**query)["cases"][0]["others"]

    assert line() == []
    for activity in ("viewing", "answering"):
        client.post(f"/api/v1/cases/{code}/presence", json={"activity": activity}, headers=other)
        assert line() == [{"full_name": "Rosa Huamán", "activity": activity}]
    desk.run(
        "UPDATE case_presence SET answering_at = answering_at - interval '61 s', seen_at = seen_at - interval '61 s'"
    )
    assert line() == []
