"""Merging over HTTP and on the pages: compared first, said to whom it goes, the merged number leads on."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from services.routing.entrypoints.wsgi import build_app
from shared.contracts.case import CaseAnswered, CaseMerged
from shared.ids import new_id
from tests.integration.routing.test_api import Caller
from tests.integration.routing.test_pages import Browser
from tests.support.routing_desk import Desk

pytestmark = pytest.mark.integration


@pytest.fixture
def client(desk: Desk) -> FlaskClient:
    return build_app(desk.parts).test_client()


def versions(desk: Desk, merged: Any, into: Any) -> dict[str, Any]:
    return {
        "version": desk.case(merged.consultation_id).version,
        "into": into.code,
        "into_version": desk.case(into.consultation_id).version,
    }


def test_a_program_merges_and_undoes_it_once_per_key(desk: Desk, client: FlaskClient) -> None:
    me = Caller(client, desk.token(desk.advisor("Rosa")))
    survivor, merged = desk.submit(), desk.submit()
    key, sent = str(new_id()), versions(desk, merged, survivor)
    first = me.post(f"/cases/{merged.code}/merge", key, **sent)
    assert first.status_code == 200, first.text
    assert first.json["code"] == survivor.code
    assert me.post(f"/cases/{merged.code}/merge", key, **sent).json == first.json
    assert len(desk.events(merged.consultation_id, CaseMerged)) == 1

    sheet = me.sheet(merged.code)
    assert (sheet["state"], sheet["actions"]) == ("merged", [])
    assert sheet["relations"]["merged_into"]["code"] == survivor.code
    sheet = me.sheet(survivor.code)
    [joined] = sheet["relations"]["merged"]
    assert (joined["code"], joined["can_undo"], joined["is_told"]) == (merged.code, True, True)
    assert [line.get("code") for line in sheet["thread"]] == [None, merged.code]
    assert me.codes("mine") == [survivor.code]

    answer = me.post(f"/cases/{merged.code}/answer", body="Así.", version=desk.case(merged.consultation_id).version)
    assert (answer.status_code, "unido a otro" in answer.json["detail"]) == (409, True)
    undone = me.post(f"/cases/{survivor.code}/unmerge", merged=merged.code, version=sheet["version"])
    assert undone.status_code == 200, undone.text
    assert sorted(me.codes("mine")) == sorted([survivor.code, merged.code])


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"into": "V-NADA-0000"}, 409),
        ({"into_version": 0}, 422),
        ({"into_version": 99}, 409),
        ({"version": 99}, 409),
        ({"into": ""}, 422),
        ({"surprise": 1}, 422),
    ],
)
def test_what_cannot_be_merged_is_refused_with_words(
    desk: Desk, client: FlaskClient, changes: dict[str, Any], status: int
) -> None:
    me = Caller(client, desk.token(desk.advisor("Rosa")))
    survivor, merged = desk.submit(), desk.submit()
    answer = me.post(f"/cases/{merged.code}/merge", **{**versions(desk, merged, survivor), **changes})
    assert answer.status_code == status, answer.text
    assert answer.json["detail"]
    assert desk.case(merged.consultation_id).state == "assigned"


def test_a_stranger_to_a_case_neither_merges_it_nor_learns_of_it(desk: Desk, client: FlaskClient) -> None:
    desk.advisor("Rosa")
    survivor, merged = desk.submit(), desk.submit()
    luis = Caller(client, desk.token(desk.advisor("Luis", contrataciones=2)))
    answer = luis.post(f"/cases/{merged.code}/merge", **versions(desk, merged, survivor))
    assert answer.status_code == 404
    own = desk.submit("contrataciones")
    answer = luis.post(f"/cases/{own.code}/merge", **versions(desk, own, survivor))
    assert (answer.status_code, answer.json["code"]) == (409, "conflict")
    assert "No hay un caso con ese código" in answer.json["detail"]


def test_an_advisor_compares_merges_answers_both_and_is_led_on_by_the_merged_number(
    desk: Desk, client: FlaskClient
) -> None:
    rosa, browser = desk.advisor("Rosa"), Browser(client)
    survivor, merged = desk.submit(), desk.submit(subject_line="La misma duda")
    browser.enter(rosa)
    browser.open(f"/casos/{merged.code}")
    assert f'href="/casos/{merged.code}/union"' in browser.page
    browser.open(f"/casos/{merged.code}/union")
    assert f"/casos/{merged.code}/union?con={survivor.code}" in browser.page, "same office: offered"
    browser.open(f"/casos/{merged.code}/union?con={survivor.code}")
    assert "ninguna sabrá quién es la otra" in browser.page
    done = browser.send(f"/casos/{merged.code}/union", note="Lo mismo.")
    assert "Los casos se unieron" in done.text
    assert f'action="/casos/{survivor.code}/respuesta"' in done.text
    assert "Lo que escriba llega también a:" in done.text
    led = browser.client.get(f"/casos/{merged.code}")
    assert (led.status_code, led.location) == (303, f"/casos/{survivor.code}?aviso=es_unido")
    assert "La misma duda" in browser.open(f"/casos/{merged.code}?propio=1")

    browser.open(f"/casos/{survivor.code}")
    browser.send(f"/casos/{survivor.code}/respuesta", body="Para ambas.")
    assert [event.body for event in desk.events(merged.consultation_id, CaseAnswered)] == ["Para ambas."]
    assert "Deshacer la unión" not in browser.page


def test_a_merge_is_undone_on_the_sheet_and_a_refusal_is_explained(desk: Desk, client: FlaskClient) -> None:
    browser = Browser(client)
    browser.enter(desk.advisor("Rosa"))
    survivor, merged = desk.submit(), desk.submit()
    browser.open(f"/casos/{merged.code}/union?con={survivor.code}")
    browser.send(f"/casos/{merged.code}/union")
    form = browser.hidden(f"/casos/{survivor.code}/separacion")
    undone = browser.send(f"/casos/{survivor.code}/separacion")
    assert "La unión se deshizo" in undone.text
    assert desk.case(merged.consultation_id).state == "assigned"
    again = browser.client.post(
        f"/casos/{survivor.code}/separacion", data={**form, "form_token": str(new_id()), "version": form["version"]}
    )
    assert again.status_code == 409
    assert "No se hizo nada" in again.text


def test_a_comparison_with_nothing_says_so_and_a_changed_case_is_compared_again(
    desk: Desk, client: FlaskClient
) -> None:
    browser = Browser(client)
    browser.enter(desk.advisor("Rosa"))
    survivor, merged = desk.submit(), desk.submit()
    assert "No hay un caso con ese código" in browser.open(f"/casos/{merged.code}/union?con=V-NADA", status=404)
    browser.open(f"/casos/{merged.code}/union?con={survivor.code}")
    desk.clarify(survivor.consultation_id, "Un dato nuevo.")
    refused = browser.send(f"/casos/{merged.code}/union")
    assert refused.status_code == 409
    assert "Compárelos otra vez" in refused.text
    assert browser.send(f"/casos/{merged.code}/union").status_code == 200
    assert desk.case(merged.consultation_id).state == "merged"
