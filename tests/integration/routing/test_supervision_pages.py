"""The supervisor's pages and API: leaves, teams and skills, one advisor's load, fairness, and spreading the backlog."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient

from services.routing.entrypoints.wsgi import build_app
from services.routing.use_cases import notes, staff
from services.routing.use_cases.staff import AdvisorChange
from shared.accounts.people import Person
from shared.ids import new_id
from tests.support.routing_desk import PASSWORD, Desk

pytestmark = pytest.mark.integration

LIMA = ZoneInfo("America/Lima")


class Supervisor:
    """A supervisor with a browser and a program."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.person = desk.supervisor()
        app = build_app(desk.parts)
        self.client: FlaskClient = app.test_client()
        self.program: FlaskClient = app.test_client(use_cookies=False)
        self.enter(self.person)
        self.token = desk.token(self.person)

    def enter(self, person: Person) -> None:
        self.open("/ingresar")
        self.send("/ingresar", email=person.email, password=PASSWORD)

    def open(self, path: str, status: int = 200) -> str:
        answer = self.client.get(path, follow_redirects=True)
        assert answer.status_code == status, answer.text
        self.page = answer.text
        return self.page

    def send(self, path: str, **values: Any) -> Any:
        """Send values to a form, with the hidden fields of the page at hand."""
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', self.page))
        answer = self.client.post(path, data={**hidden, "form_token": str(new_id()), **values}, follow_redirects=True)
        self.page = answer.text
        return answer

    def call(self, method: str, path: str, status: int, **json: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": str(new_id())}
        body = {"json": json} if json else {}
        answer = self.program.open(f"/api/v1{path}", method=method, headers=headers, **body)
        assert answer.status_code == status, answer.text
        return answer.get_json()


@pytest.fixture
def elena(desk: Desk) -> Supervisor:
    return Supervisor(desk)


def today() -> date:
    return datetime.now(LIMA).date()


def test_a_leave_is_entered_shown_and_cancelled_on_the_calendar(desk: Desk, elena: Supervisor) -> None:
    rosa = desk.advisor("Rosa Huamán")
    elena.open(f"/supervision/licencias?asesor={rosa.id}")
    values = {"advisor_id": str(rosa.id), "starts_on": str(today()), "ends_on": str(today()), "kind": "training"}
    answer = elena.send("/supervision/licencias", **values, note="Curso de la ENAP")
    assert answer.status_code == 200
    for told in (
        "La licencia quedó registrada.",
        "Capacitación",
        "Curso de la ENAP",
        "aprobó Elena Quiñones",
        "prevista",
    ):
        assert told in answer.text
    again = elena.send("/supervision/licencias", **values)
    assert again.status_code == 422
    assert "ya tiene una licencia en esos días" in again.text
    desk.tick()
    assert "en curso" in elena.open("/supervision/licencias")
    assert "de licencia" in elena.open("/supervision")
    cancel = re.search(r'action="(/supervision/licencias/[^"]+/anulacion)"', elena.open("/supervision/licencias"))
    assert cancel is not None
    assert "La licencia está anulada." in elena.send(cancel[1]).text
    assert elena.send(cancel[1]).status_code == 200


@pytest.mark.parametrize(
    "values", [{"starts_on": "ayer"}, {"advisor_id": "nadie"}, {"kind": "siesta"}, {"ends_on": ""}]
)
def test_a_leave_with_mistakes_is_explained(desk: Desk, elena: Supervisor, values: dict[str, str]) -> None:
    rosa = desk.advisor()
    elena.open("/supervision/licencias?mes=9999-77")
    good = {"advisor_id": str(rosa.id), "starts_on": str(today()), "ends_on": str(today()), "kind": "health"}
    assert elena.send("/supervision/licencias", **{**good, **values}).status_code == 422


def test_programs_enter_list_and_cancel_leaves(desk: Desk, elena: Supervisor) -> None:
    rosa = desk.advisor()
    sent = {"advisor_id": str(rosa.id), "starts_on": str(today()), "ends_on": str(today() + timedelta(days=3))}
    made = elena.call("POST", "/leaves", 201, **sent)
    assert made["approved_by_name"] == "Elena Quiñones"
    assert [one["id"] for one in elena.call("GET", "/leaves", 200)] == [made["id"]]
    assert elena.call("GET", "/leaves?until=2000-01-01", 200) == []
    assert elena.call("DELETE", f"/leaves/{made['id']}", 200)["cancelled_at"] is not None
    assert elena.call("DELETE", f"/leaves/{made['id']}", 409)["code"]
    elena.call("DELETE", f"/leaves/{rosa.id}", 404)
    elena.call("POST", "/leaves", 404, **{**sent, "advisor_id": str(new_id())})


def test_levels_and_teams_are_edited_in_one_table_and_stale_rows_are_left_alone(desk: Desk, elena: Supervisor) -> None:
    rosa, luis = desk.advisor("Rosa Huamán"), desk.advisor("Luis Paredes")
    elena.open("/supervision/equipo")
    assert "Los cambios se guardaron." in elena.send("/supervision/equipo/equipos", name="Presupuesto").text
    assert "Ya hay un equipo" in elena.send("/supervision/equipo/equipos", name="Presupuesto").text
    (team,) = elena.call("GET", "/teams", 200)
    elena.open("/supervision/equipo")
    with desk.work() as work:
        staff.change_advisor(work, luis.id, AdvisorChange(capacity=5))
    answer = elena.send(
        "/supervision/equipo",
        **{f"level_{rosa.id}_contrataciones": "3", f"level_{rosa.id}_presupuesto": "1", f"team_{rosa.id}": team["id"]},
        **{f"level_{luis.id}_contrataciones": "2"},
    )
    assert answer.status_code == 409
    assert "Luis Paredes" in answer.text.split("</div>")[0] or "mientras tanto" in answer.text
    skills = {row.id: row for row in elena_rows(desk)}
    assert skills[rosa.id].skills == {"contrataciones": 3, "presupuesto": 1}
    assert str(skills[rosa.id].team_id) == team["id"]
    assert skills[luis.id].skills == {"presupuesto": 2}
    elena.open("/supervision/equipo")
    elena.send(f"/supervision/equipo/equipos/{team['id']}/disolucion")
    assert elena.call("GET", "/teams", 200) == []


def elena_rows(desk: Desk) -> list[Any]:
    return desk.rows("""
        SELECT account_id AS id, team_id, (SELECT jsonb_object_agg(topic, level) FROM advisor_skill
                 WHERE advisor_skill.account_id = advisor.account_id) AS skills FROM advisor
    """)


def test_marked_cases_go_to_somebody_else_with_the_reason_and_those_without_room_are_named(
    desk: Desk, elena: Supervisor
) -> None:
    rosa = desk.advisor("Rosa Huamán", capacity=5)
    sent = [desk.submit() for _ in range(3)]
    luis = desk.advisor("Luis Paredes", capacity=2)
    path = f"/supervision/carga/{rosa.id}"
    page = elena.open(path)
    marks = {f"case_{one.code}": re.search(rf'name="case_{one.code}" value="(\d+)"', page)[1] for one in sent}  # type: ignore[index]  # it is there
    assert elena.send(path, advisor_id=str(luis.id), note="x").status_code == 422
    assert elena.send(path, advisor_id=str(luis.id), note="", **marks).status_code == 422
    answer = elena.send(path, advisor_id=str(luis.id), note="Rosa lleva la obra de Acoria.", **marks)
    assert answer.status_code == 409
    assert "2 casos pasaron; estos no:" in answer.text
    assert "Luis Paredes tiene 2 de 2 casos: no le queda cupo." in answer.text
    desk.assert_loads_are_true()
    assert sum(desk.case(one.consultation_id).advisor_id == luis.id for one in sent) == 2


def test_the_next_case_is_taken_by_button_and_by_program(desk: Desk, elena: Supervisor) -> None:
    rosa = desk.advisor("Rosa Huamán")
    with desk.work() as work:
        staff.change_advisor(work, rosa.id, AdvisorChange(is_available=False))
    sent = [desk.submit() for _ in range(2)]
    elena.client.delete_cookie("session")
    browser = Supervisor(desk)
    browser.send("/salir")
    browser.enter(rosa)
    assert "Tomar la siguiente" in browser.open("/casos")
    answer = browser.send("/casos/siguiente")
    assert "Este es su siguiente caso." in answer.text
    assert sent[0].code in answer.text
    browser.token = desk.token(rosa)
    assert browser.call("POST", "/assignment/next", 200)["code"] == sent[1].code
    assert browser.call("POST", "/assignment/next", 409)["code"]
    browser.open("/casos")
    assert "No hay casos que esperen en sus temas" in browser.send("/casos/siguiente").text


def test_the_fairness_report_adds_up_on_page_in_file_and_api(desk: Desk, elena: Supervisor) -> None:
    rosa, luis = desk.advisor("Rosa Huamán", capacity=4), desk.advisor("=Luis Paredes", capacity=4)
    with desk.work() as work:
        staff.change_advisor(work, luis.id, AdvisorChange(is_available=False))
    for _ in range(5):
        desk.submit()
    report = elena.call("GET", "/assignment/fairness", 200)
    by_name = {one["full_name"]: one for one in report["advisors"]}
    assert (report["total"], report["unstaffed"]) == (4, 1)
    assert sum(one["total"] for one in report["advisors"]) == sum(one["total"] for one in report["topics"]) == 4
    assert sum(report["ways"].values()) == 4
    assert by_name["=Luis Paredes"]["skips"] == {"away": 5}
    assert by_name["Rosa Huamán"]["skips"] == {"full": 1}
    assert report["jain_cases"] == 0.5

    page = elena.open("/supervision/equidad")
    assert "no disponible · 5" in page
    file = elena.client.get("/supervision/equidad.csv")
    rows = list(csv.DictReader(io.StringIO(file.get_data(as_text=True).removeprefix("\ufeff"))))
    assert sum(int(row["Número"]) for row in rows if row["Hecho"] == "Asignado") == 4
    assert {row["Asesor"] for row in rows} == {"Rosa Huamán", "'=Luis Paredes"}
    assert elena.call("GET", "/assignment/fairness?since=2020-01-01&until=2020-02-01", 200)["total"] == 0
    elena.call("GET", "/assignment/fairness?since=2026-01-02&until=2026-01-01", 422)
    assert elena.open("/supervision/equidad?desde=2026-02-02&hasta=2026-02-01", 422)
    assert rosa.id != luis.id


def test_a_plan_spreads_the_backlog_within_capacities_and_what_changed_meanwhile_is_passed_over(
    desk: Desk, elena: Supervisor
) -> None:
    rosa = desk.advisor("Rosa Huamán", capacity=12)
    sent = [desk.submit() for _ in range(10)]
    with desk.work() as work:
        version = desk.case(sent[0].consultation_id).version
        notes.add_note(work, sent[0].code, rosa, version=version, body="Ya lo estoy viendo.")
    for name in ("Luis Paredes", "Ana Mamani"):
        desk.advisor(name, capacity=12)
    elena.open("/supervision/redistribucion")
    plan = elena.call("POST", "/assignment/rebalances", 201)
    assert plan["considered"] == 9
    assert plan["jain_after"] > 0.95 > plan["jain_before"]
    assert [one["before"] for one in plan["advisors"]] == [0, 0, 10]
    assert sum(one["after"] for one in plan["advisors"]) == 10
    moved_codes = {move["code"] for move in plan["moves"]}
    assert sent[0].code not in moved_codes

    stale = next(one for one in sent if one.code in moved_codes)
    with desk.work() as work:
        version = desk.case(stale.consultation_id).version
        notes.add_note(work, stale.code, elena.person, version=version, body="Ojo con el plazo.")
    path = f"/supervision/redistribucion/{plan['id']}"
    assert "Carga antes y después" in elena.open(path)
    assert elena.send(path, reason="").status_code == 422
    assert "Se está aplicando" in elena.send(path, reason="Rosa está sola con todo.").text
    while desk.tick():
        pass
    done = elena.call("GET", f"/assignment/rebalances/{plan['id']}", 200)
    assert (done["state"], done["moved"], done["passed_over"]) == ("applied", len(moved_codes) - 1, 1)
    assert desk.case(stale.consultation_id).advisor_id == rosa.id
    moved = next(one for one in sent if one.code in moved_codes - {stale.code})
    assert desk.case(moved.consultation_id).assignment_reason_es.endswith("Rosa está sola con todo.")
    desk.assert_loads_are_true()
    elena.call("POST", f"/assignment/rebalances/{plan['id']}/apply", 409, reason="Otra vez.")
    elena.call("POST", f"/assignment/rebalances/{new_id()}/apply", 404, reason="Otro.")


def test_supervision_says_in_red_what_nobody_has_and_counts_working_hours(desk: Desk, elena: Supervisor) -> None:
    desk.submit()
    page = elena.open("/supervision")
    assert "1 caso no tiene quién lo atienda." in page
    assert "en las próximas 4 horas de trabajo" in page or "Sin asesor" in page


@pytest.mark.parametrize(
    "path", ["/supervision/licencias", "/supervision/equipo", "/supervision/equidad", "/supervision/redistribucion"]
)
def test_advisors_are_not_let_into_supervision(desk: Desk, path: str) -> None:
    browser = Supervisor(desk)
    browser.send("/salir")
    browser.enter(desk.advisor())
    browser.open(path, 403)


def test_the_part_of_the_page_that_renews_itself_tells_what_is_true_now(desk: Desk, elena: Supervisor) -> None:
    desk.advisor(capacity=1)
    calm = elena.open("/supervision/ahora")
    assert 'data-said="Nada vencido ni por vencer, y nadie sin asesor."' in calm
    assert "<html" not in calm
    missed = [desk.submit(submitted_at=desk.received_so_that(1.2)) for _ in range(40)]
    soon = desk.submit(submitted_at=desk.received_so_that(0.95))
    desk.run("UPDATE advisor SET capacity = 0")
    page, part = elena.open("/supervision"), elena.open("/supervision/ahora")
    told = "40 vencidos, 1 por vencer, 40 sin asesor, 1 por encima de su cupo"
    for shown in (page, part):
        assert f'data-said="{told}"' in shown
        assert 'data-fresh="/supervision/ahora"' in shown
        assert f'data-key="{soon.code}"' in shown, "forty that are late hide none that will be"
        assert f'data-key="{missed[0].code}"' in shown
    assert "40 overdue, 1 about to be due" in elena.open("/supervision/ahora?lang=en")
    assert 'src="/static/fresh.js"' in page
