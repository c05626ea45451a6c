"""What is promised: targets in working time by kind, topic and urgency, the first matching rule winning.

A policy is frozen by its version: a case quotes the version it was received under, and an edited policy is
another version, so no past result ever moves. Targets are seconds of working time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from services.routing.domain.sla_errors import InvalidPolicyError


class ClockName(StrEnum):
    """The three promises of a case: first, next and final answer."""

    FIRST_RESPONSE = "first_response"
    NEXT_RESPONSE = "next_response"
    RESOLUTION = "resolution"


class Told(StrEnum):
    """Who hears of a step of the ladder."""

    ADVISOR = "advisor"
    SUPERVISORS = "supervisors"


BREACH_PERCENT = 100
"""The last step of every ladder: the deadline itself."""


@dataclass(frozen=True, slots=True)
class Classification:
    """What a policy looks at: codes of the taxonomy, and whether the case is urgent."""

    kind: str
    topic: str
    is_urgent: bool


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """One line of a policy; an empty set or None matches everything."""

    name: str
    targets: Mapping[ClockName, int]
    kinds: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    is_urgent: bool | None = None

    def matches(self, case: Classification) -> bool:
        """Whether the rule speaks of such a case."""
        return (
            (not self.kinds or case.kind in self.kinds)
            and (not self.topics or case.topic in self.topics)
            and (self.is_urgent is None or self.is_urgent == case.is_urgent)
        )

    def covers(self, other: "PolicyRule") -> bool:
        """Whether every case `other` matches is matched by this rule too."""
        return (
            (not self.kinds or (bool(other.kinds) and other.kinds <= self.kinds))
            and (not self.topics or (bool(other.topics) and other.topics <= self.topics))
            and (self.is_urgent is None or self.is_urgent == other.is_urgent)
        )


@dataclass(frozen=True, slots=True)
class SlaPolicy:
    """A version of the promises.

    - `rules`, in order: the first match decides; the last must match everything.
    - `warning_percents`: steps of the target, ascending, below 100, at which somebody is warned.
    - `told`: who hears of each of these steps and of 100, the breach. A step that is left out goes to the advisor,
      the breach to the supervisors.
    - `waiting_reminder_seconds`, `waiting_limit_seconds`: working time of a wait for the official after which
      the official is reminded, and after which the clocks run again (a pause may not last for ever).
    - `reopen_within_days`: a case reopened later than this after its end becomes a new, linked case.

    Raises InvalidPolicyError for a hole, an unreachable rule, or a number that means nothing.
    """

    version: str
    rules: tuple[PolicyRule, ...]
    warning_percents: tuple[int, ...] = (75,)
    waiting_reminder_seconds: int = 144_000
    waiting_limit_seconds: int = 288_000
    reopen_within_days: int = 15
    told: Mapping[int, frozenset[Told]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.version.strip():
            raise InvalidPolicyError("Una política tiene versión.", "A policy has a version.")
        percents = self.warning_percents
        if list(percents) != sorted(set(percents)) or not all(0 < percent < 100 for percent in percents):  # noqa: PLR2004 - percents
            raise InvalidPolicyError(
                "Los avisos son porcentajes crecientes entre 1 y 99.",
                "Warnings are ascending percents between 1 and 99.",
            )
        if not 0 < self.waiting_reminder_seconds < self.waiting_limit_seconds or self.reopen_within_days < 0:
            raise InvalidPolicyError(
                "La espera tiene un recordatorio antes de su límite, y la reapertura un plazo en días.",
                "A wait has a reminder before its limit, and reopening a term in days.",
            )
        object.__setattr__(self, "told", _whole_ladder(percents, self.told))
        _refuse_bad_rules(self.rules)

    def told_at(self, percent: int) -> frozenset[Told]:
        """Who hears of a step; a step of another policy goes to the advisor, as a warning always did."""
        return self.told.get(percent, frozenset({Told.ADVISOR}))

    def rule_for(self, case: Classification) -> PolicyRule:
        """The first rule that matches; there always is one."""
        return next(rule for rule in self.rules if rule.matches(case))

    def target_seconds(self, clock: ClockName, case: Classification) -> int:
        """Working seconds promised for a clock of such a case."""
        return self.rule_for(case).targets[clock]


def policy_of(content: Any) -> SlaPolicy:
    """A policy from the mapping a YAML or JSON file holds. Raises InvalidPolicyError, unknown keys included.

    The ladder is `ladder`, a list of `{percent, to}`, or just the percents as `warning_percents`.
    """
    body = _mapping(
        content,
        {"version", "rules"},
        {"warning_percents", "ladder", "waiting_reminder_seconds", "waiting_limit_seconds", "reopen_within_days"},
    )
    rules = tuple(_rule_of(rule) for rule in _sequence(body["rules"]))
    numbers: dict[str, Any] = {key: _whole(value) for key, value in body.items() if key.endswith(("_seconds", "_days"))}
    if "warning_percents" in body:
        numbers["warning_percents"] = tuple(_whole(one) for one in _sequence(body["warning_percents"]))
    if "ladder" in body:
        told = dict(_step_of(step) for step in _sequence(body["ladder"]))
        numbers |= {"told": told, "warning_percents": tuple(sorted(told.keys() - {BREACH_PERCENT}))}
    return SlaPolicy(str(body["version"]), rules, **numbers)


def content_of(policy: SlaPolicy) -> dict[str, Any]:
    """A policy as `policy_of` reads it, JSON-ready."""
    return {
        "version": policy.version,
        "ladder": [{"percent": percent, "to": sorted(policy.told[percent])} for percent in sorted(policy.told)],
        "waiting_reminder_seconds": policy.waiting_reminder_seconds,
        "waiting_limit_seconds": policy.waiting_limit_seconds,
        "reopen_within_days": policy.reopen_within_days,
        "rules": [
            {
                "name": rule.name,
                "when": {"kinds": sorted(rule.kinds), "topics": sorted(rule.topics)}
                | ({} if rule.is_urgent is None else {"is_urgent": rule.is_urgent}),
                "targets": {f"{clock}_seconds": seconds for clock, seconds in rule.targets.items()},
            }
            for rule in policy.rules
        ],
    }


def _step_of(content: Any) -> tuple[int, frozenset[Told]]:
    body = _mapping(content, {"percent", "to"}, set())
    people = {str(one) for one in _sequence(body["to"])}
    if not people <= set(Told):
        raise InvalidPolicyError("Un aviso va a advisor o a supervisors.", "A step goes to advisor or to supervisors.")
    return _whole(body["percent"]), frozenset(map(Told, people))


def _whole_ladder(percents: tuple[int, ...], told: Mapping[int, frozenset[Told]]) -> Mapping[int, frozenset[Told]]:
    """Every step with those who hear of it. Raises InvalidPolicyError for a step that nobody hears of."""
    wanted = {percent: frozenset({Told.ADVISOR}) for percent in percents} | {
        BREACH_PERCENT: frozenset({Told.SUPERVISORS})
    }
    if not told.keys() <= wanted.keys() or not all(told.values()):
        raise InvalidPolicyError(
            "Cada paso de los avisos va a alguien, y el último es 100 %.",
            "Each step of the ladder goes to somebody, and the last is 100 %.",
        )
    return wanted | dict(told)


def _rule_of(content: Any) -> PolicyRule:
    body = _mapping(content, {"name", "targets"}, {"when"})
    when = _mapping(body.get("when", {}), set(), {"kinds", "topics", "is_urgent"})
    targets = _mapping(body["targets"], {f"{clock}_seconds" for clock in ClockName}, set())
    is_urgent = when.get("is_urgent")
    if not (is_urgent is None or isinstance(is_urgent, bool)):
        raise InvalidPolicyError("is_urgent es true o false.", "is_urgent is true or false.")
    return PolicyRule(
        name=str(body["name"]),
        targets={clock: _whole(targets[f"{clock}_seconds"]) for clock in ClockName},
        kinds=frozenset(str(kind) for kind in _sequence(when.get("kinds", []))),
        topics=frozenset(str(topic) for topic in _sequence(when.get("topics", []))),
        is_urgent=is_urgent,
    )


def _mapping(content: Any, required: set[str], optional: set[str]) -> Mapping[str, Any]:
    keys = set(content) if isinstance(content, Mapping) else None
    if keys is None or not required <= keys <= required | optional:
        wanted = ", ".join(sorted(required | optional))
        raise InvalidPolicyError(
            f"Una parte de la política no tiene las claves esperadas: {wanted}.",
            f"A part of the policy does not have the expected keys: {wanted}.",
        )
    found: Mapping[str, Any] = content
    return found


def _sequence(content: Any) -> Sequence[Any]:
    if not isinstance(content, list):
        raise InvalidPolicyError("Se espera una lista.", "A list is expected.")
    return content


def _whole(content: Any) -> int:
    if not isinstance(content, int) or isinstance(content, bool):
        raise InvalidPolicyError(f"«{content}» no es un número entero.", f"“{content}” is not a whole number.")
    return content


def _refuse_bad_rules(rules: tuple[PolicyRule, ...]) -> None:
    everything = PolicyRule("", {})
    if not rules or not rules[-1].covers(everything):
        raise InvalidPolicyError(
            "La última regla debe valer para todos los casos: si no, un caso quedaría sin plazo.",
            "The last rule must match every case: otherwise a case would have no deadline.",
        )
    for number, rule in enumerate(rules):
        if any(earlier.covers(rule) for earlier in rules[:number]):
            raise InvalidPolicyError(
                f"La regla «{rule.name}» nunca se aplicaría: una anterior ya cubre sus casos.",
                f"The rule “{rule.name}” would never apply: an earlier one covers its cases.",
            )
        if set(rule.targets) != set(ClockName) or min(rule.targets.values()) <= 0:
            raise InvalidPolicyError(
                f"La regla «{rule.name}» necesita un plazo mayor que cero para cada reloj.",
                f"The rule “{rule.name}” needs a target above zero for every clock.",
            )
