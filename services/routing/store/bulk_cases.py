"""Writing many cases at once, for measurements: COPY, and what triggers would derive, in a handful of statements.

The triggers rest while a batch is written (the table is locked for that long), because what they do row by row is
done here for the whole batch, by the same functions of the database.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from services.routing.store.advisors import recount_loads

CASE_COLUMNS = (
    "case_id", "code", "official_id", "asker_name", "asker_position", "asker_locale", "ubigeo", "municipality",
    "subject_line", "body", "channel", "submitted_at", "opened_at", "state", "outcome", "topic", "kind", "is_urgent",
    "needs_triage", "topic_confidence", "kind_confidence", "urgency_confidence", "candidates", "candidate_topics",
    "reasons", "model_version", "decided_by", "advisor_id", "last_advisor_id", "assigned_at", "assignment_reason_es",
    "assignment_reason_en", "waiting_since", "policy_version", "calendar_version", "promised_at", "next_due_at",
    "risk_at", "due_key", "first_answered_at", "ended_at", "history_count", "version",
)  # fmt: skip
HISTORY_COLUMNS = ("case_id", "sequence", "kind", "at", "actor_id", "actor_name", "data")
MESSAGE_COLUMNS = ("message_id", "case_id", "kind", "author_id", "author_name", "body", "at")
_TABLES = {"casefile": CASE_COLUMNS, "case_history": HISTORY_COLUMNS, "case_message": MESSAGE_COLUMNS}
_JSON_COLUMNS = frozenset({"candidates", "reasons", "data"})


def write(
    session: Session,
    cases: Sequence[dict[str, Any]],
    lines: Sequence[dict[str, Any]],
    messages: Sequence[dict[str, Any]],
) -> None:
    """Write a batch: rows by column name."""
    session.execute(text("SET LOCAL statement_timeout = 0"))
    for name in ("casefile", "case_message"):
        session.execute(text(f"ALTER TABLE {name} DISABLE TRIGGER USER"))
    _copy(session, "casefile", cases)
    _copy(session, "case_history", lines)
    _copy(session, "case_message", messages)
    session.execute(
        text("""
            INSERT INTO case_search (case_id, document)
            SELECT case_id, case_document(case_id) FROM unnest(CAST(:ids AS uuid[])) AS written (case_id)
        """),
        {"ids": _ids(cases)},
    )
    session.execute(
        text("""
            INSERT INTO search_pending (case_id, is_new)
            SELECT case_id, true FROM unnest(CAST(:ids AS uuid[])) AS written (case_id) ON CONFLICT DO NOTHING
        """),
        {"ids": _ids(cases)},
    )
    session.execute(
        text("""
            INSERT INTO case_tally AS tally (state, topic, advisor_id, last_advisor_id, number)
            SELECT state, topic, advisor_id, last_advisor_id, count(*) FROM casefile
             WHERE case_id = ANY (CAST(:ids AS uuid[])) GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
                ON CONFLICT (state, topic, advisor_id, last_advisor_id)
                DO UPDATE SET number = tally.number + excluded.number
        """),
        {"ids": _ids(cases)},
    )
    for name in ("casefile", "case_message"):
        session.execute(text(f"ALTER TABLE {name} ENABLE TRIGGER USER"))


def _ids(cases: Iterable[dict[str, Any]]) -> str:
    return "{" + ",".join(str(case["case_id"]) for case in cases) + "}"


def _copy(session: Session, table: str, rows: Sequence[dict[str, Any]]) -> None:
    columns = _TABLES[table]
    driver: Any = session.connection().connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copying:
        for row in rows:
            copying.write_row([_value(column, row.get(column)) for column in columns])


def _value(column: str, value: Any) -> Any:
    if column in _JSON_COLUMNS:
        return json.dumps(value if value is not None else {}, ensure_ascii=False, default=str)
    return value


def existing(session: Session, prefix: str) -> int:
    """How many cases have a code that begins so."""
    return int(
        session.execute(
            text('SELECT count(*) FROM casefile WHERE code COLLATE "C" BETWEEN :low AND :high'),
            {"low": prefix, "high": prefix + "~"},
        ).scalar_one()
    )


def add_officials(session: Session, officials: Sequence[dict[str, Any]]) -> None:
    """Write officials that are not there yet."""
    session.execute(
        text("""
            INSERT INTO official (official_id, full_name, position, ubigeo, municipality, locale, sequence)
            VALUES (:official_id, :full_name, :position, :ubigeo, :municipality, 'es', 0) ON CONFLICT DO NOTHING
        """),
        list(officials),
    )


def settle(session: Session) -> None:
    """Set the loads of advisors to what the cases say, and let the planner know the new sizes.

    The server vacuums by itself soon after; until then pages are read that an index could have answered for.
    """
    session.execute(text("SET LOCAL statement_timeout = 0"))
    recount_loads(session)
    for name in ("casefile", "case_history", "case_message", "case_search", "case_tally", "search_word", "official"):
        session.execute(text(f"ANALYZE {name}"))
