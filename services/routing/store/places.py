"""Departments, provinces and districts by ubigeo, for filters; read once from the data file."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

_FILE = Path(__file__).resolve().parents[1] / "data" / "places.csv"
DEPARTMENT, PROVINCE, DISTRICT = 2, 4, 6
"""How many digits of a ubigeo name each."""


@cache
def names() -> dict[str, str]:
    """Every ubigeo, and every prefix that names a department or a province, with its name."""
    with _FILE.open(encoding="utf-8", newline="") as file:
        return {row["ubigeo"]: row["name"] for row in csv.DictReader(file)}


@cache
def within(prefix: str) -> tuple[tuple[str, str], ...]:
    """(ubigeo prefix, name) one level below `prefix`, by name; departments for the empty one."""
    length = len(prefix) + DEPARTMENT
    found = [(code, name) for code, name in names().items() if len(code) == length and code.startswith(prefix)]
    return tuple(sorted(found, key=lambda place: place[1]))


def full_name(prefix: str) -> str:
    """A place as people say it, the smallest part first; the prefix itself where nobody knows it."""
    parts = [names().get(prefix[:length], "") for length in (DISTRICT, PROVINCE, DEPARTMENT) if len(prefix) >= length]
    return ", ".join(part for part in parts if part) or prefix
