"""`ventanilla status`: what runs in this home."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from deploy.local.console import configuration_from_process, errors_explained
from deploy.local.control import ProcessState
from deploy.local.system import LocalSystem


@click.command()
@click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="Carpeta de datos / data folder.")
@click.option("--json", "is_json", is_flag=True, help="Para programas / for programs.")
def status(home: Path | None, *, is_json: bool) -> None:
    """Dice qué procesos corren / say which processes run; 1 cuando alguno no corre / when one does not."""
    configuration = configuration_from_process(home=home)
    with errors_explained():
        processes = LocalSystem.attached(configuration).processes()
    if is_json:
        rows = [{"name": item.name, "state": item.state, "pid": item.pid} for item in processes]
        sys.stdout.write(json.dumps(rows) + "\n")
    else:
        Console(highlight=False).print(_table(processes))
    if not all(process.is_running for process in processes):
        sys.exit(1)


def _table(processes: list[ProcessState]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for title in ("proceso / process", "estado / state", "pid", ""):
        table.add_column(title)
    for process in processes:
        colour = "green" if process.is_running else "red"
        uptime = process.description.rpartition("uptime ")[2] if process.is_running else process.description
        table.add_row(process.name, f"[{colour}]{process.state}[/]", str(process.pid or "-"), uptime)
    return table
