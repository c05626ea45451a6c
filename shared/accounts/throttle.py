"""Limits on guessing: after some failures every further one doubles the wait, by account and by address.

One-time links are counted the same way (`link:` keys), so that nobody can fill somebody else's mailbox.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

_FREE_FAILURES = {"account": 5, "address": 50, "link": 3, "download": 20}
_LONGEST_WAIT_MINUTES = 60


def is_locked(session: Session, keys: Sequence[str]) -> bool:
    """Whether any of the keys must wait before another attempt."""
    rows = session.execute(
        text("SELECT key, failures, clock_timestamp() - last_at AS age FROM throttle WHERE key = ANY(:keys)"),
        {"keys": list(keys)},
    ).all()
    for row in rows:
        surplus = row.failures - _FREE_FAILURES[row.key.partition(":")[0]]
        if surplus >= 0 and row.age.total_seconds() < 60 * min(2**surplus, _LONGEST_WAIT_MINUTES):
            return True
    return False


def count_failure(session: Session, keys: Sequence[str]) -> None:
    """Note a failed attempt; a day without one starts afresh."""
    session.execute(
        text("""
            INSERT INTO throttle (key, failures, last_at)
            SELECT key, 1, clock_timestamp() FROM unnest(CAST(:keys AS text[])) AS tried (key) ORDER BY key
            ON CONFLICT (key) DO UPDATE SET last_at = excluded.last_at,
                failures = CASE WHEN throttle.last_at < clock_timestamp() - interval '1 day' THEN 1
                                ELSE throttle.failures + 1 END
        """),
        {"keys": sorted(keys)},
    )


def forget(session: Session, keys: Sequence[str]) -> None:
    """A success clears the account's count; the address's stays, others may be guessing from it."""
    session.execute(
        text("DELETE FROM throttle WHERE key = ANY(:keys)"),
        {"keys": [key for key in keys if key.startswith("account:")]},
    )
