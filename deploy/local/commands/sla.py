"""`ventanilla sla`: the service's own commands, and `explain`, which asks the running system."""

from __future__ import annotations

import json
from pathlib import Path

import click

from deploy.local.console import errors_explained
from deploy.local.service_databases import service_databases
from services.routing.entrypoints.commands.sla import sla
from services.routing.entrypoints.commands.sla_explain import explain_case, explanation_text

__all__ = ["sla"]


@sla.command(name="explain")
@click.argument("code")
@click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="Carpeta de datos / data folder.")
@click.option("--json", "is_json", is_flag=True, help="Responder en JSON. / Answer in JSON.")
@click.option("--lang", type=click.Choice(["es", "en"]), default="es", help="Idioma. / Language.")
def explain(code: str, home: Path | None, *, is_json: bool, lang: str) -> None:
    """Por qué vence cuando vence un caso. / Why a case is due when it is."""
    with errors_explained(), service_databases(home, "routing") as databases:
        try:
            report = explain_case(databases["routing"], code, lang)
        except LookupError:
            raise click.ClickException(f"No hay un caso con ese código / there is no such case: {code}") from None
    click.echo(json.dumps(report, ensure_ascii=False, indent=2) if is_json else explanation_text(report, lang))
