"""`ventanilla model`: which model decides, and going forward or back with one command."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from deploy.local.command_user import user_name
from deploy.local.commands.train import CATALOGS
from deploy.local.console import errors_explained
from deploy.local.service_databases import service_databases
from services.routing.classifier.reading_key import reading_key
from services.routing.entrypoints.commands.classifier import build
from services.routing.use_cases import model_choice
from services.routing.use_cases.model_choice import Actor, ModelChoiceError
from shared.db.database import Database
from shared.http.languages import add_catalogs
from shared.messaging.work import UnitsOfWork

_home = click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="Carpeta de datos / data folder.")
_reason = click.option("--reason", default="", help="Por qué / why; queda escrito / it is recorded.")
_REFUSED = {
    "UnknownModelError": "No hay tal modelo / there is no such model",
    "NotLoadableError": "Ese modelo ya no se puede cargar / that model can no longer be loaded",
    "AlreadyChampionError": "Ya es el modelo en uso / it decides already",
    "NothingBeforeError": "No hay un modelo anterior / there is no model before this one",
}


@click.group()
def model() -> None:
    """Modelos del clasificador / models of the classifier."""


model.add_command(build)


@contextmanager
def _routing(home: Path | None) -> Iterator[Database]:
    with errors_explained(), service_databases(home, "routing") as databases:
        try:
            yield databases["routing"]
        except ModelChoiceError as error:
            raise click.ClickException(_REFUSED.get(type(error).__name__, str(error))) from None


@model.command(name="list")
@_home
@click.option("--json", "is_json", is_flag=True, help="Para programas / for programs.")
@click.option("--lang", type=click.Choice(["es", "en"]), default="es", help="Idioma / language.")
def list_(home: Path | None, *, is_json: bool, lang: str) -> None:
    """Muestra los modelos, el último primero / show the models, newest first; * decides now."""
    from services.routing.entrypoints.learning.report import list_models, models_text  # noqa: PLC0415 - numpy

    add_catalogs(CATALOGS)
    with _routing(home) as database:
        lines = list_models(database)
    sys.stdout.write((json.dumps(lines) if is_json else models_text(lines, lang)) + "\n")


@model.command()
@click.argument("version")
@_reason
@_home
def promote(version: str, reason: str, home: Path | None) -> None:
    """Pone un modelo en uso / let a model decide from now on."""
    with _routing(home) as database, UnitsOfWork("routing", database).begin() as work:
        model_choice.promote(work, version, Actor(user_name()), reason=reason, code_key=reading_key())
    click.echo(f"{version} decide desde ahora / decides from now on")


@model.command()
@_reason
@_home
def rollback(reason: str, home: Path | None) -> None:
    """Vuelve al modelo anterior / go back to the model before this one."""
    with _routing(home) as database, UnitsOfWork("routing", database).begin() as work:
        version = model_choice.roll_back(work, Actor(user_name()), reason=reason, code_key=reading_key())
    click.echo(f"{version} decide desde ahora / decides from now on")
