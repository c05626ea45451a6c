"""The list of everything that happened to a case, by API and page."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from services.routing.entrypoints.wsgi import build_app
from services.routing.use_cases import answering, assigning, notes, sorting
from tests.integration.routing.test_api import Caller
from tests.integration.routing.test_pages import Browser
from tests.support.routing_desk import Desk

pytestmark = pytest.mark.integration


@pytest.fixture
def client(desk: Desk) -> FlaskClient:
    return build_app(desk.parts).test_client()


def test_every_line_says_who_when_what_from_what_to_what_and_by_which_rule(desk: Desk, client: FlaskClient) -> None:
    rosa = desk.advisor("Rosa Huamán", presupuesto=3, contrataciones=1)
    luis, boss = desk.advisor("Luis Paz", recursos_humanos=1), desk.supervisor("Elena Quiñones")
    sent = desk.submit()

    def version() -> int:
        return desk.case(sent.consultation_id).version

    with desk.work() as work:
        sorting.choose_topic(work, sent.code, rosa, version=version(), topic="contrataciones")
    with desk.work() as work:
        assigning.assign(work, sent.code, boss, version=version(), advisor_id=luis.id, note="Falta la base legal.")
    with desk.work() as work:
        notes.add_note(work, sent.code, luis, version=version(), body="Ojo con el plazo.")
    with desk.work() as work:
        answering.answer(work, sent.code, luis, version=version(), body="Así se hace.")

    me = Caller(client, desk.token(boss))
    lines = me.get(f"/cases/{sent.code}/timeline").json["lines"]
    assert [line["type"] for line in lines] == [
        "submitted", "assigned", "reclassified", "reassigned", "note", "answer_sent",
    ]  # fmt: skip
    by_type = {line["type"]: line for line in lines}
    moved, handed = by_type["reclassified"], by_type["reassigned"]
    assert moved["before"] != moved["after"] != ""
    assert moved["by"] == "Rosa Huamán"
    assert (handed["before"], handed["after"], handed["by"], handed["note"]) == (
        "Rosa Huamán", "Luis Paz", "Elena Quiñones", "Falta la base legal.",
    )  # fmt: skip
    assert by_type["submitted"]["rule"], "the version of the classifier"
    assert lines == sorted(lines, key=lambda line: line["at"])

    only = me.get(f"/cases/{sent.code}/timeline", group="assignment").json["lines"]
    assert [line["type"] for line in only] == ["assigned", "reassigned"]
    assert me.get(f"/cases/{sent.code}/timeline", group="nonsense").status_code == 422
    stranger = Caller(client, desk.token(desk.advisor("Ana", tesoreria_contabilidad=1)))
    assert stranger.get(f"/cases/{sent.code}/timeline").status_code == 404

    browser = Browser(client)
    browser.enter(boss)
    page = browser.open(f"/casos/{sent.code}/historial")
    for words in ("De Rosa Huamán a Luis Paz.", "Ojo con el plazo.", "Nota interna.", "Falta la base legal."):
        assert words in page
    page = browser.open(f"/casos/{sent.code}/historial?grupo=notes")
    assert "Ojo con el plazo." in page
    assert "Luis Paz a" not in page
    assert f"/casos/{sent.code}/historial" in browser.open(f"/casos/{sent.code}")
