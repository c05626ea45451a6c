"""`python -m services.notifications.entrypoints.cli`: migrations and the demonstration's data."""

from __future__ import annotations

from pathlib import Path

import click

from services.notifications.settings import read
from shared.db.migrations import upgrade
from shared.messaging.processes import observe, read_or_exit

_MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"


@click.group()
def main() -> None:
    """Commands of notifications."""


@main.command()
def migrate() -> None:
    """Bring the database to the newest revision."""
    settings = read_or_exit(read)
    observe(settings.service)
    upgrade(_MIGRATIONS, settings.service.database_url)


@main.command("seed-demo")
def seed_demo() -> None:
    """The demonstration's people reach this service as events, so there is nothing to add here."""
    if not read_or_exit(read).service.is_demo:
        raise click.ClickException("seed-demo works in demonstration mode only (NOTIFICATIONS_DEMO_MODE=true)")
    click.echo("notifications: las personas de la demostración llegan por eventos / demo people arrive as events")


if __name__ == "__main__":
    main()
