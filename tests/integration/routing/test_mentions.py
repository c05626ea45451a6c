"""Notes that call a colleague: told to those who may see the case, and to nobody else."""

from __future__ import annotations

import pytest
from flask import Flask

from services.routing.domain.mentions import handle_of
from services.routing.entrypoints.wsgi import build_app
from shared.accounts.people import Person
from shared.contracts.desk import CaseMentioned
from tests.support.routing_desk import Desk
from tests.support.staff_browser import StaffBrowser

pytestmark = pytest.mark.integration


@pytest.fixture
def app(desk: Desk) -> Flask:
    return build_app(desk.parts)


def at(person: Person) -> str:
    return f"@{handle_of(person.email)}"


def test_who_is_called_is_told_until_they_open_the_case(desk: Desk, app: Flask) -> None:
    rosa, boss = desk.advisor("Rosa"), desk.supervisor()
    sent = desk.submit()
    one, base = StaffBrowser(app.test_client(), rosa), f"/casos/{sent.code}"
    one.open(base)
    answer = one.send(f"{base}/notas", body=f"¿Lo ve usted, {at(boss)}? Y yo, {at(rosa)}.")
    assert "La nota se guardó" in answer.text
    [told] = desk.events(cls=CaseMentioned)
    assert told.mentioned_ids == (boss.id,), "nobody calls themselves"
    other = StaffBrowser(app.test_client(), boss)
    page = other.open("/menciones")
    assert "¿Lo ve usted" in page
    assert "nueva" in page
    assert "sin leer" in page
    other.open(base)
    page = other.open("/menciones")
    assert "¿Lo ve usted" in page
    assert "sin leer" not in page


def test_a_name_that_reaches_nobody_is_said_and_the_note_is_still_there(desk: Desk, app: Flask) -> None:
    rosa = desk.advisor("Rosa")
    stranger = desk.advisor("Ajena", contrataciones=2)
    sent = desk.submit()
    browser, base = StaffBrowser(app.test_client(), rosa), f"/casos/{sent.code}"
    browser.open(base)
    for called in (at(stranger), "@nadie"):
        answer = browser.send(f"{base}/notas", body=f"Mire, {called}.")
        assert answer.status_code == 422
        assert f"se llama así: {called}" in answer.text
        assert browser.typed("note") == f"Mire, {called}."
    assert desk.rows("SELECT * FROM case_note") == []
    assert desk.events(cls=CaseMentioned) == []


def test_whom_a_note_may_call_is_who_may_see_the_case(desk: Desk, app: Flask) -> None:
    rosa, boss = desk.advisor("Rosa"), desk.supervisor("Elena")
    stranger = desk.advisor("Ajena", contrataciones=2)
    sent = desk.submit()

    def offered(person: Person) -> tuple[int, list[str]]:
        headers = {"Authorization": f"Bearer {desk.token(person)}"}
        answer = app.test_client().get(f"/api/v1/cases/{sent.code}/colleagues", headers=headers)
        return answer.status_code, [one["full_name"] for one in answer.json] if answer.status_code == 200 else []

    assert offered(rosa) == offered(boss) == (200, ["Elena", "Rosa"])
    assert offered(stranger) == (404, [])
