"""`ventanilla up`: start everything, say where it is, and stay until told to stop."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from types import FrameType
from typing import Self

import click
from rich.table import Table

from deploy.local.configuration import Configuration
from deploy.local.console import ConsoleReporter, configuration_from_process, errors_explained
from deploy.local.errors import StartFailedError, StopRequestedError
from deploy.local.system import LocalSystem

DEMO_PASSWORD = "demo-ventanilla"  # noqa: S105 - printed on purpose; the services refuse it outside demo mode
DEMO_LOGINS = (
    ("oficial@ventanilla.example", "intake", "oficial / official"),
    ("asesora@ventanilla.example", "routing", "asesora / advisor"),
    ("supervisora@ventanilla.example", "routing", "supervisora / supervisor"),
    ("asesora.principal@ventanilla.example", "routing", "asesora principal / senior advisor"),
    ("administradora@ventanilla.example", "routing", "administradora / admin"),
    ("operador@ventanilla.example", "insights", "operador / operator"),
)
_CHECK_SECONDS = 1.0


class StopSignals:
    """Ctrl-C, SIGTERM and a closed terminal all mean: stop cleanly. Further ones while stopping change nothing.

    A handler only takes note. An exception raised from it could land between the start of a process and the moment
    we know its number, and leave it behind.
    """

    def __init__(self) -> None:
        self._received = threading.Event()

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:  # `nohup` asked to survive the terminal
                signal.signal(number, self._receive)
        return self

    def __exit__(self, *_: object) -> None:
        """The handlers stay: a second Ctrl-C must not interrupt the stop."""

    def checkpoint(self) -> None:
        """:raises StopRequestedError: a signal has come."""
        if self._received.is_set():
            raise StopRequestedError

    def wait(self, seconds: float) -> bool:
        """Whether a signal has come, waiting for it at most `seconds`."""
        return self._received.wait(seconds)

    def _receive(self, _number: int, _frame: FrameType | None) -> None:
        self._received.set()


@click.command()
@click.option("--instances", type=click.IntRange(1, 8), help="Procesos de cada clase / processes of each kind.")
@click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="Carpeta de datos / data folder.")
def up(instances: int | None, home: Path | None) -> None:
    """Inicia todo y se queda hasta Ctrl-C / start everything and stay until Ctrl-C."""
    configuration = configuration_from_process(home=home, instances=instances)
    reporter = ConsoleReporter()
    with errors_explained():
        run_in_foreground(LocalSystem(configuration, reporter=reporter), reporter)


def run_in_foreground(system: LocalSystem, reporter: ConsoleReporter) -> None:
    """Start a system, say where everything is, and stop it at the first signal; returns when nothing runs."""
    with StopSignals() as signals:
        try:
            system.start(signals.checkpoint)
        except StopRequestedError:
            reporter.note("Interrumpido; no queda nada en marcha / interrupted; nothing is left running")
            return
        try:
            reporter.console.print(addresses_table(system.configuration))
            reporter.console.print("Ctrl-C para detener / to stop")
            _stay(system, signals)
        finally:
            system.stop()


def _stay(system: LocalSystem, signals: StopSignals) -> None:
    while not signals.wait(_CHECK_SECONDS):
        if system.supervisor_has_ended():
            raise StartFailedError(
                "El supervisor terminó de improviso / the supervisor ended unexpectedly",
                advice="ventanilla up",
                log_lines=system.home.log_tail("supervisord"),
            )


def addresses_table(configuration: Configuration) -> Table:
    """Where everything is, and who can log in."""
    table = Table(title="Ventanilla", title_justify="left", show_header=False, box=None, padding=(0, 2, 0, 0))
    ports = configuration.ports
    table.add_row("Consultas / consultations", configuration.public_url("intake"))
    table.add_row("Mesa de atención / desk", configuration.public_url("routing"))
    table.add_row("Mensajes / messages", configuration.public_url("notifications"))
    table.add_row("Operación / operations", configuration.public_url("insights"))
    table.add_row("Correo de prueba / mail sandbox", f"http://127.0.0.1:{ports.mail_web}  [dim]SMTP {ports.smtp}[/]")
    table.add_row("SMS de prueba / SMS sandbox", f"http://127.0.0.1:{ports.sms}")
    table.add_row("Datos / data", str(configuration.home))
    if configuration.is_demo:
        table.add_section()
        for login, service, person in DEMO_LOGINS:
            table.add_row(f"{person}", f"{login}  [dim]{DEMO_PASSWORD} → {configuration.public_url(service)}[/]")
    return table
