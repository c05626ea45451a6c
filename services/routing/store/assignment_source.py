"""The rules of assignment and the calendars of advisors, from the service's data."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from importlib import resources

import structlog
import yaml
from sqlalchemy.orm import Session

from services.routing.domain.assignment_rules import AssignmentRules, parse_rules
from services.routing.domain.sla_errors import SlaError
from services.routing.domain.weekly_hours import WeeklyHours
from services.routing.domain.working_calendar import Calendar
from services.routing.store import rule_editions

log = structlog.get_logger()


@lru_cache(maxsize=1)
def assignment_rules() -> AssignmentRules:
    """Today's rules.

    :raises InvalidAssignmentRulesError: the data file is unsound.
    """
    source = resources.files("services.routing").joinpath("data", "assignment.yaml")
    return parse_rules(yaml.safe_load(source.read_text(encoding="utf-8")))


_own: dict[tuple[str, str], Calendar] = {}


def advisor_calendar(session: Session, hours: str | None) -> Calendar:
    """When an advisor works: their own week, or the desk's when they have none; the desk's closed days for all."""
    desk = rule_editions.current_desk_calendar(session).calendar_for()
    if hours is None:
        return desk
    found = _own.get((desk.version, hours))
    if found is None:
        found = _own[desk.version, hours] = _with_hours(desk, hours)
    return found


def _with_hours(desk: Calendar, hours: str) -> Calendar:
    try:
        return replace(desk, hours=WeeklyHours.parse(hours), version=f"{desk.version}+{hours}")
    except SlaError:  # refused at the edge; a row edited by hand must not stop assignment
        log.warning("advisor_hours_not_understood")
        return desk
