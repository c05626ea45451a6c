"""`ventanilla messages CODE`: what people were told of a consultation, and what waits for a digest."""

from __future__ import annotations

import json
from pathlib import Path

import click

import services.notifications
from deploy.local.console import errors_explained
from deploy.local.service_databases import service_databases
from services.notifications.entrypoints.ledger_report import report_text, told_of
from shared.http.languages import add_catalogs


@click.command()
@click.argument("code")
@click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="Carpeta de datos / data folder.")
@click.option("--json", "is_json", is_flag=True, help="Para programas / for programs.")
@click.option("--lang", type=click.Choice(["es", "en"]), default="es", help="Idioma. / Language.")
def messages(code: str, home: Path | None, *, is_json: bool, lang: str) -> None:
    """Qué se dijo de una consulta, y a quién / what was told of a consultation, and to whom."""
    add_catalogs(Path(services.notifications.__path__[0]) / "locale")
    with errors_explained(), service_databases(home, "notifications") as databases:
        report = told_of(databases["notifications"], code, lang)
    click.echo(json.dumps(report, ensure_ascii=False, default=str) if is_json else report_text(report, lang))
