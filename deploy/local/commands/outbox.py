"""`ventanilla outbox`: what each service still owes to whom, and delivering again."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from deploy.local.console import errors_explained
from deploy.local.provisioning import SERVICES
from deploy.local.service_databases import service_databases
from shared.messaging.replay import redeliver

_home = click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="Carpeta de datos / data folder.")

_STATUS = text("""
    SELECT subscriber, count(*) FILTER (WHERE published_at IS NULL) AS unpublished,
           count(*) FILTER (WHERE published_at IS NOT NULL) AS unconfirmed,
           round(extract(epoch FROM clock_timestamp() - min(created_at)), 1) AS oldest_seconds,
           max(attempts) AS attempts
      FROM outbox_delivery JOIN outbox_event USING (event_id) GROUP BY 1 ORDER BY 1
""")


@click.group()
def outbox() -> None:
    """Bandeja de salida de eventos / the outboxes of the services."""


@outbox.command()
@_home
@click.option("--json", "is_json", is_flag=True, help="Para programas / for programs.")
def status(home: Path | None, *, is_json: bool) -> None:
    """Entregas pendientes por suscriptor / open deliveries by subscriber; nothing when everybody has everything."""
    rows: list[dict[str, Any]] = []
    with errors_explained(), service_databases(home) as databases:
        for service, database in databases.items():
            with database.transaction() as session:
                rows += [{"service": service, **row._mapping} for row in session.execute(_STATUS).all()]  # noqa: SLF001 - SQLAlchemy's public name
    if is_json:
        sys.stdout.write(json.dumps(rows, default=float) + "\n")
        return
    table = Table(box=None, padding=(0, 2, 0, 0))
    for title in ("de / from", "a / to", "sin publicar / unpublished", "sin confirmar / unconfirmed", "s", "intentos"):
        table.add_column(title)
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    Console(highlight=False).print(
        table if rows else "Todo entregado y confirmado / everything delivered and confirmed"
    )


@outbox.command()
@click.option("--service", type=click.Choice(SERVICES), required=True, help="Quién entrega / who delivers.")
@click.option("--subscriber", type=click.Choice(SERVICES), required=True, help="A quién / to whom.")
@click.option("--since", type=click.DateTime(), required=True, help="Desde / since (UTC).")
@_home
def replay(service: str, subscriber: str, since: datetime, home: Path | None) -> None:
    """Entrega otra vez / deliver again: for a subscriber restored from a backup. What it holds is not doubled."""
    with (
        errors_explained(),
        service_databases(home, service) as databases,
        databases[service].transaction() as session,
    ):
        try:
            count = redeliver(session, service, subscriber, since=since.replace(tzinfo=UTC))
        except LookupError as error:
            raise click.ClickException(str(error)) from error
    click.echo(f"{count} entregas otra vez pendientes / deliveries are due again")
