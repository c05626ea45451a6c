"""Forms of rules: a policy and a calendar as rows of fields, and back again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from werkzeug.datastructures import MultiDict

from services.routing.domain.closed_days import ClosedDayRule, rule_of
from services.routing.domain.sla_errors import InvalidPolicyError
from services.routing.domain.sla_policy import BREACH_PERCENT, ClockName, Told
from services.routing.domain.weekly_hours import DAY_NAMES, WeeklyHours
from services.routing.domain.work_spans import parse_work_span, work_span_text

MOST_RULES = 60
MOST_STEPS = 8
LONGEST_NAME = 60
_LONGEST_FIELD = 400
_TARGETS = {"first": ClockName.FIRST_RESPONSE, "next": ClockName.NEXT_RESPONSE, "final": ClockName.RESOLUTION}
_URGENCY = {"": None, "yes": True, "no": False}
_SPARE_STEPS = 2


def policy_fields(content: Mapping[str, Any]) -> dict[str, Any]:
    """A policy as the form shows it: rules in order, one spare; steps with two spare; the rest as texts."""
    told = {step["percent"]: step["to"] for step in content["ladder"]}
    rules = [
        {
            "order": str(number * 10), "name": rule["name"], "kinds": rule["when"]["kinds"],
            "topics": rule["when"]["topics"], "urgent": _urgency_word(rule["when"].get("is_urgent")),
            **{name: work_span_text(rule["targets"][f"{clock}_seconds"]) for name, clock in _TARGETS.items()},
        }
        for number, rule in enumerate(content["rules"], 1)
    ]  # fmt: skip
    steps = [{"percent": str(percent), "to": told[percent]} for percent in sorted(told) if percent != BREACH_PERCENT]
    return {
        "rules": [*rules, _no_rule(len(rules) + 1)],
        "steps": [*steps, *({"percent": "", "to": []} for _ in range(_SPARE_STEPS))],
        "breach": told.get(BREACH_PERCENT, []),
        "waiting_reminder": work_span_text(content["waiting_reminder_seconds"]),
        "waiting_limit": work_span_text(content["waiting_limit_seconds"]),
        "reopen_within_days": str(content["reopen_within_days"]),
    }


def typed_policy(form: MultiDict[str, str]) -> dict[str, Any]:
    """What a person typed into the form, as it is shown again when something must be corrected."""
    rules = []
    for number in range(_count(form, "rules", MOST_RULES)):
        at = f"r{number}_"
        rules.append(
            {name: form.get(at + name, "").strip()[:_LONGEST_FIELD] for name in ("order", "name", "urgent", *_TARGETS)}
            | {name: form.getlist(at + name)[:_LONGEST_FIELD] for name in ("kinds", "topics")}
            | {"is_gone": at + "gone" in form}
        )
    steps = [
        {"percent": form.get(f"s{number}_percent", "").strip(), "to": form.getlist(f"s{number}_to")}
        for number in range(_count(form, "steps", MOST_STEPS))
    ]
    names = ("waiting_reminder", "waiting_limit", "reopen_within_days")
    rest = {name: form.get(name, "").strip()[:_LONGEST_FIELD] for name in names}
    return {"rules": rules, "steps": steps, "breach": form.getlist("breach_to"), **rest}


def policy_of_form(typed: Mapping[str, Any]) -> dict[str, Any]:
    """The policy a form describes, as `policy_of` reads it. Raises InvalidPolicyError naming what is wrong."""
    kept = [row for row in typed["rules"] if row["name"] and not row.get("is_gone")]
    ordered = sorted(kept, key=lambda row: _whole(row["order"], "orden", "order"))
    steps = [
        {"percent": _whole(step["percent"].removesuffix("%"), "aviso", "warning"), "to": step["to"]}
        for step in typed["steps"]
        if step["percent"]
    ]
    return {
        "version": "draft",
        "ladder": [*steps, {"percent": BREACH_PERCENT, "to": typed["breach"]}],
        "waiting_reminder_seconds": parse_work_span(typed["waiting_reminder"]),
        "waiting_limit_seconds": parse_work_span(typed["waiting_limit"]),
        "reopen_within_days": _whole(typed["reopen_within_days"], "reapertura", "reopening"),
        "rules": [_rule(row) for row in ordered],
    }


def _rule(row: Mapping[str, Any]) -> dict[str, Any]:
    is_urgent = _URGENCY.get(row["urgent"])
    return {
        "name": " ".join(row["name"].split())[:LONGEST_NAME],
        "when": {"kinds": row["kinds"], "topics": row["topics"]}
        | ({} if is_urgent is None else {"is_urgent": is_urgent}),
        "targets": {f"{clock}_seconds": parse_work_span(row[name]) for name, clock in _TARGETS.items()},
    }


def hours_fields(hours: str) -> list[str]:
    """The windows of each weekday as text, Monday first."""
    return [", ".join(map(str, windows)) for windows in WeeklyHours.parse(hours).days]


def hours_of_form(form: Mapping[str, str]) -> str:
    """The week a form describes. Raises InvalidHoursError for what is no window, overlaps, or runs over midnight."""
    days = []
    for name in DAY_NAMES:
        windows = form.get(f"day_{name}", "").strip()[:_LONGEST_FIELD]
        if windows:
            days.append(f"{name} {windows}")
    return str(WeeklyHours.parse("; ".join(days)))


def day_of_form(form: Mapping[str, str]) -> ClosedDayRule:
    """The closed day a form describes. Raises SlaError naming what is wrong."""
    when = form.get("when", "").strip()
    windows = form.get("closed_window", "").strip()
    is_yearly = form.get("is_yearly") == "yes"
    return rule_of(
        {
            "ubigeo_prefix": form.get("ubigeo_prefix", ""),
            "when": when[5:] if is_yearly and len(when) == len("YYYY-MM-DD") else when,
            "first_year": when[:4] if is_yearly else "",
            "effect": "partial" if windows else "closed",
            "closed_window": windows,
            "is_made_up": "yes" if form.get("is_made_up") == "yes" else "no",
            **{name: " ".join(form.get(name, "").split())[:_LONGEST_FIELD] for name in ("name", "name_en", "norm")},
        }
    )


def told_words() -> tuple[str, ...]:
    """The codes of those who can be told of a step."""
    return tuple(Told)


def _no_rule(number: int) -> dict[str, Any]:
    return {"order": str(number * 10), "name": "", "kinds": [], "topics": [], "urgent": ""} | dict.fromkeys(
        _TARGETS, ""
    )


def _urgency_word(is_urgent: bool | None) -> str:  # noqa: FBT001 - a value of three, not a switch
    return next(word for word, value in _URGENCY.items() if value is is_urgent)


def _count(form: Mapping[str, str], name: str, most: int) -> int:
    text = form.get(f"{name}_count", "")
    return min(int(text), most) if text.isascii() and text.isdigit() and len(text) < 4 else 0  # noqa: PLR2004 - digits


def _whole(text: str, spanish: str, english: str) -> int:
    cleaned = text.strip()
    if not (cleaned.isascii() and cleaned.isdigit() and len(cleaned) < 6):  # noqa: PLR2004 - digits
        raise InvalidPolicyError(
            f"«{cleaned}» no es un número entero ({spanish}).", f"“{cleaned}” is no whole number ({english})."
        )
    return int(cleaned)
