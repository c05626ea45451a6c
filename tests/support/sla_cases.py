"""Builders for SLA tests: moments on Lima's wall clock, the desk's calendar, a small policy, and case logs."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from services.routing.domain.sla import (
    CaseEvent,
    Classification,
    ClockName,
    ClockState,
    EventKind,
    PolicyRule,
    RuleBook,
    SlaPolicy,
    clock_states,
)
from services.routing.domain.sla_history import NO_OTHER_VERSIONS
from services.routing.domain.working_time import Calendar, Closure, WeeklyHours, add_working_time

LIMA = "America/Lima"
HOUR = 3600
DESK_HOURS = WeeklyHours.parse("mon-fri 08:00-13:00,14:00-17:00")
FIESTAS_PATRIAS = (
    Closure(date(2026, 7, 28), "Fiestas Patrias", "D. Leg. 713"),
    Closure(date(2026, 7, 29), "Fiestas Patrias", "D. Leg. 713"),
)
DESK = Calendar(LIMA, DESK_HOURS, FIESTAS_PATRIAS, version="desk-1")

TRAMITE = Classification("tramite", "presupuesto", is_urgent=False)
LEGAL = Classification("caso_legal", "presupuesto", is_urgent=False)
URGENT = Classification("tramite", "presupuesto", is_urgent=True)


def hours_targets(first: int, following: int, final: int) -> dict[ClockName, int]:
    """Targets given in working hours."""
    return {
        ClockName.FIRST_RESPONSE: first * HOUR,
        ClockName.NEXT_RESPONSE: following * HOUR,
        ClockName.RESOLUTION: final * HOUR,
    }


POLICY = SlaPolicy(
    version="policy-1",
    rules=(
        PolicyRule("urgent", hours_targets(2, 1, 4), is_urgent=True),
        PolicyRule("legal", hours_targets(16, 8, 40), kinds=frozenset({"caso_legal"})),
        PolicyRule("rest", hours_targets(4, 2, 16)),
    ),
)


def lima(text: str) -> datetime:
    """`"2026-07-27 16:00"` on Lima's wall clock, as aware UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(LIMA)).astimezone(UTC)


def wall(moment: datetime | None, zone: str = LIMA) -> str | None:
    """A moment as `lima` reads it: seconds only when there are some."""
    if moment is None:
        return None
    text = moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S")
    return text.removesuffix(":00")


def due(start: str, seconds: int, calendar: Calendar = DESK) -> str | None:
    """The deadline on Lima's wall clock."""
    return wall(add_working_time(calendar, lima(start), seconds).due_at)


class Log:
    """A case's event log being written, one line after the other."""

    def __init__(self, submitted: str, classification: Classification = TRAMITE, **fields) -> None:
        self.events: list[CaseEvent] = []
        self.add(EventKind.SUBMITTED, submitted, classification=classification, **fields)

    def add(self, kind: EventKind, at: str, **fields) -> "Log":
        number = len(self.events) + 1
        self.events.append(CaseEvent(f"event-{number}", number, kind, lima(at), **fields))
        return self

    def asks(self, at: str) -> "Log":
        return self.add(EventKind.CLARIFICATION_REQUESTED, at)

    def official(self, at: str) -> "Log":
        return self.add(EventKind.OFFICIAL_MESSAGE, at)

    def answers(self, at: str, *, is_final: bool = False) -> "Log":
        return self.add(EventKind.ANSWER_SENT, at, is_final=is_final)

    def closes(self, at: str) -> "Log":
        return self.add(EventKind.CLOSED, at)

    def reopens(self, at: str) -> "Log":
        return self.add(EventKind.REOPENED, at)

    def states(
        self,
        now: str,
        *,
        policy: SlaPolicy = POLICY,
        calendar: Calendar = DESK,
        rule_book: RuleBook = NO_OTHER_VERSIONS,
    ) -> tuple[ClockState, ...]:
        return clock_states(self.events, policy, calendar, lima(now), rule_book)

    def clock(self, name: str, now: str, cycle: int = 1, **rules) -> ClockState:
        """One clock at `now`: `"first"`, `"next"` (with its cycle) or `"final"`."""
        names = {
            "first": ClockName.FIRST_RESPONSE,
            "next": ClockName.NEXT_RESPONSE,
            "final": ClockName.RESOLUTION,
        }
        found = [one for one in self.states(now, **rules) if (one.name, one.cycle) == (names[name], cycle)]
        assert len(found) == 1, f"{len(found)} clocks {name} of cycle {cycle}"
        return found[0]

    def next_clocks(self, now: str) -> list[ClockState]:
        return [one for one in self.states(now) if one.name is ClockName.NEXT_RESPONSE]
