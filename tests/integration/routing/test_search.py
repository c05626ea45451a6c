"""Search: Spanish, without accents, forgiving slips, only what one may see; and the answered cases like one at hand."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from services.routing.domain.case_filter import CaseFilter
from services.routing.domain.search_words import fold
from services.routing.entrypoints.wsgi import build_app
from services.routing.store import search, vocabulary
from services.routing.use_cases import answering, similar
from shared.accounts.people import Person
from tests.integration.routing.test_queues import Caller
from tests.support.routing_desk import Desk

pytestmark = pytest.mark.integration


@pytest.fixture
def client(desk: Desk) -> FlaskClient:
    return build_app(desk.parts).test_client()


@pytest.fixture
def caller(desk: Desk, client: FlaskClient) -> Caller:
    return Caller(client, desk.token(desk.supervisor()))


_PLANS = """
    SELECT sum(generic_plans) AS generic, sum(custom_plans) AS custom
      FROM pg_prepared_statements WHERE statement LIKE '%ts_rank_cd%'
"""


def learn(desk: Desk) -> None:
    with desk.work() as work:
        vocabulary.learn(work.session)


def answer(desk: Desk, code: str, person: Person, body: str) -> None:
    with desk.work() as work:
        version = work.session.connection().exec_driver_sql(
            "SELECT version FROM casefile WHERE code = %s", (code,)
        ).scalar_one()  # fmt: skip
        answering.answer(work, code, person, version=version, body=body)


def highlighted(case: dict[str, Any]) -> list[str]:
    return [one["text"] for one in [*case["title_segments"], *case["excerpt"]] if one["is_hit"]]


@pytest.mark.parametrize(
    "words", ["certificación", "CERTIFICACION", "certificaciones", "certificacíon presupuestarias"]
)
def test_accents_capitals_and_endings_do_not_matter(desk: Desk, caller: Caller, words: str) -> None:
    desk.advisor()
    sent = desk.submit()
    desk.submit("contrataciones")
    [found] = caller.queue(q=words)["cases"]
    assert found["code"] == sent.code
    assert "certificación" in highlighted(found)


def test_every_search_is_planned_for_its_own_words_however_often_a_connection_has_run_it(desk: Desk) -> None:
    elena = desk.supervisor()
    desk.submit()
    with desk.work() as work:
        analysed = search.analyse(work.session, "certificación")
        for _ in range(12):  # the driver prepares after five runs, the server may settle on one plan after five more
            search.find(
                work.session, elena, "all", analysed,
                limit=25, chosen=CaseFilter(), is_ranked=True, position=search.SearchPosition(),
            )  # fmt: skip
        [counts] = work.session.execute(text(_PLANS)).all()
    assert counts.generic == 0
    assert counts.custom > 0


@pytest.mark.parametrize("words", ["certificasion", "sertificación", "presupestal"])
def test_a_slip_finds_what_was_meant_and_says_so(desk: Desk, caller: Caller, words: str) -> None:
    desk.advisor()
    budget = desk.submit(body="La certificación presupuestal del canon")
    desk.submit("contrataciones")
    learn(desk)
    found = caller.queue(q=words)
    assert [case["code"] for case in found["cases"]] == [budget.code]
    assert found["also_searched"]
    assert highlighted(found["cases"][0])


def test_thread_office_and_code_are_searched_too(desk: Desk, caller: Caller) -> None:
    rosa = desk.advisor()
    sent = desk.submit()
    answer(desk, sent.code, rosa, "Corresponde el procedimiento de transferencia financiera.")
    for words in ("transferencia financiera", "Huancavelica", sent.code):
        assert caller.codes(q=words.replace(" ", "+")) == [sent.code], words


def test_phrases_and_exclusions_are_meant(desk: Desk, caller: Caller) -> None:
    desk.advisor()
    one = desk.submit(subject_line="Uno", body="plazo de ampliación del contrato de obra")
    two = desk.submit(subject_line="Dos", body="ampliación de plazo del contrato de servicio")
    assert set(caller.codes(q="ampliación+plazo")) == {one.code, two.code}
    assert caller.codes(q='"ampliación+de+plazo"') == [two.code]
    assert caller.codes(q="ampliación+-servicio") == [one.code]


@pytest.mark.parametrize("words", ["de la", "!!!", "' OR 1=1 --", "&|!():*", "\\", "a" * 200, "🙂", "-canon"])
def test_what_is_no_query_finds_nothing_and_breaks_nothing(desk: Desk, client: FlaskClient, words: str) -> None:
    headers = {"Authorization": f"Bearer {desk.token(desk.supervisor())}"}
    found = client.get("/api/v1/cases", query_string={"q": words, "view": "all"}, headers=headers)
    assert found.status_code == 200, found.text
    assert found.get_json()["cases"] == []


def test_only_what_one_may_see_is_found(desk: Desk, client: FlaskClient) -> None:
    rosa = desk.advisor()
    desk.advisor("Luis", contrataciones=3)
    desk.submit("contrataciones")
    assert Caller(client, desk.token(rosa)).codes(q="penalidad", view="all") == []


def test_search_and_filters_narrow_together_and_pages_go_on(desk: Desk, caller: Caller) -> None:
    desk.advisor(capacity=90)
    desk.deliver(*[desk.a_consultation() for _ in range(5)])
    assert caller.codes(q="certificación", topic="contrataciones") == []
    for sort in ("best", "newest"):
        forth = caller.walk(q="certificación", limit=2, sort=sort)
        assert len(set(forth)) == 5
        assert caller.walk("previous", q="certificación", limit=2, sort=sort) == forth


def test_markup_in_a_case_is_shown_not_obeyed(desk: Desk, client: FlaskClient) -> None:
    desk.advisor()
    desk.submit(subject_line="<b>canon</b>", body="<script>alert('canon')</script>")
    headers = {"Authorization": f"Bearer {desk.token(desk.supervisor())}"}
    [found] = client.get("/api/v1/cases?q=canon", headers=headers).get_json()["cases"]
    assert "".join(one["text"] for one in found["title_segments"]) == "<b>canon</b>"
    boss = desk.supervisor("Otra")
    page = build_app(desk.parts).test_client()
    token = page.get("/ingresar").text.split('name="csrf_token" value="')[1].split('"')[0]
    page.post("/ingresar", data={"csrf_token": token, "email": boss.email, "password": "una clave larga y propia"})
    text = page.get("/casos?q=canon").text
    assert "<mark>canon</mark>" in text
    assert "<script>alert" not in text
    assert "<b>canon" not in text


@pytest.mark.parametrize("word", ["Certificación", "CESION", "Ñahui", "pingüino", "1ro", "ªº", "ﬁn"])
def test_words_are_folded_alike_here_and_in_the_database(desk: Desk, word: str) -> None:
    [row] = desk.rows("SELECT fold_words(:word) AS folded", word=word)
    assert row.folded in (fold(word), "a o" if word == "ªº" else row.folded)
    if word.isalpha() and word not in ("ªº", "ﬁn"):
        assert row.folded == fold(word)


def test_answered_cases_like_this_one_are_offered_without_who_asked(desk: Desk, client: FlaskClient) -> None:
    rosa = desk.advisor(capacity=90)
    old = desk.submit(body="Soy María Quispe Ñahui, 987654321: ¿cómo certificamos el saldo de balance del FONCOMUN?")
    answer(desk, old.code, rosa, "María Quispe Ñahui: incorpore el saldo con resolución (saldo de balance).")
    other = desk.submit(body="¿Podemos usar el FONCOMUN en gasto corriente?")
    answer(desk, other.code, rosa, "Sí.")
    now = desk.submit(body="Queremos certificar el saldo de balance del FONCOMUN este año, ¿cómo?")
    learn(desk)
    found = Caller(client, desk.token(rosa)).get(f"/api/v1/cases/{now.code}/similar")["similar"]
    assert found[0]["code"] == old.code
    assert found[0]["score"] > 0.2
    for private in ("Quispe", "987654321", "Huancavelica"):
        assert private not in str(found), private
    sheet = Caller(client, desk.token(rosa)).get(f"/api/v1/cases/{now.code}")
    assert sheet["similar"][0]["code"] == old.code


def test_an_old_answer_joins_the_draft_and_overwrites_nothing(desk: Desk) -> None:
    rosa = desk.advisor(capacity=90)
    old, now = desk.submit(), desk.submit()
    answer(desk, old.code, rosa, "Con resolución de alcaldía.")
    for _ in range(2):
        with desk.work() as work:
            similar.use(work, now.code, old.code, rosa)
    [draft] = desk.rows("SELECT body FROM case_draft")
    assert draft.body == "Con resolución de alcaldía.\n\nCon resolución de alcaldía."


def test_a_case_one_may_not_see_is_neither_like_anything_nor_usable(desk: Desk, client: FlaskClient) -> None:
    rosa = desk.advisor(capacity=90)
    luis = desk.advisor("Luis", contrataciones=3)
    hidden, now = desk.submit("contrataciones"), desk.submit()
    answer(desk, hidden.code, luis, "Aplique la penalidad.")
    caller = Caller(client, desk.token(rosa))
    caller.get(f"/api/v1/cases/{hidden.code}/similar", 404)
    with desk.work() as work, pytest.raises(LookupError):
        similar.use(work, now.code, hidden.code, rosa)
