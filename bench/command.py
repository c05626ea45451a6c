"""`ventanilla bench`: one table from one run, ratios first."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from bench.events import events_applied_per_second
from bench.journey import Figures, run_idle, run_load
from bench.references import (
    bare_celery_per_second,
    bare_commits_per_second,
    bare_flask_per_second,
    bench_table,
)
from bench.resources import usage_of
from deploy.local.configuration import Configuration, Ports
from deploy.local.console import ConsoleReporter, configuration_from_process, errors_explained
from deploy.local.ports import free_ports
from deploy.local.system import LocalSystem

_CLIENTS = (1, 4, 8)


@dataclass
class Results:
    """Everything that was measured in one run."""

    celery_per_second: float = 0.0
    commits_per_second: float = 0.0
    commits_eight_per_second: float = 0.0
    flask_per_second: float = 0.0
    events_per_second: float = 0.0
    load: tuple[Figures, ...] = ()
    idle: Figures | None = None
    cpu_ms_per_consultation: float = 0.0
    cpu_ms_by_process: dict[str, float] | None = None
    memory_mebibytes: float = 0.0
    memory_mebibytes_by_process: dict[str, float] | None = None

    def goals(self) -> list[tuple[str, str, str, bool]]:
        """What is measured against a goal: name, figure, goal, whether it is met."""
        four = next(figures for figures in self.load if figures.clients == 4)  # noqa: PLR2004 - the goal's own number
        share = four.per_second / self.flask_per_second
        events = self.events_per_second / self.celery_per_second
        idle_p50 = self.idle.to_mail_ms.p50 if self.idle else float("inf")
        cpu, memory = self.cpu_ms_per_consultation, self.memory_mebibytes
        return [
            ("events applied / bare Celery no-op tasks", f"{events:.1f} ×", "≥ 5 ×", events >= 5),  # noqa: PLR2004 - the goal
            ("journeys at 4 clients / bare Flask inserts", f"1/{1 / share:.1f}", "≥ 1/15", share >= 1 / 15),
            ("CPU per consultation, all processes", f"{cpu:.1f} ms", "≤ 25 ms", cpu <= 25),  # noqa: PLR2004 - the goal
            ("submit → mail, idle, p50", f"{idle_p50:.0f} ms", "≤ 100 ms", idle_p50 <= 100),  # noqa: PLR2004 - the goal
            ("memory of the whole system (PSS)", f"{memory:.0f} MiB", "≤ 1024 MiB", memory <= 1024),  # noqa: PLR2004 - the goal
        ]


@click.command()
@click.option("--consultations", default=400, show_default=True, help="Por medición / per measurement.")
@click.option("--json", "is_json", is_flag=True, help="Para programas / for programs.")
def bench(consultations: int, *, is_json: bool) -> None:
    """Mide / measure: throughput, latency, CPU and memory, beside the bare parts in the same run."""
    reporter = ConsoleReporter()
    with errors_explained(), tempfile.TemporaryDirectory(prefix="ventanilla-bench-") as folder:
        results = measure(_own_configuration(Path(folder)), consultations, reporter)
    if is_json:
        click.echo(json.dumps({**asdict(results), "goals": results.goals()}, default=str))
    else:
        console = Console(highlight=False)
        for table in tables(results):
            console.print(table)


def _own_configuration(folder: Path) -> Configuration:
    """A system of its own on free ports: what somebody has in `var/` is neither measured nor touched."""
    folder.chmod(0o711)
    user = configuration_from_process(home=folder / "var")
    return Configuration(home=user.home, ports=Ports(*free_ports(7)), intake_web_workers=2, log_level="WARNING")


def measure(configuration: Configuration, consultations: int, reporter: ConsoleReporter) -> Results:
    """One run: the system under load, then idle, then, with its processes stopped, the bare parts on its servers."""
    results = Results()
    with LocalSystem(configuration, reporter=reporter) as system:
        with reporter.stage("Calentamiento / warm-up"):
            run_load(system, 4, max(consultations // 8, 20))
        before = usage_of(_roots(system))
        with reporter.stage(f"Carga / load: {len(_CLIENTS)} × {consultations}"):
            results.load = tuple(run_load(system, clients, consultations) for clients in _CLIENTS)
        after = usage_of(_roots(system), with_memory=True)
        done = len(_CLIENTS) * consultations
        used = after.cpu_since(before)
        results.cpu_ms_by_process = {name: 1000 * seconds / done for name, seconds in used.items()}
        results.cpu_ms_per_consultation = sum(results.cpu_ms_by_process.values())
        results.memory_mebibytes = after.total_memory_mebibytes
        results.memory_mebibytes_by_process = after.memory_mebibytes
        with reporter.stage("Sin carga / idle"):
            results.idle = run_idle(system, 40)
        with reporter.stage("Las piezas solas / the parts alone"):
            _stop_services(system)
            _measure_references(system, results)
    return results


def _measure_references(system: LocalSystem, results: Results) -> None:
    superuser = system.servers.superuser_url()
    with bench_table(superuser):
        results.commits_per_second = bare_commits_per_second(superuser, 1, 4)
        results.commits_eight_per_second = bare_commits_per_second(superuser, 8, 4)
        results.flask_per_second = bare_flask_per_second(superuser, 4, 6)
    results.celery_per_second = bare_celery_per_second(system.servers.operator_url(), 4000)
    results.events_per_second = events_applied_per_second(system.servers.operator_url(), superuser, 20_000)


def _roots(system: LocalSystem) -> dict[str, list[int]]:
    return {process.name: [process.pid] for process in system.processes() if process.pid}


def _stop_services(system: LocalSystem) -> None:
    for kind in system.plan.kinds:
        system.control.stop(kind.name, is_awaited=False)
    for kind in system.plan.kinds:
        system.control.stop(kind.name)


def tables(results: Results) -> list[Table]:
    """What a person reads: goals, journeys, references, where CPU and memory go."""
    goals = Table("goal", "measured", "wanted", "", title="Ratios and goals", title_justify="left")
    for name, figure, goal, is_met in results.goals():
        goals.add_row(name, figure, goal, "[green]✓[/]" if is_met else "[red]✗[/]")
    journeys = Table("clients", "journeys/s", "accepted/s", "→ assigned p50/p95/p99 ms", "→ mail p50/p95/p99 ms")
    for figures in (*results.load, *([results.idle] if results.idle else [])):
        journeys.add_row(*_row(figures))
    references = Table("reference, bare, same servers, same run", "per second")
    for name, value in (
        ("Celery no-op tasks, stock settings, prefork 2", results.celery_per_second),
        ("events applied through outbox, broker, inbox", results.events_per_second),
        ("PostgreSQL commits of one row, 1 connection", results.commits_per_second),
        ("PostgreSQL commits of one row, 8 connections", results.commits_eight_per_second),
        ("Flask inserts over HTTP, 4 clients", results.flask_per_second),
    ):
        references.add_row(name, f"{value:.0f}")
    processes = Table("process", "CPU ms per consultation", "PSS MiB after load")
    memory = results.memory_mebibytes_by_process or {}
    for name, milliseconds in (results.cpu_ms_by_process or {}).items():
        processes.add_row(name, f"{milliseconds:.2f}", f"{memory.get(name, 0):.0f}")
    return [goals, journeys, references, processes]


def _row(figures: Figures) -> list[str]:
    def shown(values: Any) -> str:
        return f"{values.p50:.0f} / {values.p95:.0f} / {values.p99:.0f}"

    is_idle = figures.accepted_per_second == 0
    return [
        "1, idle" if is_idle else str(figures.clients),
        "" if is_idle else f"{figures.per_second:.1f}",
        "" if is_idle else f"{figures.accepted_per_second:.1f}",
        shown(figures.to_assignment_ms),
        shown(figures.to_mail_ms),
    ]
