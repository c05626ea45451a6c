"""The numbers behind assignment: points of an advisor, effort of a case, and how long a case may lie untouched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

ORDINARY_EFFORT = 100
"""The effort of a plain case. Efforts are whole hundredths, so that sums never drift."""

_LIGHTEST, _HEAVIEST = 10, 1000


class InvalidAssignmentRulesError(ValueError):
    """The rules of assignment cannot be used; the message says which value."""


@dataclass(frozen=True, slots=True)
class Points:
    """The most that each consideration can bring an advisor; see docs/assignment.md."""

    skill: float
    urgent_skill: float
    free: float
    rest: float
    presence: float
    language: float
    office: float
    case: float


@dataclass(frozen=True, slots=True)
class AssignmentRules:
    """One version of the rules. `kinds`, `topics` and `urgent` multiply the effort of a case; 1 where not named."""

    version: str
    points: Points
    full_rest_seconds: int
    kinds: Mapping[str, float]
    topics: Mapping[str, float]
    urgent: float
    idle_ordinary_seconds: int
    idle_urgent_seconds: int

    def effort_of(self, kind: str, topic: str, *, is_urgent: bool) -> int:
        """What a case weighs, in hundredths of a plain one: between 10 and 1000."""
        factor = self.kinds.get(kind, 1.0) * self.topics.get(topic, 1.0) * (self.urgent if is_urgent else 1.0)
        return min(max(round(ORDINARY_EFFORT * factor), _LIGHTEST), _HEAVIEST)

    def idle_limit_seconds(self, *, is_urgent: bool) -> int:
        """Working seconds a case may lie untouched with its advisor."""
        return self.idle_urgent_seconds if is_urgent else self.idle_ordinary_seconds


def parse_rules(content: Any) -> AssignmentRules:
    """The rules as a data file gives them.

    :raises InvalidAssignmentRulesError: something is missing, unknown, negative, or no number.
    """
    sections = _named(content, {"version", "points", "full_rest_seconds", "effort", "idle"}, "rules")
    points = _named(sections["points"], {one.name for one in fields(Points)}, "points")
    effort = _named(sections["effort"], {"kinds", "topics", "urgent"}, "effort")
    idle = _named(sections["idle"], {"ordinary_seconds", "urgent_seconds"}, "idle")
    return AssignmentRules(
        version=str(sections["version"]),
        points=Points(**{name: _number(value, name, least=0) for name, value in points.items()}),
        full_rest_seconds=int(_number(sections["full_rest_seconds"], "full_rest_seconds", least=1)),
        kinds=_factors(effort["kinds"], "kinds"),
        topics=_factors(effort["topics"], "topics"),
        urgent=_number(effort["urgent"], "urgent", least=0.1),
        idle_ordinary_seconds=int(_number(idle["ordinary_seconds"], "ordinary_seconds", least=60)),
        idle_urgent_seconds=int(_number(idle["urgent_seconds"], "urgent_seconds", least=60)),
    )


def _named(content: Any, names: set[str], where: str) -> dict[str, Any]:
    if not isinstance(content, dict) or content.keys() != names:
        raise InvalidAssignmentRulesError(f"{where} must have exactly {', '.join(sorted(names))}")
    return content


def _factors(content: Any, where: str) -> dict[str, float]:
    if not isinstance(content, dict):
        raise InvalidAssignmentRulesError(f"{where} must map codes to factors")
    return {str(code): _number(value, f"{where}.{code}", least=0.1) for code, value in content.items()}


def _number(value: Any, name: str, *, least: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= 10**6:
        raise InvalidAssignmentRulesError(f"{name} must be a number of at least {least}")
    return float(value)
