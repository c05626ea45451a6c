"""PromQL as the project writes it: every expression of rules and dashboards, and the selectors inside one."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
RULES = sorted((ROOT / "deploy" / "prometheus" / "rules").glob("*.yml"))
DASHBOARDS = sorted((ROOT / "deploy" / "grafana" / "dashboards").glob("*.json"))

_LABELS = r"\{(?:[^{}\"]|\"(?:\\.|[^\"\\])*\")*\}"
_SELECTOR = re.compile(rf"[a-zA-Z_:][\w:]*{_LABELS}|{_LABELS}|[a-zA-Z_:][\w:]*(?![\w:])(?!\s*\()")
_LISTS = re.compile(r"\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)")
_WINDOWS = re.compile(r"\[[^\]]*\]|\boffset\s+\w+")
_KEYWORDS = {"and", "or", "unless", "bool", "offset", "by", "without", "on", "ignoring", "inf", "nan"}


@dataclass(frozen=True)
class Expression:
    """An expression and where it stands."""

    place: str
    text: str

    def __str__(self) -> str:
        return self.place


def recorded() -> list[Expression]:
    """The names that recording rules give; each must be a series that exists."""
    return [Expression(rule["record"], rule["record"]) for rule in _rules() if "record" in rule]


def alerts() -> list[Expression]:
    """The expressions of alerts, by the alert's name."""
    return [Expression(rule["alert"], rule["expr"]) for rule in _rules() if "alert" in rule]


def shown() -> list[Expression]:
    """The expressions of dashboards, by dashboard and panel."""
    found = []
    for path in DASHBOARDS:
        for panel in json.loads(path.read_text(encoding="utf-8"))["panels"]:
            found += [
                Expression(f"{path.stem}: {panel['title']} {target['refId']}", target["expr"])
                for target in panel["targets"]
            ]
    return found


def selectors(expression: str) -> list[str]:
    """The series that an expression asks for, without windows and offsets."""
    plain = _WINDOWS.sub(" ", _LISTS.sub(" ", expression))
    return [found for found in _SELECTOR.findall(plain) if found.lower() not in _KEYWORDS]


def _rules() -> list[dict[str, str]]:
    documents = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in RULES]
    return [rule for document in documents for group in document["groups"] for rule in group["rules"]]
