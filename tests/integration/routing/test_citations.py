"""Answers cite norms: from the form, with or without scripts, through drafts and reviews, to the official and back."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask

from services.routing.domain.roles import SENIOR
from services.routing.entrypoints.known_norms import known_norms
from services.routing.entrypoints.wsgi import build_app
from services.routing.use_cases import norms
from shared.accounts.people import Person
from shared.contracts.case import CaseAnswered
from shared.ids import new_id
from tests.support.eventually import eventually
from tests.support.routing_desk import Desk
from tests.support.staff_browser import StaffBrowser

pytestmark = pytest.mark.integration

BODY = "Se aprueba por resolución de alcaldía."
LOM = {"text": "art. 41 numeral 3 de la Ley 27972"}
OLD = {"text": "Ley 30225, art. 10"}
WHY = "El proceso se convocó en 2024."
_WAITING = """
    SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
    WHERE datname = current_database() AND NOT granted
"""

Call = Callable[..., Any]


@pytest.fixture
def app(desk: Desk) -> Flask:
    with desk.work() as work:
        norms.seed(work, known_norms(), by="Ventanilla")
    return build_app(desk.parts)


@pytest.fixture
def program(app: Flask, desk: Desk) -> Callable[[Person], Call]:
    def of(person: Person) -> Call:
        client, headers = app.test_client(), {"Authorization": f"Bearer {desk.token(person)}"}

        def call(method: str, path: str, body: Any = None, **more: Any) -> Any:
            own = {**headers, "Idempotency-Key": str(new_id())}
            return client.open(f"/api/v1{path}", method=method, json=body, headers=own, **more)

        return call

    return of


def told(desk: Desk, case_id: Any) -> list[CaseAnswered]:
    return desk.events(case_id, CaseAnswered)


def test_the_known_norms_are_added_once_and_what_people_keep_of_them_stays(desk: Desk, app: Flask) -> None:
    with desk.work() as work:
        assert norms.seed(work, known_norms(), by="Ventanilla") == 0
        found = {one["name"]: one for one in norms.list_norms(work.session, work.now.date())}
    assert len(found) == len(known_norms()) >= 40
    assert found["Ley N.° 30225"]["repealed_by"] == "Ley N.° 32069"
    assert found["Ley N.° 30225"]["validity"] == "repealed"
    assert not any(one["is_checked"] for one in found.values())
    assert all(one["repealed_by"] for one in found.values() if one["validity"] == "repealed")


def test_an_answer_goes_out_with_what_it_cites_and_the_norm_knows_its_answers(
    desk: Desk, program: Callable[[Person], Call]
) -> None:
    rosa, sent = desk.advisor(), desk.submit()
    api = program(rosa)
    version = api("GET", f"/cases/{sent.code}").json["version"]
    answer = {"version": version, "body": BODY, "citations": [LOM, LOM, {**OLD, "reason": WHY}]}
    assert api("POST", f"/cases/{sent.code}/answer", answer).status_code == 200
    [event] = told(desk, sent.consultation_id)
    assert [one.text for one in event.citations] == ["Ley N.° 27972, art. 41, num. 3", "Ley N.° 30225, art. 10"]
    assert [one.validity for one in event.citations] == ["in_force", "repealed"]
    assert (event.citations[1].reason, event.citations[1].repealed_by) == (WHY, "Ley N.° 32069")
    [_, message] = api("GET", f"/cases/{sent.code}").json["thread"]
    assert [one["was_in_force"] for one in message["citations"]] == [True, False]
    [lom] = api("GET", "/norms?q=organica+municipalidades").json["items"][:1]
    assert (lom["name"], lom["answers"]) == ("Ley N.° 27972", 1)
    [citing] = api("GET", f"/norms/{lom['id']}/answers").json["items"]
    assert (citing["code"], citing["text"]) == (sent.code, "Ley N.° 27972, art. 41, num. 3")


@pytest.mark.parametrize(
    ("citation", "told_of"),
    [
        ({"text": "Ley 99999, art. 1"}, "no está en el registro"),
        ({"text": "arts. 41 y 42 de la LOM"}, "un artículo por vez"),
        ({"text": "art. 5 del Reglamento de la LOM"}, "No entendimos"),
        (OLD, "derogada desde el 22/04/2025 por Ley N.° 32069"),
        ({"text": "x" * 301}, "300"),
        ({}, "una de las dos cosas"),
        ({"norm_id": "01a00000-0000-7000-8000-000000000000"}, "ya no está en el registro"),
    ],
    ids=["unknown norm", "two articles", "another norm", "repealed", "too long", "nothing", "unknown id"],
)
def test_a_citation_that_cannot_stand_is_told_and_nothing_is_sent(
    desk: Desk, program: Callable[[Person], Call], citation: dict[str, str], told_of: str
) -> None:
    rosa, sent = desk.advisor(), desk.submit()
    api = program(rosa)
    version = api("GET", f"/cases/{sent.code}").json["version"]
    for path in ("answer", "review"):
        refused = api("POST", f"/cases/{sent.code}/{path}", {"version": version, "body": BODY, "citations": [citation]})
        assert refused.status_code == 422
        assert told_of in str(refused.json["errors"]["citations"])
    assert told(desk, sent.consultation_id) == []


def test_without_scripts_a_citation_is_added_confirmed_and_sent(desk: Desk, app: Flask) -> None:
    rosa, sent = desk.advisor(), desk.submit()
    browser, base = StaffBrowser(app.test_client(), rosa), f"/casos/{sent.code}"
    form = f"{base}/respuesta"
    browser.open(base)
    browser.send(form, to=f"{base}/citas", body=BODY, cite_text="art. 41 de la LOM")
    assert "La cita está en su borrador" in browser.page
    assert browser.typed("answer") == BODY
    browser.send(form, to=f"{base}/citas", body=BODY, cite_text="Ley 99999")
    assert "no está en el registro" in browser.page
    assert 'value="Ley 99999"' in browser.page
    assert browser.typed("answer") == BODY
    browser.send(form, body=BODY, cite_text="Ley 30225, art. 10")
    assert "derogada desde el 22/04/2025" in browser.page
    browser.send(form, to=f"{base}/citas", body=BODY, cite_text="Ley 30225, art. 10")
    assert "¿por qué la cita?" in browser.page
    assert told(desk, sent.consultation_id) == []
    browser.send(form, body=BODY, cite_reason_1=WHY)
    [event] = told(desk, sent.consultation_id)
    assert [one.reason for one in event.citations] == ["", WHY]
    assert "Ley N.° 27972, art. 41" in browser.page
    assert desk.rows("SELECT * FROM case_draft") == []


def test_a_citation_is_taken_away_and_the_others_stay(desk: Desk, app: Flask) -> None:
    rosa, sent = desk.advisor(), desk.submit()
    browser, base = StaffBrowser(app.test_client(), rosa), f"/casos/{sent.code}"
    browser.open(base)
    for typed in ("LOM, art. 1", "LOM, art. 2", "LOM, art. 3"):
        browser.send(f"{base}/respuesta", to=f"{base}/citas", body=BODY, cite_text=typed)
    browser.send(f"{base}/respuesta", to=f"{base}/citas", body=BODY, cite_drop="1")
    browser.send(f"{base}/respuesta", body=BODY)
    [event] = told(desk, sent.consultation_id)
    assert [one.text for one in event.citations] == ["Ley N.° 27972, art. 1", "Ley N.° 27972, art. 3"]


def test_two_windows_with_different_citations_are_both_shown(desk: Desk, app: Flask) -> None:
    rosa, sent = desk.advisor(), desk.submit()
    base = f"/casos/{sent.code}"
    one, other = (StaffBrowser(app.test_client(), rosa) for _ in range(2))
    one.open(base)
    other.open(base)
    one.send(f"{base}/respuesta", to=f"{base}/citas", body=BODY, cite_text="LOM, art. 1")
    other.send(f"{base}/respuesta", to=f"{base}/citas", body=BODY, cite_text="LOM, art. 2")
    assert "Usted tiene dos borradores distintos" in other.page
    assert "Ley N.° 27972, art. 1" in other.page


def test_a_review_shows_which_citations_came_and_went_and_sends_the_last(desk: Desk, app: Flask) -> None:
    rosa = desk.advisor("Rosa Huamán", presupuesto=1)
    sent = desk.submit()
    ana = desk.advisor("Ana Mamani", presupuesto=3)
    author, reviewer = (StaffBrowser(app.test_client(), person) for person in (rosa, ana))
    base = f"/casos/{sent.code}"
    author.open(base)
    author.send(f"{base}/respuesta", to=f"{base}/revision", body=BODY, cite_text="LOM, art. 20")
    reviewer.open(f"{base}/revision")
    assert "Ley N.° 27972, art. 20" in reviewer.page
    reviewer.send(f"{base}/revision/devolver", comment="Cite el D.Leg. 1440.")
    author.open(base)
    assert "Ley N.° 27972, art. 20" in author.page  # the returned text is in the form with what it cites
    author.send(f"{base}/respuesta", to=f"{base}/citas", body=BODY, cite_drop="0")
    author.send(f"{base}/respuesta", to=f"{base}/revision", body=BODY, cite_text="D.L. 1440, art. 47")
    page = reviewer.open(f"{base}/revision")
    assert "<ins>" in page
    assert "Decreto Legislativo N.° 1440, art. 47" in page
    assert "<del>" in page
    reviewer.send(f"{base}/revision/aprobar")
    [event] = told(desk, sent.consultation_id)
    assert [one.text for one in event.citations] == ["Decreto Legislativo N.° 1440, art. 47"]


def test_a_norm_repealed_meanwhile_stops_the_answer_that_waits_for_review(
    desk: Desk, app: Flask, program: Callable[[Person], Call]
) -> None:
    rosa, sent = desk.advisor("Rosa Huamán", presupuesto=1), desk.submit()
    ana, elena = desk.advisor("Ana Mamani", presupuesto=3), desk.supervisor()
    api = program(rosa)
    version = api("GET", f"/cases/{sent.code}").json["version"]
    api("POST", f"/cases/{sent.code}/review", {"version": version, "body": BODY, "citations": [LOM]})
    repeal(program(elena), "27972", "2026-01-01", by="Ley 32069")
    decide = program(ana)
    version = decide("GET", f"/cases/{sent.code}").json["version"]
    refused = decide("POST", f"/cases/{sent.code}/review/approve", {"version": version})
    assert refused.status_code == 422
    assert "derogada desde el 01/01/2026" in str(refused.json["errors"])
    assert told(desk, sent.consultation_id) == []


def test_only_seniors_and_supervisors_keep_the_register_and_every_version_stays(
    desk: Desk, program: Callable[[Person], Call]
) -> None:
    rosa, elena, gladys = desk.advisor(), desk.supervisor(), desk.colleague("Gladys Cusihuamán", SENIOR)
    norm = {"kind": "ordenanza", "number": "012-2026-MPH", "title": "Ordenanza de arbitrios", "issuer": "MP de Huanta"}
    assert program(rosa)("POST", "/norms", norm).status_code == 403
    made = program(gladys)("POST", "/norms", norm)
    assert made.status_code == 201
    assert program(gladys)("POST", "/norms", norm).status_code == 422
    assert program(gladys)("POST", "/norms", {**norm, "issuer": "MP de Huamanga"}).status_code == 201
    path = f"/norms/{made.json['id']}"
    change = {**norm, "version": 1, "valid_until": "2026-06-01", "repealed_by": "Ley 27972", "is_checked": True}
    assert program(elena)("PUT", path, change).json["repealed_by"] == "Ley N.° 27972"
    assert program(elena)("PUT", path, change).status_code == 409
    assert program(elena)("PUT", path, {**change, "version": 2, "repealed_by": "Ley 99999"}).status_code == 422
    shown = program(rosa)("GET", path).json
    assert [one["content"]["is_checked"] for one in shown["versions"]] == [True, False]


def test_two_people_who_add_the_same_norm_at_once_make_one_of_it(desk: Desk, program: Callable[[Person], Call]) -> None:
    gladys = desk.colleague("Gladys Cusihuamán", SENIOR)
    norm = {"kind": "ordenanza", "number": "012-2026-MPH", "title": "Ordenanza de arbitrios", "issuer": "MP de Huanta"}
    [known] = [one for one in known_norms() if one["number"] == "27972"]

    def is_held_up() -> bool:
        return desk.rows(_WAITING) != []

    with ThreadPoolExecutor(1) as other:
        with desk.work() as work:
            first = {name: known.get(name) for name in norms.CONTENT} | norm | {"other_names": [], "is_checked": False}
            norms.keep(work, "Elena", norm_id=None, version=0, content=first)
            second = other.submit(program(gladys), "POST", "/norms", norm)
            eventually(is_held_up)
        assert second.result(timeout=10).status_code == 422


def test_a_supervisor_finds_the_answers_that_cite_a_repealed_norm_on_its_page(
    desk: Desk, app: Flask, program: Callable[[Person], Call]
) -> None:
    rosa, elena = desk.advisor(), desk.supervisor()
    sent = desk.submit()
    api = program(rosa)
    version = api("GET", f"/cases/{sent.code}").json["version"]
    api("POST", f"/cases/{sent.code}/answer", {"version": version, "body": BODY, "citations": [LOM]})
    norm_id = repeal(program(elena), "27972", "2026-01-01", by="Ley 32069")
    page = StaffBrowser(app.test_client(), elena).open(f"/normas/{norm_id}")
    assert sent.code in page
    assert "derogada desde el 01/01/2026 por Ley N.° 32069" in page
    stranger = desk.advisor("Luis Paredes", contrataciones=3)
    assert sent.code not in StaffBrowser(app.test_client(), stranger).open(f"/normas/{norm_id}")
    assert "derogada desde el 01/01/2026" in StaffBrowser(app.test_client(), rosa).open(f"/casos/{sent.code}")


def test_the_register_is_kept_on_pages_and_refuses_what_makes_no_sense(desk: Desk, app: Flask) -> None:
    browser = StaffBrowser(app.test_client(), desk.supervisor())
    browser.open("/normas/nueva")
    names = "TUO licencias\n\nTUO de licencias"
    typed = {"kind": "decreto_supremo", "number": "163-2020-PCM", "title": "TUO de la Ley 28976", "other_names": names}
    browser.send("/normas/nueva", **typed, valid_from="2026-01-02", valid_until="2026-01-01")
    assert "deja de regir después de empezar" in browser.page
    assert 'value="163-2020-PCM"' in browser.page
    browser.send("/normas/nueva", **typed, url="javascript:alert(1)")
    assert "https://" in browser.page
    browser.send("/normas/nueva", **typed)
    assert "La norma quedó en el registro" in browser.page
    assert "TUO de licencias" in browser.page
    assert "163-2020-PCM" in browser.open("/normas?q=licencias")
    assert "163-2020-PCM" not in browser.open("/normas?q=licencias&vigencia=repealed")


def test_what_is_typed_is_read_while_it_is_typed(desk: Desk, program: Callable[[Person], Call]) -> None:
    api = program(desk.advisor())
    read = api("GET", "/citations", query_string={"text": "art. 10 num 2 ley 30225"}).json
    assert read["citation"]["text"] == "Ley N.° 30225, art. 10, num. 2"
    assert read["validity_text"] == "derogada desde el 22/04/2025 por Ley N.° 32069"
    partly = api("GET", "/citations", query_string={"text": "art. 41 de la ley 279"}).json
    assert partly["citation"] is None
    assert "Ley N.° 27972, art. 41" in [one["text"] for one in partly["suggestions"]]


def test_an_answer_taken_up_again_brings_its_citations_without_the_old_reason(
    desk: Desk, app: Flask, program: Callable[[Person], Call]
) -> None:
    rosa, first, second = desk.advisor(), desk.submit(), desk.submit()
    api = program(rosa)
    version = api("GET", f"/cases/{first.code}").json["version"]
    answer = {"version": version, "body": BODY, "citations": [LOM, {**OLD, "reason": WHY}]}
    api("POST", f"/cases/{first.code}/answer", answer)
    browser = StaffBrowser(app.test_client(), rosa)
    browser.open(f"/casos/{second.code}")
    token = browser.hidden(f"/casos/{second.code}/respuesta")
    browser.client.post(f"/casos/{second.code}/parecidos/{first.code}", data=token)
    page = browser.open(f"/casos/{second.code}")
    assert "Ley N.° 27972, art. 41, num. 3" in page
    browser.send(f"/casos/{second.code}/respuesta", body=BODY)
    assert "escriba por qué la cita" in browser.page
    assert told(desk, second.consultation_id) == []


def repeal(api: Call, number: str, day: str, *, by: str) -> str:
    """Say in the register that a law is repealed; returns its identifier."""
    [norm] = [one for one in api("GET", f"/norms?q={number}").json["items"] if one["number"] == number]
    kept = (
        "kind",
        "number",
        "title",
        "short_name",
        "other_names",
        "issuer",
        "issued_on",
        "url",
        "amendments",
        "version",
    )
    changed = {**{name: norm[name] for name in kept}, "valid_until": day, "repealed_by": by}
    assert api("PUT", f"/norms/{norm['id']}", changed).status_code == 200
    return str(norm["id"])
