"""Drafts, presence, and two people who write at once: nothing is lost, nothing is sent twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from services.routing.entrypoints.wsgi import build_app
from services.routing.store import presence
from services.routing.use_cases import assigning, drafts
from shared.accounts.people import Person
from shared.contracts.case import CaseAnswered, CaseClarificationRequested
from tests.support.routing_desk import Desk
from tests.support.staff_browser import StaffBrowser

pytestmark = pytest.mark.integration

MINE, THEIRS = "Se aprueba por resolución de alcaldía.", "Se aprueba por acuerdo de concejo."


@pytest.fixture
def app(desk: Desk) -> Flask:
    return build_app(desk.parts)


@pytest.fixture
def enter(app: Flask) -> Callable[[Person | None], StaffBrowser]:
    return lambda person: StaffBrowser(app.test_client(), person)


Enter = Callable[[Person], StaffBrowser]


def program(app: Flask, desk: Desk, person: Person) -> Callable[..., Any]:
    """Calls the API for a person."""
    client, headers = app.test_client(), {"Authorization": f"Bearer {desk.token(person)}"}
    return lambda method, path, body=None: client.open(path, method=method, json=body, headers=headers)


def test_a_draft_is_there_on_another_device_and_goes_when_its_author_sends(desk: Desk, enter: Enter) -> None:
    rosa = desk.advisor()
    sent = desk.submit()
    desktop, phone = enter(rosa), enter(rosa)
    base = f"/casos/{sent.code}"
    desktop.open(base)
    saved = desktop.send(f"{base}/respuesta", to=f"{base}/borrador/respuesta", body=MINE)
    assert "El borrador quedó guardado" in saved.text
    phone.open(base)
    assert phone.typed("answer") == MINE
    assert "Borrador guardado el" in phone.page
    assert MINE in phone.open("/borradores")
    phone.open(base)
    assert "La respuesta se envió" in phone.send(f"{base}/respuesta", body=MINE).text
    assert phone.typed("answer") == ""
    assert desk.rows("SELECT * FROM case_draft") == []
    assert "No tiene borradores" in phone.open("/borradores")


def test_each_kind_of_text_has_a_draft_of_its_own(desk: Desk, enter: Enter) -> None:
    rosa = desk.advisor()
    base = f"/casos/{desk.submit().code}"
    browser = enter(rosa)
    for form, box in (("respuesta", "answer"), ("aclaracion", "clarification"), ("notas", "note")):
        browser.open(base)
        browser.send(f"{base}/{form}", to=f"{base}/borrador/{form}", body=f"Borrador de {form}")
        assert browser.typed(box) == f"Borrador de {form}"
    browser.send(f"{base}/notas", body="Listo.")
    kinds = {row.kind for row in desk.rows("SELECT kind FROM case_draft")}
    assert kinds == {"answer", "clarification"}


def test_nobody_else_s_act_removes_a_draft(desk: Desk, enter: Enter) -> None:
    rosa, boss = desk.advisor(), desk.supervisor()
    luis = desk.advisor("Luis Soto")
    sent = desk.submit()
    case = desk.case(sent.consultation_id)
    author, other = (rosa, luis) if case.advisor_id == rosa.id else (luis, rosa)
    base = f"/casos/{sent.code}"
    writing = enter(author)
    writing.open(base)
    writing.send(f"{base}/respuesta", to=f"{base}/borrador/respuesta", body=MINE)
    with desk.work() as work:
        assigning.assign(work, sent.code, boss, version=case.version, advisor_id=other.id, note="Por licencia.")
    second = enter(boss)
    second.open(base)
    assert "La respuesta se envió" in second.send(f"{base}/respuesta", body=THEIRS).text
    second.send(f"{base}/cierre", outcome="answered")
    assert desk.case(sent.consultation_id).state == "closed"
    assert MINE in writing.open("/borradores")


def test_two_windows_of_one_person_do_not_overwrite_each_other(desk: Desk, enter: Enter) -> None:
    rosa = desk.advisor()
    base = f"/casos/{desk.submit().code}"
    one, two = enter(rosa), enter(rosa)
    one.open(base), two.open(base)
    one.send(f"{base}/respuesta", to=f"{base}/borrador/respuesta", body=MINE)
    answer = two.send(f"{base}/respuesta", to=f"{base}/borrador/respuesta", body=THEIRS)
    assert answer.status_code == 409
    assert "Usted tiene dos borradores distintos" in answer.text
    assert two.typed("mine-text") == THEIRS
    assert two.typed("theirs-text") == MINE
    two.send(f"{base}/borrador/respuesta", body=f"{MINE} {THEIRS}")
    one.open(base)
    assert one.typed("answer") == f"{MINE} {THEIRS}"


def test_a_draft_thrown_away_is_gone_everywhere(desk: Desk, enter: Enter) -> None:
    browser = enter(desk.advisor())
    base = f"/casos/{desk.submit().code}"
    browser.open(base)
    browser.send(f"{base}/respuesta", to=f"{base}/borrador/respuesta", body=MINE)
    assert (
        "El borrador se descartó" in browser.send(f"{base}/respuesta", to=f"{base}/borrador/respuesta/descartar").text
    )
    assert browser.typed("answer") == ""


def test_programs_save_read_and_discard_drafts(desk: Desk, app: Flask) -> None:
    rosa = desk.advisor()
    call = program(app, desk, rosa)
    path = f"/api/v1/cases/{desk.submit().code}/drafts"
    first = call("PUT", f"{path}/answer", {"body": "Uno", "version": 2})
    assert first.status_code == 200, first.text
    assert first.json["revision"] == 1
    assert call("PUT", f"{path}/answer", {"body": "Dos", "version": 2, "revision": 1}).json["revision"] == 2
    again = call("PUT", f"{path}/answer", {"body": "Dos", "version": 2, "revision": 1})
    assert (again.status_code, again.json["revision"]) == (200, 2), "a repeat of what is kept changes nothing"
    stale = call("PUT", f"{path}/answer", {"body": "Tres", "version": 2, "revision": 1})
    assert stale.status_code == 409
    assert (stale.json["mine"], stale.json["theirs"], stale.json["current"]) == (
        "Tres",
        "Dos",
        {"revision": 2, "citations": []},
    )
    assert [one["body"] for one in call("GET", path).json] == ["Dos"]
    assert call("DELETE", f"{path}/answer").status_code == 204
    assert call("GET", path).json == []


@pytest.mark.parametrize(
    "body", [{"body": "x"}, {"body": "x", "version": 0}, {"body": 7, "version": 1}, {"body": "a\u202eb", "version": 1},
             {"body": "x" * 12_001, "version": 1}, {"body": "x", "version": 1, "revision": -1}]
)  # fmt: skip
def test_a_draft_that_cannot_be_kept_is_refused_in_words(desk: Desk, app: Flask, body: dict[str, Any]) -> None:
    call = program(app, desk, desk.advisor())
    answer = call("PUT", f"/api/v1/cases/{desk.submit().code}/drafts/answer", body)
    assert answer.status_code == 422
    assert answer.json["errors"]


def test_a_late_saving_does_not_bring_back_what_was_sent(desk: Desk, app: Flask) -> None:
    """The last automatic saving may reach us after the answer itself."""
    rosa = desk.advisor()
    sent = desk.submit()
    call = program(app, desk, rosa)
    version = desk.case(sent.consultation_id).version
    assert call("POST", f"/api/v1/cases/{sent.code}/answer", {"body": MINE, "version": version}).status_code == 200
    for revision in (0, 3):
        late = {"body": MINE[:20], "version": version, "revision": revision}
        assert call("PUT", f"/api/v1/cases/{sent.code}/drafts/answer", late).status_code == 409
    assert desk.rows("SELECT * FROM case_draft") == []


def test_drafts_of_a_case_one_may_not_see_do_not_exist(desk: Desk, app: Flask) -> None:
    desk.advisor()
    stranger = desk.advisor("Ajena", contrataciones=2)
    sent = desk.submit()
    call = program(app, desk, stranger)
    for method, path, body in (
        ("GET", "drafts", None), ("PUT", "drafts/note", {"body": "x", "version": 1}), ("DELETE", "drafts/note", None),
        ("POST", "presence", {}), ("DELETE", "presence", None),
    ):  # fmt: skip
        assert call(method, f"/api/v1/cases/{sent.code}/{path}", body).status_code == 404


def test_two_browsers_answer_the_same_case_and_both_texts_are_seen(desk: Desk, enter: Enter) -> None:
    rosa, boss = desk.advisor(), desk.supervisor()
    sent = desk.submit()
    base = f"/casos/{sent.code}"
    one, two = enter(rosa), enter(boss)
    one.open(base), two.open(base)
    assert "La respuesta se envió" in two.send(f"{base}/respuesta", body=THEIRS).text
    stale = one.send(f"{base}/respuesta", body=MINE)
    assert stale.status_code == 409
    assert "El caso cambió mientras usted escribía" in stale.text
    assert one.typed("merged") == MINE
    assert "solo en su texto" in stale.text
    assert "acuerdo" in stale.text
    assert [event.body for event in desk.events(sent.consultation_id, CaseAnswered)] == [THEIRS]
    form = {**one.hidden(f"{base}/respuesta"), "body": f"{MINE} Complementa lo anterior."}
    for _ in range(2):
        assert one.client.post(f"{base}/respuesta", data=form).status_code == 303
    bodies = [event.body for event in desk.events(sent.consultation_id, CaseAnswered)]
    assert bodies == [THEIRS, f"{MINE} Complementa lo anterior."]
    assert desk.rows("SELECT * FROM case_draft") == []


def test_the_text_that_came_too_late_is_kept_even_if_the_page_is_closed(desk: Desk, enter: Enter) -> None:
    rosa, boss = desk.advisor(), desk.supervisor()
    base = f"/casos/{desk.submit().code}"
    one, two = enter(rosa), enter(boss)
    one.open(base), two.open(base)
    two.send(f"{base}/notas", body="Ojo: es de 2025.")
    stale = one.send(f"{base}/aclaracion", body="¿De qué año?")
    assert stale.status_code == 409
    assert "Ojo: es de 2025." in stale.text
    assert enter(rosa).open("/borradores").count("¿De qué año?") == 1
    one.send(f"{base}/aclaracion", to=f"{base}/borrador/aclaracion/descartar")
    assert "No tiene borradores" in one.open("/borradores")
    assert desk.events(cls=CaseClarificationRequested) == []


def test_the_same_text_sent_from_two_windows_is_sent_once_and_said_so(desk: Desk, enter: Enter) -> None:
    rosa = desk.advisor()
    sent = desk.submit()
    base = f"/casos/{sent.code}"
    one, two = enter(rosa), enter(rosa)
    one.open(base), two.open(base)
    one.send(f"{base}/respuesta", body=MINE)
    again = two.send(f"{base}/respuesta", body=MINE)
    assert again.status_code == 409
    assert "no hace falta enviarlo otra vez" in again.text
    assert len(desk.events(sent.consultation_id, CaseAnswered)) == 1


def test_when_the_case_was_closed_meanwhile_the_text_is_offered_to_be_kept(desk: Desk, enter: Enter) -> None:
    rosa, boss = desk.advisor(), desk.supervisor()
    base = f"/casos/{desk.submit().code}"
    one, two = enter(rosa), enter(boss)
    one.open(base), two.open(base)
    two.send(f"{base}/cierre", outcome="abandoned", note="No respondió.")
    stale = one.send(f"{base}/respuesta", body=MINE)
    assert stale.status_code == 409
    assert "ya no se puede enviar" in stale.text
    assert "Enviar mi respuesta" not in stale.text
    assert MINE in one.open("/borradores")


def test_who_is_answering_is_seen_and_forgotten_after_a_minute(desk: Desk, app: Flask, enter: Enter) -> None:
    rosa, boss = desk.advisor("Rosa Huamán"), desk.supervisor()
    sent = desk.submit()
    base = f"/casos/{sent.code}"
    one = enter(rosa)
    one.open(base)
    other = enter(boss)
    assert "Rosa Huamán está viendo el caso" in other.open(base)
    one.send(f"{base}/respuesta", to=f"{base}/borrador/respuesta", body=MINE)
    assert "Rosa Huamán está respondiendo" in other.open(base)
    assert "Rosa Huamán está respondiendo" in other.open("/casos?vista=all")
    beat = program(app, desk, boss)("POST", f"/api/v1/cases/{sent.code}/presence", {"activity": "answering"})
    assert beat.json == {"others": [{"full_name": "Rosa Huamán", "activity": "answering"}]}
    desk.run(
        "UPDATE case_presence SET seen_at = seen_at - :age, answering_at = answering_at - :age", age=presence.LASTS
    )
    assert "Rosa Huamán está" not in other.open(base)
    with desk.work() as work:
        drafts.forget_presence(work)
    assert len(desk.rows("SELECT * FROM case_presence")) == 2, "only what is an hour old is dropped"


def test_who_sent_the_answer_is_no_longer_answering(desk: Desk, enter: Enter) -> None:
    rosa, boss = desk.advisor("Rosa Huamán"), desk.supervisor()
    base = f"/casos/{desk.submit().code}"
    one = enter(rosa)
    one.open(base)
    one.send(f"{base}/respuesta", to=f"{base}/borrador/respuesta", body=MINE)
    one.send(f"{base}/respuesta", body=MINE)
    assert "Huamán está respondiendo" not in enter(boss).open(base)
