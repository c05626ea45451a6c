"""`ventanilla trace CODE`: everything that happened to a consultation, over all services, in order."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from deploy.local.console import errors_explained
from deploy.local.service_databases import service_databases
from shared.db.database import Database

_PUBLISHED = text("""
    SELECT event_id, created_at AS at, type, sequence FROM outbox_event
     WHERE subject = :id OR event_id = ANY(:ids) ORDER BY event_id
""")
_RECEIVED = text("""
    SELECT event_id, received_at, applied_at, status, attempts, last_error FROM inbox WHERE event_id = ANY(:ids)
""")


@click.command()
@click.argument("code")
@click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="Carpeta de datos / data folder.")
@click.option("--json", "is_json", is_flag=True, help="Para programas / for programs.")
def trace(code: str, home: Path | None, *, is_json: bool) -> None:
    """Sigue una consulta por todos los servicios / follow a consultation through all services."""
    with errors_explained(), service_databases(home) as databases:
        consultation_id = _find(databases["intake"], code.strip().upper())
        if consultation_id is None:
            raise click.ClickException(f"No hay una consulta con ese código / there is no such code: {code}")
        rows = events_of(databases, consultation_id)
    if is_json:
        sys.stdout.write(json.dumps({"id": str(consultation_id), "events": rows}, default=str) + "\n")
    else:
        Console(highlight=False).print(_table(rows))


def events_of(databases: Mapping[str, Database], consultation_id: UUID) -> list[dict[str, Any]]:
    """Every event about a consultation with what each subscriber made of it, oldest first."""
    published: dict[UUID, dict[str, Any]] = {}
    for service, database in databases.items():
        with database.transaction() as session:
            messages = _message_ids(session) if service == "notifications" else None
            found = session.execute(
                _PUBLISHED, {"id": consultation_id, "ids": messages(consultation_id) if messages else []}
            ).mappings()
            published |= {row["event_id"]: {"service": service, **row, "received": {}} for row in found}
    for service, database in databases.items():
        with database.transaction() as session:
            for row in session.execute(_RECEIVED, {"ids": sorted(published)}).mappings():
                published[row["event_id"]]["received"][service] = {**row}
    return sorted(published.values(), key=lambda row: row["event_id"])


def _message_ids(session: Any) -> Any:
    def find(consultation_id: UUID) -> list[UUID]:
        query = text("""
            SELECT event.event_id FROM message JOIN outbox_event AS event ON event.subject = message.message_id
             WHERE message.consultation_id = :id OR message.message_id IN (
                SELECT message_id FROM message_case JOIN consultation USING (code) WHERE consultation_id = :id)
        """)
        return list(session.execute(query, {"id": consultation_id}).scalars())

    return find


def _find(database: Database, code: str) -> UUID | None:
    with database.transaction() as session:
        found: UUID | None = session.execute(
            text("SELECT consultation_id FROM consultation WHERE code = :code"), {"code": code}
        ).scalar()
    return found


def _table(rows: list[dict[str, Any]]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for title in ("s", "de / from", "evento / event", "recibido por / received by (ms)"):
        table.add_column(title, overflow="fold")
    first: datetime | None = rows[0]["at"] if rows else None
    for row in rows:
        received = [f"{service} {_effect(row['at'], copy)}" for service, copy in sorted(row["received"].items())]
        seconds = (row["at"] - first).total_seconds() if first else 0
        table.add_row(f"{seconds:8.3f}", row["service"], f"{row['type']} #{row['sequence']}", " · ".join(received))
    return table


def _effect(at: datetime, copy: dict[str, Any]) -> str:
    if copy["applied_at"] is None:
        return f"[red]{copy['status']} ({copy['attempts']}) {copy['last_error'] or ''}[/]"
    return f"{(copy['applied_at'] - at).total_seconds() * 1000:.0f}"
