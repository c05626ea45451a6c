"""One act on many cases: each by itself, once, with the reason where it could not be done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from services.routing.entrypoints.events import timer_handlers
from services.routing.entrypoints.wsgi import build_app
from services.routing.use_cases import bulk
from shared.accounts.people import Person
from shared.contracts.case import CaseClosed
from shared.contracts.consultation import ConsultationSubmitted
from shared.ids import new_id
from shared.messaging.clock_process import ClockProcess
from tests.integration.routing.test_api import Caller
from tests.integration.routing.test_pages import Browser
from tests.support.background import in_background
from tests.support.routing_desk import Desk

pytestmark = pytest.mark.integration


@pytest.fixture
def client(desk: Desk) -> FlaskClient:
    return build_app(desk.parts).test_client()


def seen(desk: Desk, *sent: ConsultationSubmitted) -> list[dict[str, Any]]:
    return [{"code": one.code, "version": desk.case(one.consultation_id).version} for one in sent]


def test_what_cannot_be_done_stays_as_it_is_and_says_why_and_the_rest_is_done_once(
    desk: Desk, client: FlaskClient
) -> None:
    desk.advisor("Rosa", capacity=9)
    luis = desk.advisor("Luis Paz", capacity=2, contrataciones=2)
    boss = Caller(client, desk.token(desk.supervisor()))
    cases = [desk.submit() for _ in range(4)]
    chosen = seen(desk, *cases)
    chosen[0]["version"] += 1
    key, values = str(new_id()), {"advisor_id": str(luis.id), "note": "Reparto del lunes."}
    first = boss.post("/bulk-acts", key, act="assign", values=values, cases=chosen)
    assert first.status_code == 200, first.text
    assert (first.json["done"], first.json["refused"], first.json["pending"]) == (2, 2, 0)
    told = {one["code"]: one for one in first.json["cases"]}
    assert "cambió desde que usted lo eligió" in told[cases[0].code]["sentence"]
    assert "Luis Paz tiene 2 de 2" in told[cases[3].code]["sentence"]
    assert boss.post("/bulk-acts", key, act="assign", values=values, cases=chosen).json == first.json
    other = boss.post("/bulk-acts", key, act="note", values={"body": "Otra cosa"}, cases=chosen)
    assert other.json["code"] == "idempotency_key_reused"
    desk.assert_loads_are_true()


def test_a_long_run_goes_on_in_chunks(desk: Desk, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "CHUNK", 2)
    desk.advisor("Rosa", capacity=9)
    boss = Caller(client, desk.token(desk.supervisor()))
    cases = [desk.submit() for _ in range(3)]
    run = boss.post("/bulk-acts", str(new_id()), act="note", values={"body": "Ojo."}, cases=seen(desk, *cases)).json
    assert (run["done"], run["pending"]) == (2, 1)
    assert boss.get(f"/bulk-acts/{run['id']}").json == run
    run = boss.post(f"/bulk-acts/{run['id']}/continue").json
    assert (run["done"], run["pending"]) == (3, 0)
    assert desk.rows("SELECT count(*) FROM case_note")[0][0] == 3
    stranger = Caller(client, desk.token(desk.supervisor("Otra")))
    assert stranger.get(f"/bulk-acts/{run['id']}").status_code == 404


def clock_of(desk: Desk) -> ClockProcess:
    return ClockProcess(desk.parts.settings, desk.units, desk.consumer, timer_handlers)


@pytest.fixture
def left(desk: Desk, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """A run of seven notes of which the request did two; whoever asked went away."""
    monkeypatch.setattr(bulk, "CHUNK", 2)
    desk.advisor("Rosa", capacity=9)

    def begin(boss: Person) -> Any:
        cases = [desk.submit() for _ in range(7)]
        chosen = seen(desk, *cases)
        chosen[4]["version"] += 1
        caller = Caller(client, desk.token(boss))
        run = caller.post("/bulk-acts", str(new_id()), act="note", values={"body": "Ojo."}, cases=chosen).json
        assert (run["done"], run["pending"], run["is_going_on"]) == (2, 5, True)
        return caller, run["id"]

    return begin


def test_the_clock_finishes_what_nobody_continued_and_the_page_shows_how_far_it_is(
    desk: Desk, client: FlaskClient, left: Callable[..., Any]
) -> None:
    boss = desk.supervisor()
    caller, run_id = left(boss)
    browser = Browser(client)
    browser.enter(boss)
    page = browser.open(f"/casos/lote/{run_id}")
    for told in ('max="7" value="2"', "Lo que falta se hace solo", f'data-fresh="/casos/lote/{run_id}"', "faltan 5"):
        assert told in page
    assert desk.tick() == 0, "not before somebody could have gone on by hand"
    desk.make_timers_due(run_id)
    assert desk.tick() == 6, "one case a turn, and a last look"
    run = caller.get(f"/bulk-acts/{run_id}").json
    assert (run["done"], run["refused"], run["pending"], run["is_going_on"]) == (6, 1, 0, False)
    assert "cambió desde que usted lo eligió" in run["cases"][4]["sentence"]
    assert desk.rows("SELECT count(*) FROM case_note")[0][0] == 6
    assert "data-fresh=" not in browser.open(f"/casos/lote/{run_id}")


def test_two_clocks_and_a_hand_share_a_run_and_no_case_is_done_twice(desk: Desk, left: Callable[..., Any]) -> None:
    caller, run_id = left(desk.supervisor())
    desk.make_timers_due(run_id)
    with in_background(desk.tick, clock_of(desk).fire_due):
        caller.post(f"/bulk-acts/{run_id}/continue")
    while caller.get(f"/bulk-acts/{run_id}").json["pending"]:
        desk.make_timers_due(run_id)
        desk.tick()
    notes = desk.rows("SELECT count(*) FROM case_note GROUP BY case_id")
    assert [row[0] for row in notes] == [1] * 6


def test_what_fails_undoes_its_case_is_tried_again_and_given_up_at_last(
    desk: Desk, left: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    caller, run_id = left(desk.supervisor())
    real = bulk.do_item

    def break_down(work: Any, person: Any, run: Any, item: Any) -> None:
        real(work, person, run, item)
        if item.position == 3:
            raise RuntimeError("the disk is full")

    monkeypatch.setattr(bulk, "do_item", break_down)
    for _ in range(7):
        desk.make_timers_due(run_id)
        desk.tick()
    run = caller.get(f"/bulk-acts/{run_id}").json
    assert [one["outcome"] for one in run["cases"]] == ["done", "done", "refused", "done", "refused", "done", "done"]
    assert run["cases"][2]["sentence"] == "Algo falló de nuestro lado"
    assert desk.rows("SELECT count(*) FROM case_note")[0][0] == 5
    desk.assert_loads_are_true()


def test_what_is_left_of_somebody_who_is_gone_or_of_yesterday_is_not_done(desk: Desk, left: Callable[..., Any]) -> None:
    boss = desk.supervisor()
    _, gone = left(boss)
    caller, old = left(desk.supervisor("Otra Persona"))
    desk.run("UPDATE account SET is_active = false, locale = 'en' WHERE account_id = :id", id=boss.id)
    desk.run("UPDATE bulk_run SET made_at = made_at - interval '61 minutes' WHERE run_id = :id", id=old)
    for run_id in (gone, old):
        desk.make_timers_due(run_id)
    desk.tick()
    told = {row.sentence for row in desk.rows("SELECT sentence FROM bulk_item WHERE outcome = 'refused'")}
    assert told == {"The account of whoever asked for it was closed."}
    run = caller.get(f"/bulk-acts/{old}").json
    assert (run["pending"], run["is_going_on"]) == (5, False)
    assert caller.post(f"/bulk-acts/{old}/continue").json["pending"] == 3, "by hand it still goes on"


def test_all_of_a_queue_is_done_only_as_it_was_counted(desk: Desk, client: FlaskClient) -> None:
    desk.advisor("Rosa", capacity=9)
    boss = Caller(client, desk.token(desk.supervisor()))
    cases = [desk.submit() for _ in range(3)]
    values = {"outcome": "out_of_scope", "note": "Vaya a la UGEL."}
    asked = {"act": "close", "values": values, "filter": {"view": "team", "topic": "presupuesto"}}
    wrong = boss.post("/bulk-acts", str(new_id()), **asked, expected_count=2)
    assert (wrong.status_code, wrong.json["count"]) == (409, 3)
    done = boss.post("/bulk-acts", str(new_id()), **asked, expected_count=3)
    assert done.json["done"] == 3
    assert [len(desk.events(one.consultation_id, CaseClosed)) for one in cases] == [1, 1, 1]
    desk.assert_loads_are_true()


@pytest.mark.parametrize(
    "changes",
    [
        {"act": "explode"},
        {"values": {}},
        {"values": {"body": ""}},
        {"values": {"body": "x", "version": 3}},
        {"cases": []},
        {"filter": {"view": "team"}},
        {"cases": [{"code": "V", "version": 0}]},
    ],
)
def test_bad_requests_are_refused_before_anything_is_done(
    desk: Desk, client: FlaskClient, changes: dict[str, Any]
) -> None:
    desk.advisor("Rosa")
    boss = Caller(client, desk.token(desk.supervisor()))
    asked = {"act": "note", "values": {"body": "Ojo."}, "cases": seen(desk, desk.submit()), **changes}
    assert boss.post("/bulk-acts", str(new_id()), **asked).status_code == 422
    assert boss.post("/bulk-acts", **{**asked, "act": "note", "values": {"body": "x"}}).status_code in (400, 422)
    assert desk.rows("SELECT count(*) FROM bulk_run")[0][0] == 0


def test_a_supervisor_ticks_boxes_confirms_the_count_and_reads_the_outcome(desk: Desk, client: FlaskClient) -> None:
    desk.advisor("Rosa", capacity=9)
    browser = Browser(client)
    browser.enter(desk.supervisor())
    cases = [desk.submit() for _ in range(3)]
    page = browser.open("/casos?vista=team")
    boxes = [f"{one['code']}:{one['version']}" for one in seen(desk, *cases)]
    assert all(f'form="lote" name="caso" value="{box}"' in page for box in boxes)
    picked = "&".join(f"caso={box}" for box in boxes[:2])
    assert "2 casos elegidos" in browser.open(f"/casos/lote?{picked}")
    data = {**browser.hidden("/casos/lote"), "acto": "note", "caso": boxes[:2], "body": "Ojo con el plazo."}
    for _ in range(2):
        answer = client.post("/casos/lote", data=data, follow_redirects=True)
        assert "2 hechos" in answer.text
    assert desk.rows("SELECT count(*) FROM case_note")[0][0] == 2

    assert "3 casos elegidos" in browser.open("/casos/lote?todos=1&vista=team&tema=presupuesto")
    empty = client.post("/casos/lote", data={**browser.hidden("/casos/lote"), "acto": "note", "caso": boxes})
    assert empty.status_code == 422
    assert "3 casos elegidos" in empty.text, "the choice is kept"
    assert "Elija al menos un caso." in browser.open("/casos/lote")
