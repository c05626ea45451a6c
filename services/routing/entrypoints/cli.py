"""Commands of the service: `python -m services.routing.entrypoints.cli migrate | seed-demo | seed-load`."""

from __future__ import annotations

from pathlib import Path

import click

from services.routing.entrypoints.commands.load import seed_load
from services.routing.entrypoints.known_norms import add_known_norms
from services.routing.entrypoints.learning.models import built_measures, prepare_model
from services.routing.entrypoints.learning.training_process import adopt_release, train_if_due
from services.routing.settings import read
from services.routing.use_cases import demo
from shared.db.migrations import upgrade
from shared.messaging.processes import connect, observe, read_or_exit

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


@click.group()
def cli() -> None:
    """Routing: cases, advisors, deadlines."""


cli.add_command(seed_load)


@cli.command()
def migrate() -> None:
    """Bring the database to the newest revision; add the norms this release knows, and see to its classifier."""
    settings = read_or_exit(read)
    upgrade(MIGRATIONS, settings.service.database_url)
    add_known_norms(settings)
    adopt_release(settings)


@cli.command()
def train() -> None:
    """Train a model if one is due: what the clock starts in a process of its own."""
    settings = read_or_exit(read)
    observe(settings.service)
    train_if_due(settings)


@cli.command(name="build-model")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def build_model(folder: Path) -> None:
    """Build the classifier into FOLDER, as an image does when it is made; needs no settings."""
    click.echo(prepare_model(folder))
    built_measures(folder)


@cli.command(name="seed-demo")
def seed_demo() -> None:
    """Open the accounts of the demonstration; those that exist stay as they are."""
    settings = read_or_exit(read)
    if not settings.service.is_demo:
        raise click.ClickException("seed-demo needs ROUTING_DEMO_MODE=true: its passwords are public")
    observe(settings.service)
    parts = connect(settings.service)
    with parts.units.begin() as work:
        made = demo.seed(work, capacity=settings.demo_capacity)
    parts.database.dispose()
    click.echo(f"{made} accounts opened")


if __name__ == "__main__":
    cli()
