from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from services.routing.entrypoints.commands.classifier import build, classify, evaluate


@pytest.fixture
def models(model_folder: Path) -> list[str]:
    return ["--models", str(model_folder.parent)]


def test_each_line_in_gives_one_line_out_with_the_contract_fields(models: list[str]) -> None:
    lines = [{"id": number, "subject": "", "body": "como pago los viaticos"} for number in range(3)]
    run = CliRunner().invoke(classify, models, input="\n".join(map(json.dumps, lines)))
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    assert run.exit_code == 0
    assert [answer["id"] for answer in answers] == [0, 1, 2]
    assert set(answers[0]) == {"id", "topic", "kind", "urgent", "confidence"}
    assert answers[0]["topic"] == "tesoreria_contabilidad"


@pytest.mark.parametrize("bad", [b"{not json", b"[1]", b'{"subject": "x"}', b'{"id": 1, "body": 5}', b"\xff\xfe"])
def test_a_bad_line_is_reported_and_the_others_are_answered(models: list[str], bad: bytes) -> None:
    good = json.dumps({"id": "g", "subject": "", "body": "como pago los viaticos"}).encode()
    run = CliRunner().invoke(classify, models, input=b"\n".join([bad, good, b""]))
    assert run.exit_code == 1
    assert [json.loads(line)["id"] for line in run.stdout.splitlines()] == ["g"]
    assert run.stderr.startswith("line 1: ")


def test_an_evaluation_shows_intervals_coverage_and_confusions(models: list[str], tmp_path: Path) -> None:
    records = [
        {"id": "1", "subject": "", "body": "como pago los viaticos", "topic": "tesoreria_contabilidad",
         "kind": "tramite", "urgent": False, "style": "sms"},
        {"id": "2", "subject": "", "body": "como pago los viaticos hoy", "topic": "presupuesto", "kind": "tramite",
         "urgent": True, "style": "chat"},
    ]  # fmt: skip
    path = tmp_path / "labelled.jsonl"
    path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    run = CliRunner().invoke(evaluate, [str(path), *models])
    assert run.exit_code == 0
    for part in ("topic ", "macro-F1", "urgency F1", "coverage at 95 % precision", "by style", "1/2"):
        assert part in run.stdout
    assert "presupuesto -> tesoreria_contabilidad" in run.stdout


@pytest.mark.parametrize("content", ["", "{", '{"id": "1"}'])
def test_a_file_that_cannot_be_measured_is_a_plain_error(models: list[str], tmp_path: Path, content: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(content, encoding="utf-8")
    run = CliRunner().invoke(evaluate, [str(path), *models])
    assert run.exit_code == 1
    assert run.stderr.startswith("Error: ")


def test_building_prints_the_version_and_its_figures(models: list[str]) -> None:
    run = CliRunner().invoke(build, models)
    assert run.exit_code == 0
    assert "version" in run.stdout
    assert "topic_accuracy" in run.stdout
