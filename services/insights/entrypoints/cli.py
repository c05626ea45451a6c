"""Commands of insights: `python -m services.insights.entrypoints.cli migrate | seed-demo`."""

from __future__ import annotations

from pathlib import Path

import click

from services.insights.settings import read
from services.insights.use_cases import operators
from shared.db.migrations import upgrade
from shared.messaging.processes import connect, observe, read_or_exit

_MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"


@click.group()
def cli() -> None:
    """Insights: the console of operators."""


@cli.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    settings = read_or_exit(read).service
    observe(settings)
    upgrade(_MIGRATIONS, settings.database_url)


@cli.command("seed-demo")
def seed_demo() -> None:
    """Create the demonstration's operator; only in demo mode, as often as you like."""
    settings = read_or_exit(read).service
    if not settings.is_demo:
        raise click.ClickException("INSIGHTS_DEMO_MODE is not true: demonstration people have a known password.")
    observe(settings)
    parts = connect(settings, pool_size=1)
    try:
        with parts.units.begin() as work:
            is_new = operators.seed_demo_operator(work)
    finally:
        parts.broker.close()
        parts.database.dispose()
    click.echo(f"{operators.DEMO_EMAIL}: {'created' if is_new else 'already there'}")


if __name__ == "__main__":
    cli()
