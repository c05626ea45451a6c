"""The classifier's page and API: read by supervisors, changed with a reason, once, and refused in words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from prometheus_client import CollectorRegistry, generate_latest

from services.routing.classifier.reading_key import reading_key
from services.routing.entrypoints.learning.adoption import built_model, release_model
from services.routing.entrypoints.learning.gauges import LearningCollector
from services.routing.entrypoints.learning.models import load_classifier
from services.routing.entrypoints.wsgi import build_app
from services.routing.use_cases import model_choice
from services.routing.use_cases.model_choice import Actor
from shared.ids import new_id
from tests.integration.routing.test_api import Caller
from tests.integration.routing.test_pages import Browser
from tests.support.routing_desk import MODELS, Desk

pytestmark = pytest.mark.integration

_HEAVIEST = 50_000


@pytest.fixture
def client(desk: Desk) -> FlaskClient:
    return build_app(desk.parts).test_client()


@pytest.fixture
def models(desk: Desk) -> tuple[str, str]:
    """The release's own, which decides, and a refused candidate with everything a comparison says."""
    release = release_model(MODELS)
    other = replace(load_classifier(MODELS).artefact, triage_below=0.9, report={"texts": 3.0})
    pair = {"texts": 40, "both_right": 30, "only_champion": 4, "only_candidate": 5, "p_value": 1.0}
    names = ("desk", "desk_kind", "desk_urgency", "fixed", "fixed_kind", "fixed_urgency")
    candidate = replace(
        built_model(other, release.metrics), origin="trained", decision="refused", parent=release.version,
        learnt_count=30, judged_count=40, trained_by="Elena Quiñones", comparison=dict.fromkeys(names, pair),
        reasons=[
            {"code": "not_better_on_desk", **pair},
            {"code": "recall_lost", "topic": "presupuesto", "champion": 0.95, "candidate": 0.8},
        ],
    )  # fmt: skip
    with desk.work() as work:
        model_choice.adopt_built(work, release)
        model_choice.keep(work, candidate)
    return release.version, candidate.version


@pytest.fixture
def boss(desk: Desk, client: FlaskClient) -> Caller:
    return Caller(client, desk.token(desk.supervisor()))


def corrected(desk: Desk, boss: Caller, reason: str = "Es de contrataciones") -> str:
    desk.advisor("Rosa Huamán", presupuesto=2)
    desk.advisor("Luis Ccori", contrataciones=2)
    sent = desk.submit()
    answer = boss.post(
        f"/cases/{sent.code}/topic", version=boss.sheet(sent.code)["version"], topic="contrataciones", reason=reason
    )
    assert answer.status_code == 200, answer.text
    return sent.code


def test_a_correction_with_its_reason_is_in_the_log_and_on_the_sheet(desk: Desk, boss: Caller) -> None:
    code = corrected(desk, boss)
    (line,) = boss.get("/classifier/corrections").json["corrections"]
    assert (line["code"], line["reason"], line["is_confirmation"]) == (code, "Es de contrataciones", False)
    assert line["model"]["topic"] == line["from"]["topic"] == "presupuesto"
    assert line["to"]["topic"] == "contrataciones"
    assert line["model_version"] == load_classifier(MODELS).version
    assert any(one["details"].get("note") == "Es de contrataciones" for one in boss.sheet(code)["timeline"])


def test_confirming_in_triage_and_closing_as_out_of_scope_are_kept_too(desk: Desk, boss: Caller) -> None:
    desk.advisor(capacity=50)
    unclear = desk.submit_unclear()
    sheet = boss.sheet(unclear.code)
    boss.post(f"/cases/{unclear.code}/topic", version=sheet["version"], topic=sheet["classification"]["topic"])
    outside = desk.submit("fuera_de_alcance")
    version = boss.sheet(outside.code)["version"]
    closed = boss.post(f"/cases/{outside.code}/close", version=version, outcome="out_of_scope", note="No es nuestro.")
    assert closed.status_code == 200
    lines = boss.get("/classifier/corrections").json["corrections"]
    assert {line["code"]: (line["is_confirmation"], line["was_triage"]) for line in lines} == {
        unclear.code: (True, True),
        outside.code: (True, True),
    }


def test_a_supervisor_promotes_and_goes_back_with_a_reason(desk: Desk, boss: Caller, models: tuple[str, str]) -> None:
    before, candidate = models
    status = boss.get("/classifier").json
    assert status["champion"]["version"] == before
    assert status["champion"]["metrics"]["topic"]["value"] >= 0.88
    path = f"/classifier/models/{candidate}/promote"
    assert boss.post(path, key=str(new_id()), champion=before, reason="").status_code == 422
    assert boss.post(path, key=str(new_id()), champion=candidate, reason="Probar").status_code == 409
    key = str(new_id())
    for _ in range(2):
        answer = boss.post(path, key=key, champion=before, reason="Lo revisamos en comité")
        assert (answer.status_code, answer.json) == (200, {"version": candidate})
    assert boss.post(path, key=str(new_id()), champion=candidate, reason="Otra vez").status_code == 409
    back = boss.post("/classifier/rollback", key=str(new_id()), champion=candidate, reason="Confunde temas")
    assert back.json == {"version": before}
    again = boss.post("/classifier/rollback", key=str(new_id()), champion=before, reason="Más atrás")
    assert again.status_code == 409
    choices = boss.get("/classifier").json["choices"]
    assert [(one["act"], one["by"]) for one in choices] == [
        ("rolled_back", "Elena Quiñones"), ("promoted", "Elena Quiñones"), ("adopted", "Ventanilla"),
    ]  # fmt: skip
    actions = [row.action for row in desk.rows("SELECT action FROM audit_entry ORDER BY seq")]
    assert {"model.promoted", "model.rolled_back"} <= set(actions)


def test_only_those_who_set_the_rules_may_look_and_change(
    desk: Desk, client: FlaskClient, models: tuple[str, str]
) -> None:
    advisor = Caller(client, desk.token(desk.advisor()))
    for path in ("/classifier", "/classifier/corrections", f"/classifier/models/{models[0]}"):
        assert advisor.get(path).status_code == 403
        assert client.get(f"/api/v1{path}").status_code == 401
    for path in (f"/classifier/models/{models[1]}/promote", "/classifier/rollback", "/classifier/trainings"):
        assert advisor.post(path, key=str(new_id()), champion=models[0], reason="x").status_code == 403


def test_asking_for_a_training_is_noted_once(boss: Caller) -> None:
    for _ in range(2):
        answer = boss.post("/classifier/trainings", key=str(new_id()))
        assert answer.status_code == 202
    assert [run["state"] for run in answer.json] == ["asked"]


def test_bad_requests_are_refused(boss: Caller, models: tuple[str, str]) -> None:
    assert boss.get("/classifier/models/unknown").status_code == 404
    assert boss.get("/classifier/corrections", cursor="nonsense").status_code == 422
    path = f"/classifier/models/{models[1]}/promote"
    assert boss.post(path, champion=models[0], reason="Sin llave").status_code == 400
    assert boss.post(path, key=str(new_id()), champion="x", reason="Corto").status_code == 422
    assert (
        boss.post("/classifier/models/nada/promote", key=str(new_id()), champion=models[0], reason="No").status_code
        == 404
    )


def test_the_page_shows_models_matrix_curve_drift_and_corrections(
    desk: Desk, client: FlaskClient, boss: Caller, models: tuple[str, str]
) -> None:
    code = corrected(desk, boss, reason="Es <b>compra</b>")
    browser = Browser(client)
    browser.enter(desk.supervisor())
    page = browser.open("/clasificador")
    assert models[0] in page
    assert models[1] in page
    assert code in page
    assert "Es &lt;b&gt;compra&lt;/b&gt;" in page
    assert "<svg" in page
    assert "<polyline" in page
    assert 'scope="row"' in page
    assert "style=" not in page
    assert len(page.encode()) < _HEAVIEST
    english = browser.open("/clasificador?lang=en")
    assert "What it mixes up" in english
    assert code in browser.open("/clasificador/correcciones")
    page = browser.open(f"/clasificador/modelos/{models[1]}")
    assert "recognises the topic" in page


def test_promoting_and_going_back_by_page_ask_first_and_say_why_not(
    desk: Desk, client: FlaskClient, models: tuple[str, str]
) -> None:
    before, candidate = models
    browser = Browser(client)
    browser.enter(desk.supervisor())
    path = f"/clasificador/modelos/{candidate}"
    browser.open(path)
    assert browser.send(path, reason="").status_code == 422
    with desk.work() as work:
        model_choice.promote(work, candidate, Actor("Otra"), reason="antes", code_key=reading_key())
        model_choice.roll_back(work, Actor("Otra"), reason="después", code_key=reading_key())
    answer = browser.send(path, reason="Mejor")
    assert answer.status_code == 200
    assert "decide desde ahora" in answer.text
    browser.open("/clasificador/volver")
    answer = browser.send("/clasificador/volver", reason="Confunde")
    assert answer.status_code == 200
    assert champion(desk) == before
    assert "No hay un modelo anterior" in browser.open("/clasificador/volver")
    browser.open("/clasificador")
    assert "está pedido" in browser.send("/clasificador/entrenar").text


def champion(desk: Desk) -> Any:
    return desk.rows("SELECT version FROM model_choice ORDER BY choice_id DESC LIMIT 1")[0].version


def test_a_desk_without_a_registered_model_has_a_page_too(desk: Desk, client: FlaskClient) -> None:
    browser = Browser(client)
    browser.enter(desk.supervisor())
    assert "Todavía no hay un modelo registrado" in browser.open("/clasificador")


def test_the_clock_shows_which_model_decides_and_whether_texts_drift(
    desk: Desk, boss: Caller, models: tuple[str, str]
) -> None:
    code = corrected(desk, boss)
    registry = CollectorRegistry()
    registry.register(LearningCollector(desk.parts.database, kept_seconds=0))
    shown = generate_latest(registry).decode()
    assert f'ventanilla_routing_model_in_use{{version="{models[0]}"}} 1.0' in shown
    assert f'ventanilla_routing_model_week_corrected_ratio{{version="{models[0]}",what="topic"}} 1.0' in shown
    assert f'ventanilla_routing_model_week_handled_wrong_ratio{{version="{models[0]}"}} 1.0' in shown
    assert "ventanilla_routing_corrections_not_learnt 1.0" in shown
    assert "ventanilla_routing_training_failed 0.0" in shown
    # The desk's own past becomes the reference once there is enough of it: 300 sure cases, then 150 doubtful ones.
    columns = ", ".join(
        row.column_name
        for row in desk.rows(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_name = 'casefile' AND is_generated = 'NEVER' ORDER BY ordinal_position"
        )
    )
    for number, confidence, age in ((300, 0.97, "14 days"), (150, 0.45, "1 day")):
        desk.run(
            f"""
            INSERT INTO casefile ({columns}) SELECT {columns} FROM (SELECT (jsonb_populate_record(c, jsonb_build_object(
                'case_id', gen_random_uuid(), 'code', 'V-' || gen_random_uuid(), 'topic_confidence', {confidence},
                'opened_at', now() - interval '{age}', 'topic', 'canon_regalias'))).*
              FROM casefile AS c, generate_series(1, {number}) WHERE code = :code) AS copies
            """,  # noqa: S608 - constants of this test
            code=code,
        )
    drift = boss.get("/classifier").json["drift"]
    assert (drift["is_reference_own"], drift["reference_cases"]) == (True, 300)
    assert drift["confidence_psi"] > 0.25
    assert drift["topic_psi"] < 0.25
