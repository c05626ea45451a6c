"""The guarantees of docs/reliability.md name tests that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reliability.md"


def test_every_guarantee_is_proved_by_a_test_that_exists():
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", PAGE.read_text(encoding="utf-8"))
    missing = []
    for file, test in named:
        path = ROOT / file if file.startswith("tests/") else ROOT / "tests" / "integration" / "messaging" / file
        functions = {node.name for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                     if isinstance(node, ast.FunctionDef)}  # fmt: skip
        missing += [f"{file}::{test}"] if test not in functions else []

    assert len(named) > 40
    assert missing == []


def test_every_delivery_setting_is_explained():
    settings = ast.parse((ROOT / "shared" / "settings.py").read_text(encoding="utf-8"))
    (knobs,) = [
        node for node in ast.walk(settings) if isinstance(node, ast.ClassDef) and node.name == "DeliverySettings"
    ]
    names = {node.target.id.upper() for node in knobs.body if isinstance(node, ast.AnnAssign)}
    explained_in_words = {"QUEUE_MESSAGE_CAP", "OUTBOX_KEPT_DAYS", "INBOX_KEPT_DAYS", "CLOCK_TICK_SECONDS"}

    page = PAGE.read_text(encoding="utf-8")
    assert {name for name in names - explained_in_words if name not in page} == set()
