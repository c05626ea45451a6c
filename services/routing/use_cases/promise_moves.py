"""Why the promised date of a case moved: its log replayed act by act, the promise before and after each."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from services.routing.domain.promise import outlook_of
from services.routing.domain.sla import EventKind, clock_states
from services.routing.store import history
from services.routing.store.models import Case, CaseHistory
from services.routing.use_cases.clocks import rules_of

_MOVERS = frozenset(
    {
        EventKind.CLARIFICATION_REQUESTED, EventKind.OFFICIAL_MESSAGE, EventKind.RECLASSIFIED, EventKind.RECALCULATED,
        EventKind.REOPENED, EventKind.ABSORBED,
    }
)  # fmt: skip
_MOST_MOVES = 50


def promise_moves(session: Session, case: Case, lines: list[CaseHistory], locale: str) -> list[dict[str, Any]]:
    """What moved the promise, oldest first; a date that is None means that it waited for the official."""
    policy, calendar, book = rules_of(session, case, lines)
    events = history.sla_events(lines)
    by_sequence = {line.sequence: line for line in lines}
    moves = []
    for number, event in enumerate(events):
        if event.kind not in _MOVERS or number == 0:
            continue
        before = outlook_of(clock_states(events[:number], policy, calendar, event.at, book)).promised_at
        after = outlook_of(clock_states(events[: number + 1], policy, calendar, event.at, book)).promised_at
        if before != after:
            line = by_sequence[event.sequence]
            reason = line.data.get("reason_en" if locale.startswith("en") else "reason_es", "")
            moves.append(
                {
                    "at": event.at,
                    "type": str(event.kind),
                    "by": line.actor_name,
                    "reason": reason,
                    "before": before,
                    "after": after,
                }
            )
    return moves[-_MOST_MOVES:]
