"""The state of the whole desk at one moment, as the page and the API show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from services.insights.domain.periods import PERIODS, Period
from services.insights.domain.signs import Journey, Sign, find_signs
from services.insights.domain.telemetry import Reading
from services.insights.store import figures, telemetry
from services.insights.store.figures import Deadline, MessageCount, OpenGroup, Reach


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Everything that the console shows; see the parts for what each means."""

    generated_at: datetime
    period: Period
    flow: dict[str, dict[datetime, int]]
    open_groups: list[OpenGroup]
    at_risk: int
    at_risk_cases: list[Deadline]
    breached: int
    breached_cases: list[Deadline]
    breaches_in_period: int
    messages: list[MessageCount]
    troubled_messages: list[MessageCount]
    reach: Reach
    readings: list[Reading]
    signs: list[Sign]

    @property
    def totals(self) -> dict[str, int]:
        """By measure, the sum of its hours."""
        return {measure: sum(counts.values()) for measure, counts in self.flow.items()}

    def open_in(self, *states: str) -> int:
        """How many consultations are in these open states."""
        return sum(group.count for group in self.open_groups if group.state in states)


def read_overview(session: Session, period_name: str) -> Overview:
    """Ask everything, in one transaction."""
    now = figures.database_time(session)
    period = PERIODS[period_name](now)
    groups = figures.open_groups(session)
    risk, risk_cases = figures.at_risk(session)
    breached, breached_cases = figures.breached(session)
    readings = telemetry.find_all(session)
    oldest_at = figures.unclassified_oldest_at(session)
    journey = Journey(
        unstaffed=sum(group.count for group in groups if group.state == "unstaffed"),
        breached=breached,
        unclassified_seconds=(now - oldest_at).total_seconds() if oldest_at else 0.0,
    )
    return Overview(
        generated_at=now,
        period=period,
        flow=figures.flow(session, period),
        open_groups=groups,
        at_risk=risk,
        at_risk_cases=risk_cases,
        breached=breached,
        breached_cases=breached_cases,
        breaches_in_period=figures.breaches_in(session, period),
        messages=figures.messages_in(session, period),
        troubled_messages=figures.troubled_messages(session),
        reach=figures.reach(session),
        readings=readings,
        signs=find_signs(readings, journey, now),
    )
