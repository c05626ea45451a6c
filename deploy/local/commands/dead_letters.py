"""`ventanilla dead-letters`: events that used up their attempts, and what to do with them."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from uuid import UUID

import click
from rich.console import Console
from rich.table import Table

from deploy.local.console import errors_explained
from deploy.local.provisioning import SERVICES
from deploy.local.service_databases import service_databases
from shared.messaging import dead_letters as letters

_home = click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="Carpeta de datos / data folder.")
_service = click.option("--service", type=click.Choice(SERVICES), help="Sólo este servicio / only this service.")


@click.group(name="dead-letters")
def dead_letters() -> None:
    """Eventos que agotaron sus intentos / events that used up their attempts."""


@dead_letters.command(name="list")
@_service
@_home
@click.option("--json", "is_json", is_flag=True, help="Para programas / for programs.")
def list_(service: str | None, home: Path | None, *, is_json: bool) -> None:
    """Muestra los eventos muertos o desconocidos / show dead and unknown events, oldest first."""
    rows = []
    with errors_explained(), service_databases(home, service) as databases:
        for name, database in databases.items():
            with database.transaction() as session:
                rows += [{"service": name, **asdict(letter)} for letter in letters.find(session)]
    if is_json:
        sys.stdout.write(json.dumps(rows, default=str, ensure_ascii=False) + "\n")
        return
    table = Table(box=None, padding=(0, 2, 0, 0))
    for title in ("servicio / service", "id", "tipo / type", "estado / status", "intentos / attempts", "error"):
        table.add_column(title, overflow="fold")
    for row in rows:
        table.add_row(*(str(row[key]) for key in ("service", "event_id", "type", "status", "attempts", "last_error")))
    console = Console(highlight=False)
    console.print(table if rows else "No hay eventos muertos / there are no dead letters")


@dead_letters.command()
@click.argument("event_id", type=click.UUID)
@click.option("--service", type=click.Choice(SERVICES), required=True)
@_home
def show(event_id: UUID, service: str, home: Path | None) -> None:
    """Muestra un evento completo / show a whole event as it arrived."""
    with (
        errors_explained(),
        service_databases(home, service) as databases,
        databases[service].transaction() as session,
    ):
        envelope = letters.envelope_of(session, event_id)
    if envelope is None:
        raise click.ClickException(f"{service} no tiene ese evento / has no such event: {event_id}")
    click.echo(json.dumps(json.loads(envelope), indent=2, ensure_ascii=False))


@dead_letters.command()
@click.argument("event_ids", type=click.UUID, nargs=-1)
@click.option("--all", "is_all", is_flag=True, help="Todos / all of them.")
@click.option("--service", type=click.Choice(SERVICES), required=True)
@_home
def replay(event_ids: tuple[UUID, ...], service: str, home: Path | None, *, is_all: bool) -> None:
    """Da nuevos intentos / give a fresh set of attempts, at once."""
    if bool(event_ids) == is_all:
        raise click.UsageError("Indique identificadores o --all / name events, or --all")
    with (
        errors_explained(),
        service_databases(home, service) as databases,
        databases[service].transaction() as session,
    ):
        count = letters.replay(session, None if is_all else list(event_ids))
    click.echo(f"{count} vuelven a intentarse / are tried again")


@dead_letters.command()
@click.argument("event_ids", type=click.UUID, nargs=-1, required=True)
@click.option("--service", type=click.Choice(SERVICES), required=True)
@_home
def discard(event_ids: tuple[UUID, ...], service: str, home: Path | None) -> None:
    """Aparta para siempre / set aside for good; the rows stay, as discarded."""
    with (
        errors_explained(),
        service_databases(home, service) as databases,
        databases[service].transaction() as session,
    ):
        count = letters.discard(session, list(event_ids))
    click.echo(f"{count} apartados / discarded")
