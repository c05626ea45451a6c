"""Intake's command line: `python -m services.intake.entrypoints.cli migrate | seed-demo`."""

from __future__ import annotations

from pathlib import Path

import click

from services.intake.settings import read
from services.intake.store import municipalities
from services.intake.use_cases import demo
from shared.db.migrations import upgrade
from shared.messaging.processes import connect, read_or_exit

MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"


@click.group()
def main() -> None:
    """Prepare the database of intake."""


@main.command()
def migrate() -> None:
    """Bring the tables, and the list of municipalities, to this release."""
    settings = read_or_exit(read).service
    upgrade(MIGRATIONS, settings.database_url)
    parts = connect(settings, pool_size=1)
    with parts.database.transaction() as session:
        municipalities.load(session)
    parts.database.dispose()


@main.command("seed-demo")
def seed_demo() -> None:
    """Open the accounts of the demonstration; nothing happens to those that exist."""
    settings = read_or_exit(read).service
    if not settings.is_demo:
        raise click.ClickException("demonstration accounts are refused: INTAKE_DEMO_MODE is not true")
    parts = connect(settings, pool_size=1)
    with parts.units.begin() as work:
        opened = demo.seed(work)
    parts.database.dispose()
    click.echo(f"intake: {opened} demonstration officials opened")


if __name__ == "__main__":
    main()
