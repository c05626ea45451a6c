"""The API of advisors and supervisors, over HTTP on the real database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient

from services.routing.entrypoints.wsgi import build_app
from shared.accounts.people import Person
from shared.contracts.case import CaseAnswered, CaseClassified, CaseClosed, CaseReassigned
from shared.ids import new_id
from tests.support.routing_desk import PASSWORD, Desk

pytestmark = pytest.mark.integration


@dataclass
class Caller:
    """A program that acts for one person."""

    client: FlaskClient
    token: str

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1{path}", query_string=query, headers=self._headers())

    def post(self, path: str, key: str | None = None, **body: Any) -> Any:
        return self.client.post(f"/api/v1{path}", json=body, headers=self._headers(key))

    def patch(self, path: str, **body: Any) -> Any:
        return self.client.patch(f"/api/v1{path}", json=body, headers=self._headers())

    def sheet(self, code: str) -> Any:
        answer = self.get(f"/cases/{code}")
        assert answer.status_code == 200, answer.text
        return answer.json

    def codes(self, view: str, **query: Any) -> list[str]:
        answer = self.get("/cases", view=view, **query)
        assert answer.status_code == 200, answer.text
        return [case["code"] for case in answer.json["cases"]]

    def _headers(self, key: str | None = None) -> dict[str, str]:
        headers = {"Authorization": f"Bearer {self.token}", "Accept-Language": "es"}
        return headers if key is None else {**headers, "Idempotency-Key": key}


@pytest.fixture
def client(desk: Desk) -> FlaskClient:
    return build_app(desk.parts).test_client()


@pytest.fixture
def caller(desk: Desk, client: FlaskClient) -> Any:
    def for_person(person: Person) -> Caller:
        return Caller(client, desk.token(person))

    return for_person


def test_staff_sign_in_and_see_their_queue(desk: Desk, client: FlaskClient) -> None:
    rosa = desk.advisor("Rosa Huamán")
    sent = desk.submit()
    answer = client.post("/api/v1/sessions", json={"email": rosa.email, "password": PASSWORD})
    assert answer.status_code == 201
    me = Caller(client, answer.json["token"])
    page = me.get("/cases", view="mine").json
    assert [case["code"] for case in page["cases"]] == [sent.code]
    assert page["counts"]["mine"] == 1
    assert page["cases"][0]["seconds_left"] > 0


def test_the_sheet_says_what_why_and_until_when(desk: Desk, caller: Any) -> None:
    desk.advisor()
    sent = desk.submit()
    boss = caller(desk.supervisor())
    sheet = boss.sheet(sent.code)
    assert sheet["classification"]["topic"] == "presupuesto"
    assert sheet["classification"]["confidence"] > 0.5
    assert sheet["classification"]["reasons"]
    assert "Rosa Huamán" in sheet["assignment"]["reason"]
    clocks = {clock["name"]: clock for clock in sheet["clocks"]}
    assert clocks["first_response"]["state"] == clocks["resolution"]["state"] == "running"
    assert clocks["first_response"]["due_at"] == sheet["promised_at"]
    assert clocks["first_response"]["explanation"]
    assert [line["type"] for line in sheet["timeline"]] == ["submitted", "assigned"]
    assert sheet["thread"][0]["body"] == sent.body


def test_an_answer_meets_the_clocks_and_frees_the_advisor(desk: Desk, caller: Any) -> None:
    rosa = desk.advisor()
    sent = desk.submit()
    me = caller(rosa)
    answer = me.post(
        f"/cases/{sent.code}/answer", body="Con resolución de alcaldía.", version=me.sheet(sent.code)["version"]
    )
    assert answer.status_code == 200, answer.text
    assert answer.json["state"] == "answered"
    sheet = me.sheet(sent.code)
    assert {clock["name"]: clock["state"] for clock in sheet["clocks"]} == {
        "first_response": "met",
        "resolution": "met",
    }
    assert sheet["thread"][-1]["body"] == "Con resolución de alcaldía."
    [answered] = desk.events(sent.consultation_id, CaseAnswered)
    assert answered.is_first_answer
    assert answered.advisor.full_name == "Rosa Huamán"
    assert desk.rows("SELECT open_count FROM advisor")[0][0] == 0
    assert desk.rows("SELECT count(*) FROM timer WHERE state = 'armed'")[0][0] == 0


def test_the_same_key_answers_once_and_another_text_with_it_is_refused(desk: Desk, caller: Any) -> None:
    me = caller(desk.advisor())
    sent = desk.submit()
    version = me.sheet(sent.code)["version"]
    path, key = f"/cases/{sent.code}/answer", str(new_id())
    first = me.post(path, key, body="Uno", version=version)
    again = me.post(path, key, body="Uno", version=version)
    other = me.post(path, key, body="Dos", version=version)
    assert first.status_code == again.status_code == 200
    assert first.json == again.json
    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")
    assert len(desk.events(sent.consultation_id, CaseAnswered)) == 1


def test_a_stale_version_is_refused_with_both_texts(desk: Desk, caller: Any) -> None:
    me = caller(desk.advisor())
    sent = desk.submit()
    version = me.sheet(sent.code)["version"]
    desk.clarify(sent.consultation_id, "Era del año 2025.")
    answer = me.post(f"/cases/{sent.code}/answer", body="Para 2026…", version=version)
    assert (answer.status_code, answer.json["code"]) == (409, "stale_version")
    assert (answer.json["mine"], answer.json["theirs"]) == ("Para 2026…", "Era del año 2025.")
    assert answer.json["current"]["version"] > version
    assert desk.events(sent.consultation_id, CaseAnswered) == []


def test_a_clarification_round_trip_pauses_and_resumes(desk: Desk, caller: Any) -> None:
    me = caller(desk.advisor())
    sent = desk.submit()
    promised = desk.case(sent.consultation_id).promised_at
    answer = me.post(f"/cases/{sent.code}/clarification", body="¿De qué año?", version=me.sheet(sent.code)["version"])
    assert (answer.status_code, answer.json["state"], answer.json["promised_at"]) == (200, "waiting", None)
    assert {clock["state"] for clock in me.sheet(sent.code)["clocks"]} == {"paused"}
    assert me.codes("waiting") == [sent.code]
    desk.clarify(sent.consultation_id, "De 2026.")
    case = desk.case(sent.consultation_id)
    assert case.state == "assigned"
    assert case.promised_at is not None
    assert promised is not None
    assert case.promised_at >= promised
    assert desk.types(sent.consultation_id)[2:] == [
        "case.clarification_requested", "case.rescheduled", "case.clarified",
    ]  # fmt: skip


def test_an_advisor_without_charge_reads_but_does_not_speak(desk: Desk, caller: Any) -> None:
    first, second = desk.advisor("Ana"), desk.advisor("Beto")
    sent = desk.submit()
    other = caller(second if desk.case(sent.consultation_id).advisor_id == first.id else first)
    version = other.sheet(sent.code)["version"]
    for act in ("answer", "clarification"):
        answer = other.post(f"/cases/{sent.code}/{act}", body="Yo respondo", version=version)
        assert (answer.status_code, answer.json["code"]) == (403, "forbidden")
    assert other.sheet(sent.code)["actions"] == ["choose_topic"]
    assert other.post(f"/cases/{sent.code}/assign", version=version).status_code == 403


def test_a_case_of_topics_one_does_not_know_is_not_there(desk: Desk, caller: Any) -> None:
    desk.advisor("Ana")
    stranger = caller(desk.advisor("Luis", contrataciones=3))
    sent = desk.submit("presupuesto")
    assert stranger.get(f"/cases/{sent.code}").status_code == 404
    assert stranger.get(f"/cases/{sent.code}/sla").status_code == 404
    assert stranger.post(f"/cases/{sent.code}/notes", body="¡Hola!", version=1).status_code == 404
    assert stranger.codes("all") == []


def test_triage_is_one_press_and_the_case_goes_on_to_an_advisor(desk: Desk, caller: Any) -> None:
    rosa, boss = desk.advisor("Rosa"), caller(desk.supervisor())
    sent = desk.submit_unclear()
    assert boss.codes("triage") == [sent.code]
    answer = boss.post(f"/cases/{sent.code}/topic", topic="presupuesto", version=boss.sheet(sent.code)["version"])
    assert answer.status_code == 200, answer.text
    assert (answer.json["state"], answer.json["advisor_id"]) == ("assigned", str(rosa.id))
    decided = desk.events(sent.consultation_id, CaseClassified)[-1]
    assert (decided.needs_triage, decided.topic.code) == (False, "presupuesto")
    sheet = boss.sheet(sent.code)
    assert [line["type"] for line in sheet["timeline"]] == ["submitted", "reclassified", "assigned"]


def test_a_corrected_topic_moves_the_case_to_who_knows_it(desk: Desk, caller: Any) -> None:
    rosa, luis = desk.advisor("Rosa"), desk.advisor("Luis", contrataciones=3)
    sent = desk.submit("presupuesto")
    me = caller(rosa)
    answer = me.post(f"/cases/{sent.code}/topic", topic="contrataciones", version=me.sheet(sent.code)["version"])
    assert answer.json["advisor_id"] == str(luis.id)
    [moved] = desk.events(sent.consultation_id, CaseReassigned)
    assert moved.previous_advisor_id == rosa.id
    desk.assert_loads_are_true()
    assert caller(luis).sheet(sent.code)["assignment"]["advisor"]["id"] == str(luis.id)
    assert me.get(f"/cases/{sent.code}").status_code == 404


def test_a_transfer_needs_a_note_and_room(desk: Desk, caller: Any) -> None:
    rosa, luis = desk.advisor("Rosa", presupuesto=3), desk.advisor("Luis", capacity=0, presupuesto=1)
    carla = desk.advisor("Carla", capacity=1, contrataciones=1)
    sent = desk.submit()
    me = caller(rosa)
    version = me.sheet(sent.code)["version"]
    path = f"/cases/{sent.code}/assign"
    bare = me.post(path, advisor_id=str(carla.id), version=version)
    assert (bare.status_code, list(bare.json["errors"])) == (422, ["note"])
    full = me.post(path, advisor_id=str(luis.id), note="Te toca", version=version)
    assert (full.status_code, full.json["capacity"]) == (409, 0)
    nobody = me.post(path, advisor_id=str(new_id()), note="¿Quién?", version=version)
    assert (nobody.status_code, list(nobody.json["errors"])) == (422, ["advisor_id"])
    moved = me.post(path, advisor_id=str(carla.id), note="Tú sabes de esto", version=version)
    assert (moved.status_code, moved.json["advisor_id"]) == (200, str(carla.id))
    assert caller(carla).sheet(sent.code)["notes"][0]["body"] == "Tú sabes de esto"
    desk.assert_loads_are_true()


def test_an_advisor_takes_a_case_from_triage_for_herself(desk: Desk, caller: Any) -> None:
    rosa = desk.advisor("Rosa", presupuesto=1, contrataciones=1, recursos_humanos=1, transparencia_control=1,
                        inversion_publica=1, gobierno_municipal=1, desarrollo_urbano=1, tesoreria_contabilidad=1,
                        seguridad_riesgos=1, procedimientos_tupa=1, programas_sociales=1)  # fmt: skip
    sent = desk.submit_unclear()
    me = caller(rosa)
    answer = me.post(f"/cases/{sent.code}/assign", version=me.sheet(sent.code)["version"])
    assert (answer.status_code, answer.json["state"], answer.json["advisor_id"]) == (200, "assigned", str(rosa.id))
    assert desk.types(sent.consultation_id) == ["case.classified", "case.classified", "case.assigned"]


def test_what_is_out_of_scope_is_closed_with_the_proposed_reply(desk: Desk, caller: Any) -> None:
    boss = caller(desk.supervisor())
    sent = desk.submit("fuera_de_alcance")
    sheet = boss.sheet(sent.code)
    assert "mesa de partes" in sheet["reply_proposal"]
    early = boss.post(f"/cases/{sent.code}/answer", body="No vendemos", version=sheet["version"])
    assert (early.status_code, early.json["detail"]) == (
        409, "Elija primero el tema, o tome el caso: después podrá responder.",
    )  # fmt: skip
    silent = boss.post(f"/cases/{sent.code}/close", outcome="out_of_scope", version=sheet["version"])
    assert (silent.status_code, list(silent.json["errors"])) == (422, ["note"])
    closed = boss.post(
        f"/cases/{sent.code}/close", outcome="out_of_scope", note=sheet["reply_proposal"], version=sheet["version"]
    )
    assert (closed.status_code, closed.json["state"]) == (200, "closed")
    [told] = desk.events(sent.consultation_id, CaseClosed)
    assert (told.outcome, told.note) == ("out_of_scope", sheet["reply_proposal"])
    assert {clock["state"] for clock in boss.sheet(sent.code)["clocks"]} == {"not_applicable"}


def test_an_unanswered_case_is_not_closed_as_answered(desk: Desk, caller: Any) -> None:
    me = caller(desk.advisor())
    sent = desk.submit()
    answer = me.post(f"/cases/{sent.code}/close", version=me.sheet(sent.code)["version"])
    assert (answer.status_code, answer.json["code"]) == (409, "conflict")


def test_notes_stay_inside_and_move_no_clock(desk: Desk, caller: Any) -> None:
    me = caller(desk.advisor())
    sent = desk.submit()
    before = desk.case(sent.consultation_id).promised_at
    answer = me.post(f"/cases/{sent.code}/notes", body="Ver informe 12", version=me.sheet(sent.code)["version"])
    assert answer.status_code == 200
    assert me.sheet(sent.code)["notes"][0]["body"] == "Ver informe 12"
    assert desk.case(sent.consultation_id).promised_at == before
    assert desk.types(sent.consultation_id) == ["case.classified", "case.assigned"]


def test_pages_of_a_queue_follow_each_other_without_gap_or_repeat(desk: Desk, caller: Any) -> None:
    boss = caller(desk.supervisor())
    desk.advisor(capacity=50)
    desk.deliver(*[desk.a_consultation() for _ in range(7)])
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = boss.get("/cases", view="all", limit=3, **({"cursor": cursor} if cursor else {})).json
        seen += [case["code"] for case in page["cases"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 7


def test_the_supervisor_sees_and_changes_advisors(desk: Desk, caller: Any) -> None:
    rosa, boss = desk.advisor("Rosa", capacity=0), caller(desk.supervisor())
    sent = desk.submit()
    [entry] = boss.get("/advisors").json
    assert (entry["full_name"], entry["open_count"], entry["skills"]) == ("Rosa", 0, {"presupuesto": 2})
    changed = boss.patch(f"/advisors/{rosa.id}", capacity=3, version=entry["version"])
    assert (changed.status_code, changed.json["open_count"]) == (200, 1)
    assert desk.case(sent.consultation_id).advisor_id == rosa.id
    stale = boss.patch(f"/advisors/{rosa.id}", capacity=9, version=entry["version"])
    assert (stale.status_code, stale.json["code"]) == (409, "stale_version")
    assert caller(rosa).get("/advisors").status_code == 403


def test_the_clock_report_lists_every_counted_interval(desk: Desk, caller: Any) -> None:
    me = caller(desk.advisor())
    sent = desk.submit()
    report = me.get(f"/cases/{sent.code}/sla").json
    for clock in report["clocks"]:
        assert sum(one["seconds"] for one in clock["intervals"]) == clock["target_seconds"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"body": "x"},
        {"body": "x", "version": "1"},
        {"body": "x", "version": 0},
        {"body": "", "version": 1},
        {"body": "x" * 12_001, "version": 1},
        {"body": "x\u0007", "version": 1},
        {"body": "x", "version": 1, "final": True},
        {"body": ["x"], "version": 1},
    ],
)
def test_an_answer_with_wrong_fields_is_explained(desk: Desk, caller: Any, body: dict[str, Any]) -> None:
    me = caller(desk.advisor())
    sent = desk.submit()
    answer = me.post(f"/cases/{sent.code}/answer", **body)
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_fields")
    assert answer.json["errors"]


@pytest.mark.parametrize("query", [{"view": "otra"}, {"limit": 0}, {"cursor": "x"}, {"cursor": "WyJhIiwiYiJd"}])
def test_a_queue_asked_for_wrongly_is_explained(desk: Desk, caller: Any, query: dict[str, Any]) -> None:
    answer = caller(desk.advisor()).get("/cases", **query)
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_fields")
