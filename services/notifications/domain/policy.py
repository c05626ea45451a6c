"""What follows from a send: the state, the wait, the reason. Pure, so that one table test holds the whole policy.

RELIABILITY: exactly-once to a provider without idempotency does not exist (RFC 1047). What can be had is: nothing
is lost, a repeat happens only after recorded uncertainty, and what must not be repeated waits for a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from services.notifications.domain.message import Channel, State

MOST_TRIES = 12
MOST_DOUBTS = 3
FIRST_DELAY = timedelta(seconds=10)
LONGEST_DELAY = timedelta(minutes=15)
LONGEST_OUTAGE_DELAY = timedelta(seconds=20)
OUTAGE_PATIENCE = timedelta(days=3)


class Outcome(StrEnum):
    """What a send came to, as far as the sender can tell."""

    ACCEPTED = "accepted"
    """The provider took responsibility."""
    DEFERRED = "deferred"
    """Certainly not taken: the provider does not want this message now."""
    UNAVAILABLE = "unavailable"
    """Certainly not taken, and perhaps for no fault of the message: the breaker counts these."""
    REFUSED = "refused"
    """Certainly not taken, and another try would end the same way."""
    UNCERTAIN = "uncertain"
    """It was handed over and no answer came."""


class OnUncertain(StrEnum):
    """A template's policy for messages that may or may not have been sent, when nothing else tells."""

    RESEND = "resend"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Progress:
    """What a message has behind it: attempts that were refused (`tries`), and that nobody knows about (`doubts`).

    `is_blameless`: the attempt could not succeed whatever the message was; the provider was known or seen to be away.
    """

    channel: Channel
    on_uncertain: OnUncertain
    tries: int
    doubts: int
    age: timedelta
    is_blameless: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a message: its state, and when it is looked at again."""

    state: State
    delay: timedelta = timedelta(0)
    tries: int = 0
    doubts: int = 0


def after_send(outcome: Outcome, progress: Progress, *, receipt_wait: timedelta) -> Verdict:
    """The verdict on a message whose sender is alive and says what it saw."""
    tries, doubts = progress.tries, progress.doubts
    match outcome:
        case Outcome.ACCEPTED:
            return Verdict(State.SUBMITTED, tries=tries, doubts=doubts)
        case Outcome.REFUSED:
            return Verdict(State.FAILED, tries=tries + 1, doubts=doubts)
        case Outcome.UNAVAILABLE if progress.is_blameless:
            # An outage costs a message nothing but time, of which it has days; the breaker decides when to ask again.
            state = State.FAILED if progress.age >= OUTAGE_PATIENCE else State.PENDING
            return Verdict(state, _backoff(tries, LONGEST_OUTAGE_DELAY), tries, doubts)
        case Outcome.DEFERRED | Outcome.UNAVAILABLE:
            state = State.FAILED if tries + 1 >= MOST_TRIES else State.PENDING
            return Verdict(state, _backoff(tries, LONGEST_DELAY), tries + 1, doubts)
        case Outcome.UNCERTAIN:
            return after_doubt(progress, receipt_wait=receipt_wait, delay=_backoff(doubts, LONGEST_DELAY))


def after_doubt(progress: Progress, *, receipt_wait: timedelta, delay: timedelta = timedelta(0)) -> Verdict:
    """The verdict on a message that may have been sent: SMS wait for a receipt, e-mail has none to wait for."""
    if progress.channel is Channel.SMS:
        return Verdict(State.UNCERTAIN, receipt_wait, progress.tries, progress.doubts + 1)
    return _by_template(progress, progress.doubts + 1, delay)


def after_waiting(progress: Progress, *, do_receipts_come: bool) -> Verdict:
    """The verdict on a message for which no receipt came.

    That is a sign that it was not sent only where receipts do come; where none do, it says nothing at all.
    """
    if not do_receipts_come:
        return Verdict(State.HELD, tries=progress.tries, doubts=progress.doubts)
    return _by_template(progress, progress.doubts, timedelta(0))


def _by_template(progress: Progress, doubts: int, delay: timedelta) -> Verdict:
    if progress.on_uncertain is OnUncertain.HOLD or doubts >= MOST_DOUBTS:
        # A server that takes mail and never says so would otherwise get a copy at every try.
        return Verdict(State.HELD, tries=progress.tries, doubts=doubts)
    return Verdict(State.PENDING, delay, progress.tries, doubts)


def _backoff(failures: int, longest: timedelta) -> timedelta:
    # The exponent is bounded because 2 ** 60 seconds is no timedelta.
    factor: int = 2 ** min(failures, 10)
    return min(FIRST_DELAY * factor, longest)
