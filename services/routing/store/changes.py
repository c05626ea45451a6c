"""The feed of changes: what became of which case, for those who watch.

Numbers are given before a transaction commits, so a lower number may appear after a higher one. Reading by transaction
instead loses nothing: everything from the oldest transaction that was unfinished at the last look is looked at again,
and what was seen is left out.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.accounts.people import IDLE

_MOST_AT_ONCE = 500
_COLUMNS = (
    "change_id, code, version, was_state IS NULL AS is_new, was_state, was_advisor_id, state, topic, advisor_id,"
    " last_advisor_id, triage_topics"
)

NEWEST = "coalesce((SELECT max(change_id) FROM case_change), (SELECT last_value FROM case_change_change_id_seq))"


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a case: who has it, and which topics it is of, afterwards; `was_` what it was before."""

    id: int
    code: str
    version: int
    is_new: bool
    was_state: str | None
    was_advisor_id: UUID | None
    state: str
    topic: str
    advisor_id: UUID | None
    last_advisor_id: UUID | None
    triage_topics: frozenset[str]


@dataclass(slots=True)
class Reader:
    """Follows the feed; each change is given once, soon after its commit."""

    _low: str | None = None
    _seen: frozenset[int] = field(default_factory=frozenset)

    def read(self, session: Session) -> list[Change]:
        """What was committed since the last reading; at the first, nothing: one begins with the present."""
        low = session.execute(text("SELECT CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text)")).scalar_one()
        rows = session.execute(
            text(f"""
                SELECT {_COLUMNS} FROM case_change
                 WHERE transaction_id >= CAST(:low AS xid8) ORDER BY change_id
            """),  # noqa: S608 - a constant list of columns
            {"low": self._low or low},
        ).all()
        is_first, seen = self._low is None, self._seen
        self._low, self._seen = low, frozenset(row.change_id for row in rows)
        return [] if is_first else [change_of(row) for row in rows if row.change_id not in seen and row.state]


def since(session: Session, change_id: int) -> list[Change]:
    """Changes with a higher number, oldest first, at most five hundred: for who was away for a while."""
    rows = session.execute(
        text(f"""
            SELECT {_COLUMNS} FROM case_change WHERE change_id > :id AND state IS NOT NULL
             ORDER BY change_id LIMIT {_MOST_AT_ONCE}
        """),  # noqa: S608 - constants
        {"id": change_id},
    )
    return [change_of(row) for row in rows]


def newest(session: Session) -> int:
    """The number of the newest change there is, or was."""
    return int(session.execute(text(f"SELECT {NEWEST}")).scalar_one())


def is_forgotten(session: Session, change_id: int) -> bool:
    """Whether changes after this one have been folded away, so that nobody can say what they were."""
    return bool(
        session.execute(
            text("""
                SELECT :id + 1 < coalesce((SELECT min(change_id) FROM case_change),
                                          (SELECT last_value + 1 FROM case_change_change_id_seq))
            """),
            {"id": change_id},
        ).scalar_one()
    )


def change_of(row: Any) -> Change:
    """A row as a change."""
    return Change(
        row.change_id, row.code, row.version, row.is_new, row.was_state, row.was_advisor_id, row.state, row.topic,
        row.advisor_id, row.last_advisor_id, frozenset(row.triage_topics or ()),
    )  # fmt: skip


def topics_of(session: Session, account_ids: Collection[UUID]) -> dict[UUID, frozenset[str]]:
    """Which topics people know."""
    rows = session.execute(
        text("""
            SELECT account_id, array_agg(topic) AS topics FROM advisor_skill
             WHERE account_id = ANY (CAST(:ids AS uuid[])) GROUP BY account_id
        """),
        {"ids": "{" + ",".join(map(str, account_ids)) + "}"},
    )
    return {row.account_id: frozenset(row.topics) for row in rows}


def living_sessions(session: Session, token_hashes: Collection[bytes]) -> set[bytes]:
    """Which of these sessions still are: not ended, not idle for too long, of an account that is open."""
    rows = session.execute(
        text("""
            SELECT token_hash FROM account_session JOIN account USING (account_id)
             WHERE token_hash = ANY (:hashes) AND is_active AND expires_at > clock_timestamp()
               AND (kind = 'api' OR seen_at > clock_timestamp() - CAST(:idle AS interval))
        """),
        {"hashes": list(token_hashes), "idle": IDLE},
    )
    return {bytes(row.token_hash) for row in rows}
