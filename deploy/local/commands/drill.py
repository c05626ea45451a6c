"""`ventanilla drill`: break something on purpose, and see that nothing is lost and nothing doubled."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from deploy.local.commands.up import DEMO_PASSWORD
from deploy.local.configuration import Configuration, Ports
from deploy.local.console import ConsoleReporter, configuration_from_process, errors_explained
from deploy.local.desk_clients import Staff
from deploy.local.errors import NotRunningError
from deploy.local.home import Home
from deploy.local.ports import free_ports
from deploy.local.reconciliation.broker_loss import RECOVERY_SECONDS, BrokerLossDrill, Outcome
from deploy.local.reconciliation.load import register_askers
from deploy.local.system import LocalSystem

_ASKERS = 8
_PORTS = 7
_AMPLE_CAPACITY = 100_000
_SUPERVISOR = "supervisora@ventanilla.example"


@click.group()
def drill() -> None:
    """Simulacros / drills: break something on purpose and read the books afterwards."""


@drill.command(name="broker-loss")
@click.option(
    "--count", type=click.IntRange(10, 100_000), default=1000, show_default=True, help="Consultas / consultations."
)
@click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="Carpeta de datos / data folder.")
@click.option("--json", "is_json", is_flag=True, help="Para programas / for programs.")
def broker_loss(count: int, home: Path | None, *, is_json: bool) -> None:
    """Mata, vacía y reinicia el broker dos veces con consultas en curso / lose the broker twice.

    Usa el sistema en marcha, o inicia uno propio y lo borra al final / uses the running system, or one of its own.
    Termina con 0 sólo si todas las cuentas son iguales en menos de 30 s / exits 0 only if all counts are equal.
    """
    configuration = configuration_from_process(home=home)
    reporter = ConsoleReporter()
    with errors_explained(), _system_for(configuration, reporter) as system, _ample_capacity(system, reporter):
        # A moment before anything of the drill, so that the identifiers of its first events are within.
        since = datetime.now(UTC) - timedelta(seconds=1)
        with reporter.stage(f"{_ASKERS} cuentas de simulacro / drill accounts"):
            askers = register_askers(system.configuration.public_url("intake"), _ASKERS)
        outcome = BrokerLossDrill(system, since, reporter.note).run(askers, count)
    if is_json:
        sys.stdout.write(json.dumps(_document(outcome), ensure_ascii=False) + "\n")
    else:
        _print_report(outcome)
    sys.exit(0 if outcome.is_good else 1)


@contextmanager
def _system_for(configuration: Configuration, reporter: ConsoleReporter) -> Iterator[LocalSystem]:
    """The system that runs in this home; when none does, one of the drill's own that leaves nothing behind."""
    try:
        system = LocalSystem.attached(configuration)
    except NotRunningError:
        pass
    else:
        system.servers.operator_url()  # a broker of the user's own is not ours to kill
        reporter.note(f"Sistema en marcha / running system: {configuration.home}")
        yield system
        return
    folder = Path(tempfile.mkdtemp(prefix="ventanilla-drill-"))
    folder.chmod(0o755)  # as root, PostgreSQL runs under another account, which must get through
    own = replace(
        configuration,
        home=folder / "var",
        ports=Ports(*free_ports(_PORTS)),
        is_demo=True,
        database_urls=None,
        redis_urls=None,
        overrides={**configuration.overrides, "ROUTING_DEMO_CAPACITY": str(_AMPLE_CAPACITY)},
    )
    try:
        with LocalSystem(own, reporter=reporter) as system:
            yield system
    finally:
        Home(own.home).erase()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _ample_capacity(system: LocalSystem, reporter: ConsoleReporter) -> Iterator[None]:
    """Every advisor of the demonstration takes any number of cases for the length of the drill.

    Without it most cases of a large drill would wait for an advisor: not lost, but nothing to count either.
    """
    raised: dict[str, int] = {}
    with Staff(system.configuration.public_url("routing")) as supervisor:
        supervisor.sign_in(_SUPERVISOR, DEMO_PASSWORD)
        for advisor in supervisor.advisors():
            if advisor["capacity"] < _AMPLE_CAPACITY:
                supervisor.set_capacity(advisor["id"], _AMPLE_CAPACITY)
                raised[advisor["id"]] = advisor["capacity"]
        if raised:
            reporter.note(f"Capacidad de {len(raised)} asesores ampliada / raised for the drill")
        try:
            yield
        finally:
            for advisor_id, capacity in raised.items():
                supervisor.set_capacity(advisor_id, capacity)


def _print_report(outcome: Outcome) -> None:
    books = outcome.books
    letters = books.letters
    mails = sum(1 for letter in letters.letters.values() if letter.channel == "email")
    expected = sum(sum(counts.values()) for counts in books.expected_letters().values())
    click.echo(f"En curso al caer el broker / in flight at each loss: {', '.join(map(str, outcome.in_flight))}")
    click.echo(f"Aceptadas sin broker / accepted without a broker: {outcome.accepted_while_down}")
    click.echo(f"Respuesta más lenta al funcionario / slowest answer to an official: {outcome.slowest_answer:.2f} s")
    click.echo(f"Eventos / events: {books.events.count}")
    click.echo(f"Asignadas / assigned: {books.assigned}; triaje / in triage: {books.triaged}")
    if books.unstaffed:
        click.echo(f"Sin asesor libre / waiting for a free advisor (not lost): {books.unstaffed}")
    click.echo(
        f"Mensajes / messages: {len(letters.letters)} ({mails} e-mail, {len(letters.letters) - mails} SMS);"
        f" esperados / expected of consultations: {expected};"
        f" repetidos con duda registrada / repeated in recorded doubt: {letters.repeated_in_doubt}"
    )
    for difference in outcome.differences:
        click.echo(f"✗ {difference}")
    if outcome.recovered_in >= RECOVERY_SECONDS:
        click.echo(f"✗ más de / more than {RECOVERY_SECONDS:.0f} s")
    click.echo(books.line(outcome.recovered_in))


def _document(outcome: Outcome) -> dict[str, object]:
    books = outcome.books
    return {
        "submitted": books.submitted,
        "stored": books.stored,
        "classified": books.classified,
        "assigned_or_triaged": books.assigned + books.triaged,
        "assigned": books.assigned,
        "triaged": books.triaged,
        "unstaffed": books.unstaffed,
        "notified": books.notified,
        "doubles": books.doubles,
        "lost": books.lost,
        "recovered_in": round(outcome.recovered_in, 1),
        "in_flight": outcome.in_flight,
        "accepted_while_down": outcome.accepted_while_down,
        "slowest_answer_seconds": round(outcome.slowest_answer, 3),
        "events": books.events.count,
        "messages": len(books.letters.letters),
        "repeated_in_doubt": books.letters.repeated_in_doubt,
        "differences": [str(difference) for difference in outcome.differences],
    }
