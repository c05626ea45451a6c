"""The breaker of a channel: when a provider is away, one message asks for all, and all go on when it answers.

Without it every message would use up its patience on an outage that is none of its fault, and after the outage each
would wait for its own backoff; with it, recovery takes one probe.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

FAILURES_TO_OPEN = 5
WINDOW = timedelta(seconds=30)
PROBE_EVERY = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Breaker:
    """`failures` were counted since `counting_since`; while open, one message may try at `probe_at`."""

    is_open: bool = False
    failures: int = 0
    counting_since: datetime | None = None
    probe_at: datetime | None = None

    def after_failure(self, now: datetime, *, is_unreachable: bool) -> Breaker:
        """The provider took nothing.

        It opens after five failures, or when there was nothing but failure for half a minute (which is how an outage
        looks at night, with one message in the line). A provider that cannot be reached at all needs no counting.
        """
        if self.is_open:
            return replace(self, probe_at=now + PROBE_EVERY)
        since = self.counting_since or now
        failures = self.failures + 1
        is_lasting = now - since >= WINDOW  # any success would have set the breaker back
        if is_unreachable or is_lasting or failures >= FAILURES_TO_OPEN:
            return Breaker(is_open=True, failures=failures, counting_since=since, probe_at=now + PROBE_EVERY)
        return Breaker(failures=failures, counting_since=since)
