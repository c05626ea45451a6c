"""Timers: every due time that came was acted on, once, not early, and not much too late."""

from __future__ import annotations

from dataclasses import dataclass

from deploy.local.provisioning import SERVICES
from deploy.local.reconciliation.difference import Difference
from deploy.local.reconciliation.places import Places

_QUESTION = """
    SELECT count(*) FILTER (WHERE state = 'fired'),
           count(*) FILTER (WHERE state = 'fired' AND fired_at < due_at),
           count(*) FILTER (WHERE state = 'armed' AND due_at < clock_timestamp() - interval '10 seconds'),
           coalesce(max(late_ms) FILTER (WHERE state = 'fired'), 0)
      FROM timer WHERE timer_id >= %s OR due_at >= %s
"""
_LATEST_MS = 5000


@dataclass(frozen=True)
class TimerBooks:
    """The timers of all services since one moment."""

    fired: int
    early: int
    overdue: int
    latest_ms: int

    @classmethod
    def read(cls, places: Places, since: object, moment: object) -> TimerBooks:
        """Read the timers made after the identifier `since`, or due after `moment`."""
        counts = []
        for service in SERVICES:
            with places.reader(service) as reader:
                counts.append(reader.row(_QUESTION, [since, moment]))
        fired, early, overdue, latest = zip(*counts, strict=True)
        return cls(sum(fired), sum(early), sum(overdue), max(latest))

    def differences(self, *, latest_ms: int | None = _LATEST_MS) -> list[Difference]:
        """What breaks I7.

        :param latest_ms: how late a timer may have fired; None where the fault kept the clock or its database down.
        """
        found = []
        if self.early:
            found.append(Difference("I7", "wrong", self.early, "timers fired before their time"))
        if self.overdue:
            found.append(Difference("I7", "lost", self.overdue, "timers due and not fired"))
        if latest_ms is not None and self.latest_ms > latest_ms:
            found.append(Difference("I7", "wrong", 1, f"a timer fired {self.latest_ms} ms late"))
        return found
