"""`ventanilla train`: learn from the corrections of the running system, compare, and promote what is better."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click
import structlog

from deploy.local.command_user import user_name
from deploy.local.console import errors_explained
from deploy.local.errors import NotRunningError
from deploy.local.service_databases import service_databases
from services.routing.classifier.errors import ClassifierError
from services.routing.entrypoints.commands.classifier import build, models_option
from services.routing.use_cases import training_runs
from services.routing.use_cases.model_choice import Actor
from shared.http.languages import add_catalogs
from shared.messaging.work import UnitsOfWork

CATALOGS = Path(__file__).resolve().parents[3] / "services" / "routing" / "locale"


@click.command()
@models_option
@click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="Carpeta de datos / data folder.")
@click.option("--json", "is_json", is_flag=True, help="Para programas / for programs.")
@click.option("--lang", type=click.Choice(["es", "en"]), default="es", help="Idioma / language.")
@click.pass_context
def train(context: click.Context, models: Path, home: Path | None, *, is_json: bool, lang: str) -> None:
    """Aprende de las correcciones y promueve lo mejor / learn from corrections, promote what is proved better.

    Sin sistema en marcha no hay correcciones: construye el modelo del corpus / without a running system there are no
    corrections, so the model of the corpus is built.
    """
    from services.routing.entrypoints.learning import training  # noqa: PLC0415 - scikit-learn, for this command only
    from services.routing.entrypoints.learning.report import outcome_dict, outcome_text  # noqa: PLC0415 - see above

    add_catalogs(CATALOGS)
    structlog.configure(logger_factory=structlog.WriteLoggerFactory(sys.stderr))  # standard output is the result
    try:
        with service_databases(home, "routing") as databases:
            database = databases["routing"]
            trainer = training.Trainer(
                database, UnitsOfWork("routing", database), models, progress=lambda step: click.echo(step, err=True)
            )
            outcome = trainer.run(cause=training_runs.PERSON, actor=Actor(user_name()))
    except NotRunningError:
        click.echo("El sistema no está en marcha / the system is not running: ventanilla model build", err=True)
        with errors_explained():
            context.invoke(build, models=models)
        return
    except training.TrainingBusyError:
        raise click.ClickException("Otro entrenamiento está en marcha / another training is running") from None
    except ClassifierError as error:
        raise click.ClickException(str(error)) from error
    if outcome is not None:
        sys.stdout.write((json.dumps(outcome_dict(outcome)) if is_json else outcome_text(outcome, lang)) + "\n")
