"""`ventanilla reset`: forget everything this home holds."""

from __future__ import annotations

from pathlib import Path

import click

from deploy.local.console import configuration_from_process, errors_explained
from deploy.local.home import Home
from deploy.local.leftovers import end_leftovers
from deploy.local.running import HomeLock, remove_note


@click.command()
@click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="Carpeta de datos / data folder.")
@click.option("--yes", is_flag=True, help="Sin preguntar / do not ask.")
def reset(home: Path | None, *, yes: bool) -> None:
    """Borra todos los datos locales / delete all local data: consultas, correos, SMS, contraseñas, registros."""
    configuration = configuration_from_process(home=home)
    place = Home(configuration.home)
    if not place.path.exists():
        click.echo(f"No hay nada que borrar / nothing to delete: {place.path}")
        return
    if not yes:
        click.confirm(f"¿Borrar todo / delete everything? {place.path}", abort=True)
    with errors_explained():
        place.prepare()
        lock = HomeLock(place)
        lock.acquire()  # a running system is never deleted from under its own feet
        end_leftovers(place.path, place.postgres.resolve() / "data")
        remove_note(place)
        place.erase()
        lock.release()
    click.echo(f"Borrado / deleted: {place.path}")
