"""Who gets a case: a pure and deterministic choice, with the reason in words.

Eligible is who knows the topic, is there, and has room. Among the eligible, whoever can still meet the deadline (works
before it, and has no leave before it) comes before who cannot. Then points decide: skill (more for urgent cases), free
share of the capacity by effort, rest since the last assignment, being at work now, the language of the text, having
handled the last case of the office, and knowing this very case. Equal points go to whoever waited longest, then by
identifier, so that the same facts always give the same advisor. docs/assignment.md explains each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from services.routing.domain.assignment_rules import ORDINARY_EFFORT, AssignmentRules

HIGHEST_LEVEL = 3
_DAY = 86_400
_SPANISH = "es"


class Skip(StrEnum):
    """Why somebody who knows the topic could not get a case."""

    LEAVE = "leave"
    AWAY = "away"
    FULL = "full"
    RETURNED = "returned"
    """They had it, and it came back from them."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the choice knows of one advisor who has the topic among their skills.

    - `level`: 1 (basic) to 3 (expert).
    - `leave_until`: last day of a leave that covers today, else None; `leaves_at`: when the next one begins.
    - `open_effort`: what the open cases weigh, in hundredths of a plain case.
    - `works_at`: the first moment from now at which they work; None: at once.
    """

    id: UUID
    full_name: str
    level: int
    is_available: bool
    leave_until: date | None
    open_count: int
    capacity: int
    last_assigned_at: datetime | None
    open_effort: int = 0
    languages: frozenset[str] = frozenset({_SPANISH})
    works_at: datetime | None = None
    leaves_at: datetime | None = None

    @property
    def skip(self) -> Skip | None:
        """Why this advisor can have no further case now; None when they can."""
        if self.leave_until is not None:
            return Skip.LEAVE
        if not self.is_available:
            return Skip.AWAY
        return Skip.FULL if self.open_count >= self.capacity else None

    @property
    def is_eligible(self) -> bool:
        """There, not on leave, and with room for one more."""
        return self.skip is None


@dataclass(frozen=True, slots=True)
class Need:
    """A case that needs an advisor.

    - `due_at`: its next deadline, None while none runs; `language`: of its text, as `language_hint` tells.
    - `preferred_id`: who knows this very case; `office_id`: who handled the office's last case.
    - `excluded_id`: who must not get it (again).
    """

    topic_es: str
    topic_en: str
    is_urgent: bool
    due_at: datetime | None = None
    language: str = _SPANISH
    preferred_id: UUID | None = None
    office_id: UUID | None = None
    excluded_id: UUID | None = None

    def skip(self, one: Standing) -> Skip | None:
        """Why an advisor cannot have this case; None when they can."""
        return Skip.RETURNED if one.id == self.excluded_id else one.skip

    def can_be_met_by(self, one: Standing, now: datetime) -> bool:
        """Whether an advisor works before the deadline and has no leave before it. A deadline past changes nothing."""
        if self.due_at is None or self.due_at <= now:
            return True
        is_there = one.works_at is None or one.works_at < self.due_at
        return is_there and (one.leaves_at is None or one.leaves_at >= self.due_at)


@dataclass(frozen=True, slots=True)
class Choice:
    """The outcome: an advisor, or None when nobody is eligible.

    `points`: what each consideration brought the advisor; `skips`: who could not get it and why; `can_be_met`: False
    when nobody eligible could keep the deadline and the best of the others got it.
    """

    advisor: Standing | None
    points: Mapping[str, float]
    skips: Mapping[UUID, Skip]
    eligible_count: int
    can_be_met: bool = True


def choose(need: Need, standings: Sequence[Standing], now: datetime, rules: AssignmentRules) -> Choice:
    """The best advisor for a case.

    :param standings: everybody who has the topic among their skills, eligible or not.
    """
    skips = {one.id: why for one in standings if (why := need.skip(one)) is not None}
    eligible = [one for one in standings if one.id not in skips]
    if not eligible:
        return Choice(None, {}, skips, 0)
    best = max(eligible, key=lambda one: _rank(one, need, now, rules))
    points = {name: round(value, 2) for name, value in points_of(best, need, now, rules).items() if value}
    return Choice(best, points, skips, len(eligible), need.can_be_met_by(best, now))


def points_of(one: Standing, need: Need, now: datetime, rules: AssignmentRules) -> dict[str, float]:
    """What each consideration brings an advisor for a case."""
    most = rules.points
    rest = min(seconds_since(one.last_assigned_at, now), rules.full_rest_seconds) / rules.full_rest_seconds
    wait = 0.0 if one.works_at is None else min(max((one.works_at - now).total_seconds(), 0.0), _DAY) / _DAY
    skill = most.urgent_skill if need.is_urgent else most.skill
    return {
        "skill": skill * (one.level - 1) / (HIGHEST_LEVEL - 1),
        "free": most.free * free_share(one.open_effort, one.capacity),
        "rest": most.rest * rest,
        "presence": most.presence * (1 - wait),
        "language": most.language if speaks_foreign(one, need) else 0.0,
        "office": most.office if one.id == need.office_id else 0.0,
        "case": most.case if one.id == need.preferred_id else 0.0,
    }


def free_share(open_effort: int, capacity: int) -> float:
    """The part of a capacity that is free, by effort; below zero when heavy cases weigh more than the places."""
    return 1 - open_effort / (ORDINARY_EFFORT * capacity) if capacity else 0.0


def speaks_foreign(one: Standing, need: Need) -> bool:
    """Whether the text is not Spanish and the advisor speaks its language."""
    return need.language != _SPANISH and need.language in one.languages


def seconds_since(moment: datetime | None, now: datetime) -> float:
    """How long ago something was; for ever when it never was."""
    return float("inf") if moment is None else max((now - moment).total_seconds(), 0.0)


def _rank(one: Standing, need: Need, now: datetime, rules: AssignmentRules) -> tuple[bool, float, float, int]:
    """Higher is better; the last part makes it a total order."""
    points = sum(points_of(one, need, now, rules).values())
    return need.can_be_met_by(one, now), round(points, 6), seconds_since(one.last_assigned_at, now), -one.id.int
