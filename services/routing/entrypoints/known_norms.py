"""The norms that a release brings (data/norms.yaml), added to the register where it does not have them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import yaml

from services.routing.settings import Settings
from services.routing.use_cases import norms
from shared.messaging.processes import connect

_FILE = Path(__file__).resolve().parents[1] / "data" / "norms.yaml"


def known_norms() -> list[dict[str, Any]]:
    """What the file says of each norm, in the words of the register; none is checked with the official text."""
    written = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    stand: date = written["stand"]
    return [_norm(one, written["sources"], stand) for one in written["norms"]]


def add_known_norms(settings: Settings) -> int:
    """Add those that are missing; what people keep of the others stays. Returns how many were added."""
    parts = connect(settings.service)
    with parts.units.begin() as work:
        added = norms.seed(work, known_norms(), by="Ventanilla")
    parts.database.dispose()
    return added


def _norm(one: dict[str, Any], sources: dict[str, str], stand: date) -> dict[str, Any]:
    values = {name: value for name, value in one.items() if name not in ("source", "note")}
    note = f"{one['note']} " if one.get("note") else ""
    values["number"] = str(one.get("number", ""))
    values["note"] = f"{note}{sources[one.get('source', 'team')]} ({stand:%d/%m/%Y})."
    return values
