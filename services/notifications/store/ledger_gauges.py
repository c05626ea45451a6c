"""Figures about the ledger that are cheap to ask: every query goes through a partial index of what is unfinished."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from services.notifications.domain.message import NOT_DELIVERED, Channel

Values = dict[tuple[str, ...], float]


@dataclass(frozen=True, slots=True)
class LedgerGauges:
    """By their labels: undelivered messages, age of the oldest due one, open breakers, time since the last one went."""

    messages: Values
    oldest_seconds: Values
    open_breakers: Values
    quiet_seconds: Values


def read(session: Session) -> LedgerGauges:
    """Ask for all; a combination of labels that has no row is 0, so that an alert can see it return to 0."""
    messages: Values = {(channel.value, state.value): 0.0 for channel in Channel for state in NOT_DELIVERED}
    oldest: Values = {(channel.value,): 0.0 for channel in Channel}
    messages |= _ask(session, _MESSAGES)
    oldest |= _ask(session, _OLDEST)
    return LedgerGauges(messages, oldest, _ask(session, _BREAKERS), _ask(session, _QUIET))


def _ask(session: Session, statement: Any) -> Values:
    return {tuple(row[:-1]): float(row[-1]) for row in session.execute(statement).all()}


_MESSAGES = text("""
    SELECT channel, state, count(*) FROM message
     WHERE state IN ('pending', 'sending', 'uncertain', 'failed', 'held') GROUP BY channel, state
""")
_OLDEST = text("""
    SELECT channel, max(extract(epoch FROM clock_timestamp() - created_at)) FROM message
     WHERE state = 'pending' AND (next_at <= clock_timestamp() OR is_outage) GROUP BY channel
""")
_BREAKERS = text("SELECT channel, is_open::int FROM channel_breaker")
# The newest messages have the highest identifiers, so the last one that went out is among the last few hundred.
_QUIET = text("""
    SELECT channel, min(extract(epoch FROM clock_timestamp() - submitted_at))
      FROM (SELECT channel, submitted_at FROM message ORDER BY message_id DESC LIMIT 500) AS newest
     WHERE submitted_at IS NOT NULL GROUP BY channel
""")
