"""`ventanilla demo`: the main job, end to end, on the running system or on one started for it."""

from __future__ import annotations

import json
import sys
from contextlib import nullcontext
from pathlib import Path

import click
from rich.console import Console

from deploy.local.configuration import Configuration
from deploy.local.console import ConsoleReporter, configuration_from_process, errors_explained
from deploy.local.demo.conductor import Conductor
from deploy.local.demo.report import print_books, print_journeys
from deploy.local.demo.script import questions
from deploy.local.errors import LocalRuntimeError, NotRunningError
from deploy.local.system import LocalSystem


@click.command()
@click.option("--count", type=click.IntRange(1, 5000), default=40, show_default=True, help="Consultas / consultations.")
@click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="Carpeta de datos / data folder.")
@click.option("--json", "is_json", is_flag=True, help="Para programas / for programs.")
def demo(count: int, home: Path | None, *, is_json: bool) -> None:
    """Envía consultas reales y sigue cada una / send real consultations and follow each one to its end.

    Termina con 0 sólo si todo llegó una vez / exits 0 only if everything arrived, once.
    """
    configuration = configuration_from_process(home=home)
    reporter = ConsoleReporter()
    with errors_explained():
        if not configuration.is_demo:
            raise LocalRuntimeError(
                "La demostración necesita el modo demo / the demonstration needs demo mode",
                advice="VENTANILLA_DEMO_MODE=true ventanilla demo",
            )
        with running(configuration, reporter):
            journeys = Conductor(configuration, reporter).play(questions(count))
    if is_json:
        sys.stdout.write(json.dumps([journey.to_json() for journey in journeys], ensure_ascii=False) + "\n")
    else:
        console = Console(highlight=False, soft_wrap=True)
        print_journeys(console, journeys)
        print_books(console, journeys)
    sys.exit(1 if any(journey.problems for journey in journeys) else 0)


def running(configuration: Configuration, reporter: ConsoleReporter) -> LocalSystem | nullcontext[LocalSystem]:
    """The system of this home if it runs, else one that is started now and stopped in the end."""
    try:
        return nullcontext(LocalSystem.attached(configuration))
    except NotRunningError:
        return LocalSystem(configuration, reporter=reporter)
