"""The policies and calendars that cases were counted on, kept as they were.

A case quotes the versions it was received under, and its log those it moved to. Whatever is published or delivered
later, its clocks are read on its own rules, from these rows.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.routing.domain.sla_policy import SlaPolicy, content_of, policy_of
from services.routing.domain.weekly_hours import WeeklyHours, Window
from services.routing.domain.working_calendar import Calendar, Closure
from services.routing.store.models import SlaRules
from services.routing.store.rule_editions import CALENDAR, POLICY, current_calendar, current_policy

# Versions seen in each database by this process: after the first case of a version no statement is spent on it.
_known_of: WeakKeyDictionary[Any, set[tuple[str, str]]] = WeakKeyDictionary()
_old_policies: WeakKeyDictionary[Any, dict[str, SlaPolicy]] = WeakKeyDictionary()
_old_calendars: WeakKeyDictionary[Any, dict[str, Calendar]] = WeakKeyDictionary()


class UnknownRulesError(LookupError):
    """A case quotes a version that is neither today's nor kept."""


def keep(session: Session, policy: SlaPolicy, calendar: Calendar) -> None:
    """See that the rules a case is counted under are kept. Cheap after the first time."""
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
        {"kind": POLICY, "version": policy.version, "content": content_of(policy)},
        {"kind": CALENDAR, "version": calendar.version, "content": calendar_content(calendar)},
    ]
    new = [row for row in rows if (row["kind"], row["version"]) not in known]
    if new:
        session.execute(insert(SlaRules).values(new).on_conflict_do_nothing())


def policy_called(session: Session, version: str) -> SlaPolicy:
    """A policy by version.

    :raises UnknownRulesError: it is neither today's nor kept.
    """
    today = current_policy(session)
    if version == today.version:
        return today
    old = _old_policies.setdefault(session.get_bind(), {})
    if version not in old:
        old[version] = policy_of(_content(session, POLICY, version))
    return old[version]


def calendar_called(session: Session, version: str, ubigeo: str) -> Calendar:
    """A calendar by version; `ubigeo` tells which of today's it probably is.

    :raises UnknownRulesError: it is neither today's nor kept.
    """
    today = current_calendar(session, ubigeo)
    if version == today.version:
        return today
    old = _old_calendars.setdefault(session.get_bind(), {})
    if version not in old:
        old[version] = read_calendar(version, _content(session, CALENDAR, version))
    return old[version]


def _content(session: Session, kind: str, version: str) -> dict[str, Any]:
    row = session.get(SlaRules, (kind, version))
    if row is None:
        raise UnknownRulesError(f"{kind} {version} is not kept")
    return row.content


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
