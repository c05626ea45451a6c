"""Review before sending: a second pair of eyes, nothing sent before they approve, and every text kept."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from services.routing.domain.sla_clock import ClockStatus
from services.routing.entrypoints.wsgi import build_app
from services.routing.use_cases.clocks import read_clocks
from shared.accounts.people import Person
from shared.contracts.case import CaseAnswered
from shared.contracts.desk import CaseReviewDecided, CaseReviewRequested
from tests.support.routing_desk import Desk
from tests.support.staff_browser import StaffBrowser

pytestmark = pytest.mark.integration

FIRST, SECOND = "Se aprueba por resolución.", "Se aprueba por resolución de alcaldía (DL 1440, art. 47)."


@pytest.fixture
def app(desk: Desk) -> Flask:
    return build_app(desk.parts)


class Room:
    """An author, a reviewer who is an expert of the topic, and a case in the author's hands."""

    def __init__(self, desk: Desk, app: Flask) -> None:
        self.desk, self.app = desk, app
        self.rosa = desk.advisor("Rosa Huamán", presupuesto=1)
        self.sent = desk.submit()
        self.ana = desk.advisor("Ana Mamani", presupuesto=3)
        self.base = f"/casos/{self.sent.code}"
        self.author, self.reviewer = self.enter(self.rosa), self.enter(self.ana)

    def enter(self, person: Person) -> StaffBrowser:
        return StaffBrowser(self.app.test_client(), person)

    def submit(self, body: str) -> str:
        self.author.open(self.base)
        form = f"{self.base}/respuesta"
        return self.author.send(form, to=f"{self.base}/revision", body=body).text

    def give_back(self, comment: str) -> str:
        self.reviewer.open(f"{self.base}/revision")
        return self.reviewer.send(f"{self.base}/revision/devolver", comment=comment).text

    def approve(self) -> str:
        self.reviewer.open(f"{self.base}/revision")
        return self.reviewer.send(f"{self.base}/revision/aprobar").text

    def sent_bodies(self) -> list[str]:
        return [event.body for event in self.desk.events(self.sent.consultation_id, CaseAnswered)]


@pytest.fixture
def room(desk: Desk, app: Flask) -> Room:
    return Room(desk, app)


def test_an_answer_is_returned_changed_and_approved_under_its_author_s_name(room: Room) -> None:
    assert "La respuesta está en revisión" in room.submit(FIRST)
    assert "Respuesta en revisión" in room.author.page
    assert room.sent.code in room.reviewer.open("/revision")
    assert "Ninguna respuesta espera su revisión" in room.author.open("/revision")
    assert "volvió a quien la escribió" in room.give_back("Cite el artículo.")
    page = room.author.open(room.base)
    assert "Cite el artículo." in page
    assert room.author.typed("answer") == FIRST
    room.submit(SECOND)
    page = room.reviewer.open(f"{room.base}/revision")
    assert "<ins>" in page
    assert "<del>" in page
    assert room.sent_bodies() == []
    assert "se envió con el nombre de quien la escribió" in room.approve()
    [told] = room.desk.events(room.sent.consultation_id, CaseAnswered)
    assert (told.body, told.advisor.id) == (SECOND, room.rosa.id)
    assert "Revisada por Ana Mamani" in room.author.open(room.base)
    [row] = room.desk.rows("SELECT state, round FROM answer_review")
    assert (row.state, row.round) == ("sent", 2)


def test_the_clock_runs_on_while_an_answer_is_in_review(room: Room) -> None:
    """Edge case 44: answer under review not yet sent."""
    room.submit(FIRST)
    with room.desk.work() as work:
        states = read_clocks(work.session, room.desk.case(room.sent.consultation_id), work.now)
    assert {state.state for state in states} == {ClockStatus.RUNNING}
    room.approve()
    with room.desk.work() as work:
        states = read_clocks(work.session, room.desk.case(room.sent.consultation_id), work.now)
    assert {state.state for state in states} == {ClockStatus.MET}


def test_reviewers_and_authors_are_told(room: Room) -> None:
    room.submit(FIRST)
    [asked] = room.desk.events(cls=CaseReviewRequested)
    assert asked.reviewer_ids == (room.ana.id,)
    room.give_back("Cite el artículo.")
    room.submit(SECOND)
    room.approve()
    assert [event.decision for event in room.desk.events(cls=CaseReviewDecided)] == ["returned", "approved"]
    assert {event.author_id for event in room.desk.events(cls=CaseReviewDecided)} == {room.rosa.id}


def test_pressing_approve_twice_sends_once(room: Room) -> None:
    room.submit(FIRST)
    room.reviewer.open(f"{room.base}/revision")
    path = f"{room.base}/revision/aprobar"
    form = room.reviewer.hidden(path)
    for _ in range(2):
        assert room.reviewer.client.post(path, data=form).status_code == 303
    assert room.sent_bodies() == [FIRST]


def test_what_the_official_writes_during_a_review_is_read_before_approving(room: Room) -> None:
    room.submit(FIRST)
    room.reviewer.open(f"{room.base}/revision")
    room.desk.clarify(room.sent.consultation_id, "Perdón: es de 2025.")
    answer = room.reviewer.send(f"{room.base}/revision/aprobar")
    assert answer.status_code == 409
    assert "Nada se decidió" in answer.text
    assert "El caso cambió después de que se envió a revisión" in answer.text
    assert "Perdón: es de 2025." in answer.text
    assert room.sent_bodies() == []
    assert "se envió con el nombre" in room.reviewer.send(f"{room.base}/revision/aprobar").text


def test_a_comment_survives_a_case_that_changed_meanwhile(room: Room) -> None:
    room.submit(FIRST)
    room.reviewer.open(f"{room.base}/revision")
    room.desk.clarify(room.sent.consultation_id, "Es de 2025.")
    answer = room.reviewer.send(f"{room.base}/revision/devolver", comment="Cite el artículo.")
    assert answer.status_code == 409
    assert room.reviewer.typed("comment") == "Cite el artículo."


def test_nobody_reviews_their_own_answer_and_only_who_knows_reviews(room: Room) -> None:
    room.submit(FIRST)
    room.author.open(f"{room.base}/revision")
    assert "Aprobar y enviar" not in room.author.page
    version = room.desk.case(room.sent.consultation_id).version
    beginner = room.desk.advisor("Luis Soto", presupuesto=2)
    for person in (room.rosa, beginner):
        headers = {"Authorization": f"Bearer {room.desk.token(person)}"}
        path = f"/api/v1/cases/{room.sent.code}/review/approve"
        assert room.app.test_client().post(path, json={"version": version}, headers=headers).status_code == 403
    assert room.sent_bodies() == []


def test_the_author_takes_an_answer_back_and_finds_it_in_the_draft(room: Room) -> None:
    room.submit(FIRST)
    room.author.open(f"{room.base}/revision")
    assert "se retiró de revisión" in room.author.send(f"{room.base}/revision/retirar").text
    assert room.author.typed("answer") == FIRST
    assert room.reviewer.client.get(f"{room.base}/revision").status_code == 404


def test_another_s_answer_ends_the_review_and_its_text_is_not_lost(room: Room) -> None:
    room.submit(FIRST)
    boss = room.enter(room.desk.supervisor())
    boss.open(room.base)
    boss.send(f"{room.base}/respuesta", body="Otra respuesta.")
    assert room.sent_bodies() == ["Otra respuesta."]
    assert FIRST in room.author.open("/borradores")
    assert "Ninguna respuesta espera" in room.reviewer.open("/revision")


def test_a_case_that_ends_takes_its_review_along(room: Room) -> None:
    room.submit(FIRST)
    room.desk.withdraw(room.sent.consultation_id)
    assert "Ninguna respuesta espera" in room.reviewer.open("/revision")
    assert FIRST in room.author.open("/borradores")


def test_a_rule_makes_beginners_ask_and_leaves_experts_alone(room: Room) -> None:
    boss = room.enter(room.desk.supervisor())
    boss.open("/revision/reglas")
    assert "Las reglas de revisión se guardaron" in boss.send("/revision/reglas", rule_presupuesto="2").text
    page = room.author.open(room.base)
    assert "pasan por revisión antes de salir" in page
    assert "Enviar la respuesta" not in page
    headers = {"Authorization": f"Bearer {room.desk.token(room.rosa)}"}
    version = room.desk.case(room.sent.consultation_id).version
    answer = room.app.test_client().post(
        f"/api/v1/cases/{room.sent.code}/answer", json={"version": version, "body": FIRST}, headers=headers
    )
    assert answer.status_code == 403
    assert "revisión" in str(answer.json)
    room.author.send(f"{room.base}/revision", body=FIRST)
    room.approve()
    assert room.sent_bodies() == [FIRST]


def test_programs_go_through_a_review(room: Room) -> None:
    def call(person: Person, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {room.desk.token(person)}"}
        return room.app.test_client().open(f"/api/v1/{path}", method=method, json=body, headers=headers)

    case = f"cases/{room.sent.code}"
    version = room.desk.case(room.sent.consultation_id).version
    asked = call(room.rosa, "POST", f"{case}/review", {"version": version, "body": FIRST})
    assert asked.status_code == 200, asked.text
    [line] = call(room.ana, "GET", "reviews").json["to_decide"]
    assert (line["code"], line["round"], line["author"]) == (room.sent.code, 1, "Rosa Huamán")
    shown = call(room.ana, "GET", f"{case}/review").json
    assert (shown["rounds"][0]["body"], shown["has_news"]) == (FIRST, False)
    back = call(room.ana, "POST", f"{case}/review/return", {"version": asked.json["version"], "comment": "Cite."})
    assert back.status_code == 200
    assert call(room.rosa, "GET", "reviews").json["own"][0]["state"] == "returned"
    again = call(room.rosa, "POST", f"{case}/review", {"version": back.json["version"], "body": SECOND})
    sent = call(room.ana, "POST", f"{case}/review/approve", {"version": again.json["version"]})
    assert (sent.status_code, sent.json["state"]) == (200, "answered")
    boss = room.desk.supervisor()
    assert call(boss, "PUT", "review-rules", {"rules": {"": 3}}).json == {"rules": {"": 3}}
    assert call(room.rosa, "PUT", "review-rules", {"rules": {"": 0}}).status_code == 403
    assert call(boss, "PUT", "review-rules", {"rules": {"": 9}}).status_code == 422


@pytest.mark.parametrize("body", ["Según {{norma}}, sí.", "Plazo: [[días]].", "Hasta aquí {{"])
def test_a_text_with_something_left_to_fill_goes_nowhere(room: Room, body: str) -> None:
    room.author.open(room.base)
    for target in ("respuesta", "revision"):
        answer = room.author.send(f"{room.base}/respuesta", to=f"{room.base}/{target}", body=body)
        assert answer.status_code == 422
        assert "Falta completar o quitar esto antes de enviar" in answer.text
        assert room.author.typed("answer") == body
    assert room.sent_bodies() == []
