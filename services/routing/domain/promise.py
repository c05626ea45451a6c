"""What the clocks of a case mean for the queue and for the official: the promised moment and what to watch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from services.routing.domain.sla_clock import ClockState
from services.routing.domain.sla_policy import ClockName


@dataclass(frozen=True, slots=True)
class Outlook:
    """A case's clocks in four values.

    - `promised_at`: when the official may expect to hear: first answer, else next, else final; None while paused.
    - `next_due_at`: the earliest deadline of a clock that has not stopped, missed ones included; None if there is none.
    - `risk_at`: from when on the case is at risk (the earliest warning step); None when nothing runs in time.
    - `is_waiting`: a clock is paused, because the official is waited for.
    """

    promised_at: datetime | None
    next_due_at: datetime | None
    risk_at: datetime | None
    is_waiting: bool
    waiting_limit_at: datetime | None


_ORDER = (ClockName.FIRST_RESPONSE, ClockName.NEXT_RESPONSE, ClockName.RESOLUTION)


def outlook_of(states: Iterable[ClockState]) -> Outlook:
    """The outlook of a case whose clocks stand as given."""
    active = [state for state in states if state.stopped_at is None]
    paused = [state for state in active if state.is_paused]
    promised = None
    if not paused:
        by_name = {state.name: state.due_at for state in active}
        promised = next((by_name[name] for name in _ORDER if name in by_name), None)
    return Outlook(
        promised_at=promised,
        next_due_at=min((state.due_at for state in active if state.due_at is not None), default=None),
        risk_at=min((state.warn_at for state in active if state.warn_at is not None), default=None),
        is_waiting=bool(paused),
        waiting_limit_at=next((state.waiting_limit_at for state in paused if state.waiting_limit_at), None),
    )
