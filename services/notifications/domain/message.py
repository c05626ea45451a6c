"""A message's life: its states, and every move between them with the sentence that justifies it.

The queries that move messages are written against this table, and the integration tests make PostgreSQL refuse
any move that does not stand in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Channel(StrEnum):
    """How a message travels."""

    EMAIL = "email"
    SMS = "sms"


class State(StrEnum):
    """Where a message stands. For e-mail `submitted` is the end: the next server took responsibility."""

    PENDING = "pending"
    SENDING = "sending"
    UNCERTAIN = "uncertain"
    SUBMITTED = "submitted"
    DELIVERED = "delivered"
    FAILED = "failed"
    HELD = "held"


class OwnReply(StrEnum):
    """What stands in the ledger as the last word on a message when it is ours and not a provider's."""

    CAP = "held: hourly cap of this recipient reached"
    SENDER_LOST = "the sender ended before it could record the outcome"
    NO_REPORT = "no delivery report came"
    EXPIRED = "expired before it could be sent"
    SENT_AGAIN = "sent again by an operator"
    NO_ADDRESS = "not an e-mail address"


NOT_DELIVERED = (State.PENDING, State.SENDING, State.UNCERTAIN, State.FAILED, State.HELD)
"""What an operator who asks "what has not arrived?" wants to see."""

RESENDABLE = (State.FAILED, State.HELD, State.UNCERTAIN)
"""What a person may send again: nothing that is on its way by itself, nothing that arrived."""


@dataclass(frozen=True, slots=True)
class Move:
    """One permitted change of state."""

    source: State
    to: State
    why: str


MOVES: tuple[Move, ...] = (
    Move(State.PENDING, State.SENDING, "A sender takes it; from here until it is recorded nobody can be sure."),
    Move(State.PENDING, State.SUBMITTED, "A receipt, or a sender given up for lost that comes back, knows better."),
    Move(State.PENDING, State.DELIVERED, "A receipt for an earlier attempt shows that it did arrive."),
    Move(State.PENDING, State.FAILED, "It expired before it could be sent."),
    Move(State.SENDING, State.SUBMITTED, "The provider took it."),
    Move(State.SENDING, State.DELIVERED, "The receipt overtakes the sender's own record."),
    Move(State.SENDING, State.PENDING, "It was certainly not taken, or may be repeated; it is tried again later."),
    Move(State.SENDING, State.FAILED, "It was refused for good, or the tries are used up."),
    Move(State.SENDING, State.UNCERTAIN, "Nobody knows whether it was taken; a receipt may still tell."),
    Move(State.SENDING, State.HELD, "Nobody knows whether it was taken, and repeating it could do harm."),
    Move(State.UNCERTAIN, State.SUBMITTED, "A receipt, or the sender that came back, shows that it was taken."),
    Move(State.UNCERTAIN, State.DELIVERED, "A receipt shows that it arrived."),
    Move(State.UNCERTAIN, State.FAILED, "A receipt shows that it did not arrive, or it expired."),
    Move(State.UNCERTAIN, State.PENDING, "No receipt came and its policy is to repeat, or a person decided so."),
    Move(State.UNCERTAIN, State.HELD, "No receipt came and repeating it could do harm."),
    Move(State.SUBMITTED, State.DELIVERED, "The phone confirmed."),
    Move(State.SUBMITTED, State.FAILED, "The operator's network gave it up."),
    Move(State.FAILED, State.PENDING, "A person pressed Resend."),
    Move(State.FAILED, State.DELIVERED, "A receipt that came late shows that it did arrive."),
    Move(State.HELD, State.PENDING, "A person released it."),
    Move(State.HELD, State.SUBMITTED, "A receipt, or the sender that came back, shows that it was taken."),
    Move(State.HELD, State.DELIVERED, "A receipt that came late shows that it did arrive."),
    Move(State.HELD, State.FAILED, "A receipt shows that it did not arrive, or it expired."),
)

_PERMITTED = frozenset((move.source, move.to) for move in MOVES)


def may_move(source: State, to: State) -> bool:
    """Whether a message in `source` may become `to`."""
    return (source, to) in _PERMITTED


def sources_of(to: State) -> list[State]:
    """The states from which a message may become `to`."""
    return [move.source for move in MOVES if move.to is to]
