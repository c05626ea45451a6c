"""`ventanilla audit verify`: whether what the audits say is what was written."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from deploy.local.console import configuration_from_process, errors_explained
from deploy.local.service_databases import service_databases
from deploy.local.system import LocalSystem
from shared.accounts.audit_check import WITH_AUDIT, Report, check, told_to_insights

_WORDS = {
    "": "íntegra / whole",
    "line_missing": "falta una línea / a line is missing",
    "chain_broken": "no sigue a la anterior / does not follow the line before",
    "line_changed": "se cambió / was changed",
    "differs_from_anchor": "no es la que se anotó / is not the line that was noted elsewhere",
    "end_cut_off": "falta el final / the end was cut off",
    "anchor_forged": "hay anotaciones con firma falsa / anchors with a false signature",
}


@click.group()
def audit() -> None:
    """Auditoría de lo que hizo cada persona / the audit of what people did."""


@audit.command()
@click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="Carpeta de datos / data folder.")
@click.option("--service", type=click.Choice(WITH_AUDIT), help="Sólo este servicio / only this service.")
@click.option("--json", "is_json", is_flag=True, help="Para programas / for programs.")
def verify(home: Path | None, service: str | None, *, is_json: bool) -> None:
    """Comprueba las cadenas; dice la primera línea rota / check the chains; 1 and the first bad line if not."""
    with errors_explained(), service_databases(home) as databases:
        secrets = LocalSystem.attached(configuration_from_process(home=home)).home
        with databases["insights"].transaction() as session:
            told = told_to_insights(session)
        reports = []
        for name in WITH_AUDIT:
            if service in (None, name):
                with databases[name].transaction() as session:
                    reports.append(check(session, name, secrets.secret(f"{name}-secret-key"), told.get(name, {})))
    rows = [_row(report) for report in reports]
    if is_json:
        sys.stdout.write(json.dumps(rows, ensure_ascii=False) + "\n")
    else:
        _show(rows)
    sys.exit(0 if all(report.is_whole for report in reports) else 1)


def _row(report: Report) -> dict[str, Any]:
    return {
        "service": report.service,
        "is_whole": report.is_whole,
        "lines": report.verdict.lines,
        "head": report.verdict.head_hash.hex(),
        "broken_seq": report.verdict.broken_seq,
        "reason": report.verdict.reason or ("anchor_forged" if report.forged_anchors else ""),
        "anchors": report.own_anchors,
        "anchors_at_insights": report.peer_anchors,
        "anchors_of_another_key": report.unknown_key_anchors,
    }


def _show(rows: list[dict[str, Any]]) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for title in ("servicio / service", "líneas / lines", "anclas / anchors", "rota / broken", ""):
        table.add_column(title, overflow="fold")
    for row in rows:
        anchors = f"{row['anchors']} + {row['anchors_at_insights']}"
        table.add_row(
            row["service"], str(row["lines"]), anchors, str(row["broken_seq"] or ""), _WORDS[row["reason"]],
            style="" if row["is_whole"] else "red",
        )  # fmt: skip
    Console(highlight=False).print(table)
