"""What PostgreSQL does for a statement: its plan, and how many blocks it looked at."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.orm import Session


@dataclass(frozen=True)
class Explained:
    """One statement as it ran."""

    statement: str
    plan: dict[str, Any]

    @property
    def blocks(self) -> int:
        """Blocks looked at, in memory or on disk."""
        return int(self.plan["Shared Hit Blocks"] + self.plan["Shared Read Blocks"])

    @property
    def scanned_tables(self) -> set[str]:
        """Tables that were read from end to end."""
        return {node["Relation Name"] for node in _nodes(self.plan) if node["Node Type"] == "Seq Scan"}


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from _nodes(child)


@contextmanager
def explained(session: Session) -> Iterator[list[Explained]]:
    """Explain every statement of the block (by running it a second time, undone) with the plan of any parameters."""
    seen: list[Explained] = []
    connection = session.connection()
    connection.execute(text("SET LOCAL plan_cache_mode = force_generic_plan"))

    def explain(_connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.lstrip().startswith(("EXPLAIN", "SAVEPOINT", "ROLLBACK", "RELEASE", "SET")):
            return
        cursor.execute("SAVEPOINT explaining")
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", parameters)
        (document,) = cursor.fetchone()
        plan = json.loads(document) if isinstance(document, str) else document
        seen.append(Explained(statement, plan[0]["Plan"]))
        cursor.execute("ROLLBACK TO SAVEPOINT explaining")

    event.listen(connection, "before_cursor_execute", explain)
    try:
        yield seen
    finally:
        event.remove(connection, "before_cursor_execute", explain)
