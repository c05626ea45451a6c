"""How many cases there are of each sort, without counting them: a small table plus the latest changes.

Triggers write a row of `case_change` with every change of a case, in its transaction; `fold` moves what is older into
`case_tally`. What depends on the time (at risk, breached) and on the candidates of triage is counted, from an index
alone and among open cases only.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import CompoundSelect, func, literal_column, select, table, text
from sqlalchemy import column as named
from sqlalchemy.orm import Session

KEPT = timedelta(minutes=2)
"""How long a change stays in the feed for those who follow it, before it is folded into the counters."""

_KEYS = ("state", "topic", "advisor_id", "last_advisor_id")
_tally = table("case_tally", *map(named, (*_KEYS, "number")))
_change = table("case_change", *map(named, (*_KEYS, *(f"was_{key}" for key in _KEYS))))


def sums_now() -> CompoundSelect[Any]:
    """(keys, number): the tally, every change's new state as one more, and its old state as one less."""
    after = select(*(_change.c[key] for key in _KEYS), literal_column("1").label("number")).where(
        _change.c.state.is_not(None)
    )
    before = select(*(_change.c[f"was_{key}"].label(key) for key in _KEYS), literal_column("-1").label("number")).where(
        _change.c.was_state.is_not(None)
    )
    return select(*(_tally.c[key] for key in _KEYS), _tally.c.number).union_all(after, before)


def by_topic_and_state(session: Session) -> dict[tuple[str, str], int]:
    """(topic, state) to how many cases, for gauges."""
    sums = sums_now().subquery("sums")
    rows = session.execute(
        select(sums.c.topic, sums.c.state, func.sum(sums.c.number)).group_by(sums.c.topic, sums.c.state)
    )
    return {(topic, state): int(number) for topic, state, number in rows}


_FOLD = text("""
    WITH old AS (
        DELETE FROM case_change WHERE at < clock_timestamp() - CAST(:kept AS interval) RETURNING *),
    moved AS (
        SELECT was_state AS state, was_topic AS topic, was_advisor_id AS advisor_id,
               was_last_advisor_id AS last_advisor_id, -1 AS number FROM old WHERE was_state IS NOT NULL
        UNION ALL
        SELECT state, topic, advisor_id, last_advisor_id, 1 FROM old WHERE state IS NOT NULL)
    INSERT INTO case_tally AS tally (state, topic, advisor_id, last_advisor_id, number)
    SELECT state, topic, advisor_id, last_advisor_id, sum(number) FROM moved
     GROUP BY 1, 2, 3, 4 HAVING sum(number) <> 0 ORDER BY 1, 2, 3, 4
        ON CONFLICT (state, topic, advisor_id, last_advisor_id) DO UPDATE SET number = tally.number + excluded.number
""")


def fold(session: Session, kept: timedelta = KEPT) -> None:
    """Move older changes into the counters; every count stays what it was."""
    session.execute(_FOLD, {"kept": kept})


# One statement, so one snapshot: cases, tally and changes are seen as of the same instant.
_RECONCILE = text("""
    WITH kept AS (
        SELECT state, topic, advisor_id, last_advisor_id, number FROM case_tally
        UNION ALL SELECT state, topic, advisor_id, last_advisor_id, 1 FROM case_change WHERE state IS NOT NULL
        UNION ALL SELECT was_state, was_topic, was_advisor_id, was_last_advisor_id, -1 FROM case_change
                   WHERE was_state IS NOT NULL),
    compared AS (
        SELECT state, topic, advisor_id, last_advisor_id, -number AS number FROM kept
        UNION ALL SELECT state, topic, advisor_id, last_advisor_id, count(*) FROM casefile GROUP BY 1, 2, 3, 4),
    wrong AS (
        SELECT state, topic, advisor_id, last_advisor_id, sum(number) AS number FROM compared
         GROUP BY 1, 2, 3, 4 HAVING sum(number) <> 0),
    put_right AS (
        INSERT INTO case_tally AS tally (state, topic, advisor_id, last_advisor_id, number)
        SELECT * FROM wrong ORDER BY 1, 2, 3, 4
            ON CONFLICT (state, topic, advisor_id, last_advisor_id)
            DO UPDATE SET number = tally.number + excluded.number)
    SELECT coalesce(sum(abs(number)), 0) FROM wrong
""")


def reconcile(session: Session) -> int:
    """Count the cases, and put the counters right where they differ; returns by how many cases they were wrong."""
    session.execute(text("DELETE FROM case_tally WHERE number = 0"))
    return int(session.execute(_RECONCILE).scalar_one())
