"""What goes to the logs: told apart, and not personal."""

from __future__ import annotations

import io
import json
import logging
import sys

import pytest
import structlog
from sqlalchemy.exc import IntegrityError

from shared.messaging.consumer import describe
from shared.observability.correlation import correlated
from shared.observability.logging import configure_logging, mask_personal_data


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("maria.quispe@muni.example", "m***@muni.example"),
        ("a+b@muni.gob.pe y c@x.pe", "a***@muni.gob.pe y c***@x.pe"),
        ("DNI 45678912", "DNI ***912"),
        ("RUC 20131370645", "RUC ***645"),
        ("+51987654321", "***321"),
        ("987654321", "***321"),
        ("987 654 321", "***321"),
        ("+51 987-654-321", "***321"),
        # what must stay readable
        ("ubigeo 080101", "ubigeo 080101"),
        ("V-7K3M-92QX", "V-7K3M-92QX"),
        ("01a206b9-834b-737a-a54c-d4a5560a5d78", "01a206b9-834b-737a-a54c-d4a5560a5d78"),
        ("11111111-2222-7333-8444-555555555555", "11111111-2222-7333-8444-555555555555"),
        ("puerto 65535, 1234567 filas", "puerto 65535, 1234567 filas"),
    ],
)
def test_personal_data_are_masked_and_nothing_else(text, masked):
    assert mask_personal_data(text) == masked


@pytest.fixture
def lines(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    root = logging.getLogger()
    before = root.handlers[:], root.level
    configure_logging("intake", "web-1", "INFO")
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    structlog.reset_defaults()
    root.handlers[:], root.level = before


def test_ours_and_other_peoples_lines_look_the_same_and_are_masked(lines):
    with correlated("c-1", event_id="e-1"):
        structlog.get_logger("x").info("person_found", email="maria@muni.example", more={"dni": ["45678912"]})
        logging.getLogger("some.library").warning("could not reach %s", "maria@muni.example")

    ours, theirs = lines()
    assert ours["event"] == "person_found"
    assert (ours["email"], ours["more"]) == ("m***@muni.example", {"dni": ["***912"]})
    assert theirs["event"] == "could not reach m***@muni.example"
    for line in (ours, theirs):
        assert (line["service"], line["instance"], line["correlation_id"]) == ("intake", "web-1", "c-1")
        assert line["timestamp"].endswith("Z")


def test_a_traceback_is_one_line_and_masked(lines):
    try:
        int("maria@muni.example")
    except ValueError:
        structlog.get_logger("x").exception("it_failed")

    (line,) = lines()
    assert "Traceback" in line["exception"]
    assert "maria@" not in line["exception"]


def test_an_error_is_described_without_what_people_wrote():
    database_error = IntegrityError("INSERT", {"email": "maria@muni.example"}, ValueError("Key (email)=(maria@…)"))

    assert describe(database_error) == "IntegrityError: ValueError"
    assert describe(RuntimeError("no llega a maria@muni.example")) == "RuntimeError: no llega a m***@muni.example"
