"""The policies and calendars that cases were counted on, kept as they were.

A case quotes the versions it was received under. When the data files of a later release say something else, the
clocks of older cases are still read on their own rules, from these rows.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

import structlog
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.routing.domain.sla_errors import SlaError
from services.routing.domain.sla_policy import SlaPolicy, policy_of
from services.routing.domain.weekly_hours import WeeklyHours, Window
from services.routing.domain.working_calendar import Calendar, Closure
from services.routing.store.holiday_source import desk_calendar
from services.routing.store.models import SlaRules
from services.routing.store.sla_policy_source import default_policy

log = structlog.get_logger()

POLICY, CALENDAR = "policy", "calendar"
# Versions seen in each database by this process: after the first case of a version no statement is spent on it.
_known_of: WeakKeyDictionary[Any, set[tuple[str, str]]] = WeakKeyDictionary()
_old_policies: dict[str, SlaPolicy] = {}
_old_calendars: dict[str, Calendar] = {}


class UnknownRulesError(LookupError):
    """A case quotes a version that is neither today's nor kept."""


@lru_cache(maxsize=4096)
def calendar_of(ubigeo: str) -> Calendar:
    """The calendar of a municipality; the desk's alone when its code cannot be one, so that no case is lost to it."""
    try:
        return desk_calendar(ubigeo)
    except SlaError:
        log.warning("ubigeo_not_understood")
        return desk_calendar("")


def keep(session: Session, policy: SlaPolicy, calendar: Calendar) -> None:
    """See that the rules a case is opened under are kept. Cheap after the first time."""
    wanted = {(POLICY, policy.version): policy, (CALENDAR, calendar.version): calendar}
    known = _known_of.setdefault(session.get_bind(), set())
    missing = wanted.keys() - known
    if not missing:
        return
    found = session.execute(
        select(SlaRules.kind, SlaRules.version).where(SlaRules.version.in_([version for _, version in missing]))
    ).all()
    known.update((row.kind, row.version) for row in found)
    rows = [
        {"kind": POLICY, "version": policy.version, "content": policy_content(policy)},
        {"kind": CALENDAR, "version": calendar.version, "content": calendar_content(calendar)},
    ]
    new = [row for row in rows if (row["kind"], row["version"]) not in known]
    if new:
        session.execute(insert(SlaRules).values(new).on_conflict_do_nothing())


def policy_called(session: Session, version: str) -> SlaPolicy:
    """A policy by version.

    :raises UnknownRulesError: it is neither today's nor kept.
    """
    today = default_policy()
    if version == today.version:
        return today
    if version not in _old_policies:
        _old_policies[version] = policy_of(_content(session, POLICY, version))
    return _old_policies[version]


def calendar_called(session: Session, version: str, ubigeo: str) -> Calendar:
    """A calendar by version; `ubigeo` tells which of today's it probably is.

    :raises UnknownRulesError: it is neither today's nor kept.
    """
    today = calendar_of(ubigeo)
    if version == today.version:
        return today
    if version not in _old_calendars:
        _old_calendars[version] = read_calendar(version, _content(session, CALENDAR, version))
    return _old_calendars[version]


def _content(session: Session, kind: str, version: str) -> dict[str, Any]:
    row = session.get(SlaRules, (kind, version))
    if row is None:
        raise UnknownRulesError(f"{kind} {version} is not kept")
    return row.content


def policy_content(policy: SlaPolicy) -> dict[str, Any]:
    """A policy as `policy_of` reads it."""
    return {
        "version": policy.version,
        "warning_percents": list(policy.warning_percents),
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


def calendar_content(calendar: Calendar) -> dict[str, Any]:
    """Everything of a calendar that moves or explains a deadline."""
    return {
        "zone": calendar.zone,
        "hours": str(calendar.hours),
        "known_from": calendar.known_from and calendar.known_from.isoformat(),
        "known_until": calendar.known_until and calendar.known_until.isoformat(),
        "closures": [
            [one.day.isoformat(), one.reason, one.norm, one.reason_en, str(one.window) if one.window else None]
            for one in calendar.closures
        ],
    }


def read_calendar(version: str, content: dict[str, Any]) -> Calendar:
    """The calendar that `calendar_content` wrote down."""
    return Calendar(
        zone=content["zone"],
        hours=WeeklyHours.parse(content["hours"]),
        closures=tuple(
            Closure(date.fromisoformat(day), reason, norm, reason_en, Window.parse(window) if window else None)
            for day, reason, norm, reason_en, window in content["closures"]
        ),
        version=version,
        known_from=content["known_from"] and date.fromisoformat(content["known_from"]),
        known_until=content["known_until"] and date.fromisoformat(content["known_until"]),
    )
