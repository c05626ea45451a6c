"""`sla due`: the fixed contract of its JSON, its words, and its errors."""

import json

import pytest
from click.testing import CliRunner

from services.routing.entrypoints.commands.sla import sla

WINDOWS = "mon-fri 08:00-13:00,14:00-17:00"


def run(*arguments: str):
    return CliRunner().invoke(sla, ["due", *arguments])


def test_the_sentinel_falls_due_on_thursday_at_eleven_as_json():
    result = run("--start", "2026-07-27T16:00:00-05:00", "--work-seconds", "14400", "--windows", WINDOWS, "--json")
    assert result.exit_code == 0
    report = json.loads(result.stdout)
    assert report["due_at"] == "2026-07-30T11:00:00-05:00"
    assert report["intervals"] == [
        {"from": "2026-07-27T16:00:00-05:00", "to": "2026-07-27T17:00:00-05:00", "seconds": 3600},
        {"from": "2026-07-30T08:00:00-05:00", "to": "2026-07-30T11:00:00-05:00", "seconds": 10800},
    ]
    assert [(one["date"], one["reason"]) for one in report["skipped"]] == [
        ("2026-07-28", "Fiestas Patrias"),
        ("2026-07-29", "Fiestas Patrias"),
    ]
    assert report["explanation"]["es"].startswith("lun. 16:00–17:00 = 1 h; mar. 28 y mié. 29: Fiestas Patrias")


@pytest.mark.parametrize("start", ["2026-07-27T16:00", "2026-07-27T21:00:00Z", "2026-07-27T23:00:00+02:00"])
def test_a_start_without_offset_is_limas_and_any_offset_is_understood(start):
    result = run("--start", start, "--work-seconds", "14400", "--windows", WINDOWS)
    assert result.stdout.splitlines() == [
        "Vence: jue. 30 jul. 2026 11:00 (4 h)",
        "Por qué: lun. 16:00–17:00 = 1 h; mar. 28 y mié. 29: Fiestas Patrias; jue. 08:00–11:00 = 3 h",
    ]


def test_decreed_and_local_days_apply():
    decreed = run("--start", "2025-12-24T16:30", "--work-seconds", "3600", "--windows", WINDOWS, "--json")
    assert json.loads(decreed.stdout)["due_at"] == "2025-12-29T08:30:00-05:00"
    arguments = ("--start", "2025-08-14T16:30", "--work-seconds", "3600", "--windows", WINDOWS, "--json")
    assert json.loads(run(*arguments).stdout)["due_at"] == "2025-08-15T08:30:00-05:00"
    local = json.loads(run(*arguments, "--ubigeo", "040101").stdout)
    assert local["due_at"] == "2025-08-18T08:30:00-05:00"
    assert local["skipped"][0]["norm"] == "Ley 24875, art. 8"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--start", "mañana", "--work-seconds", "60"), "No se entiende la fecha"),
        (("--start", "2026-07-27T16:00", "--work-seconds", "-1"), "no puede ser negativo"),
        (("--start", "2026-07-27T16:00", "--work-seconds", "9" * 30), "no caben"),
        (("--start", "2026-07-27T16:00", "--work-seconds", "60", "--windows", "mon 22:00-06:00"), "divídala en dos"),
        (("--start", "2026-07-27T16:00", "--work-seconds", "60", "--windows", "mon 08:00-08:01"), "ni una hora"),
        (("--start", "2026-07-27T16:00", "--work-seconds", "60", "--ubigeo", "999999"), "no es un ubigeo"),
        (("--start", "9999-12-31T23:59Z", "--work-seconds", "60"), "fuera del rango"),
        (("--start", "2019-12-31T23:59", "--work-seconds", "60"), "solo conoce los feriados"),
    ],
)
def test_bad_input_is_a_sentence_and_status_2(arguments, says):
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr
    english = run(*arguments, "--lang", "en")
    assert english.exit_code == 2
    assert says not in english.stderr


def test_missing_options_are_status_2():
    assert run("--start", "2026-07-27T16:00").exit_code == 2
    assert run("--start", "2026-07-27T16:00", "--work-seconds", "one").exit_code == 2
