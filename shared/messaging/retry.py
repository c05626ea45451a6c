"""When to try again: a value and a pure function, so that a table test can hold the whole policy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from shared.contracts.event import ContractError

_MOST_DOUBLINGS = 20  # beyond any bound, and within what a timedelta can hold


class NotYet(Exception):  # noqa: N818 - reads as what it says in a handler: raise NotYet(...)
    """Something that the handler needs has not arrived. Waiting for it costs the event none of its attempts."""


class UnknownEventError(Exception):
    """This release does not know the event's type; it waits for one that does."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of an event whose handling failed: `status` waiting, pending (again), unknown or dead, and when."""

    status: str
    delay: timedelta
    spends_attempt: bool


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Exponential backoff with a bound, and a longer patience for what has merely not arrived."""

    max_attempts: int = 8
    first_delay: timedelta = timedelta(seconds=1)
    longest_delay: timedelta = timedelta(minutes=5)
    first_wait: timedelta = timedelta(milliseconds=200)
    longest_wait: timedelta = timedelta(seconds=15)
    patience: timedelta = timedelta(days=7)

    def decide(self, error: BaseException, *, attempts: int, age: timedelta) -> Decision:
        """The fate of an event that failed with `error` on attempt number `attempts`, `age` after it arrived."""
        if isinstance(error, NotYet):
            if age >= self.patience:
                return Decision("dead", timedelta(0), spends_attempt=False)
            # A tenth of the age: prompt for what is milliseconds away, unhurried for what is hours away.
            wait = min(max(age / 10, self.first_wait), self.longest_wait)
            return Decision("waiting", wait, spends_attempt=False)
        if isinstance(error, UnknownEventError):
            return Decision("unknown", timedelta(0), spends_attempt=False)
        if isinstance(error, ContractError) or attempts >= self.max_attempts:
            return Decision("dead", timedelta(0), spends_attempt=True)
        delay = min(self.first_delay * 2 ** min(attempts - 1, _MOST_DOUBLINGS), self.longest_delay)
        return Decision("pending", delay, spends_attempt=True)
