"""The whole system on one machine: started in order, supervised, controlled, stopped with nothing left.

`with LocalSystem(configuration) as system:` starts it and stops it again; `LocalSystem.attached(configuration)` finds
the one that `ventanilla up` runs. Start it from the main thread: the kernel ties the life of the supervisor to the
thread that started it.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.local.configuration import Configuration
from deploy.local.control import ProcessControl, ProcessState, control_socket_is_usable
from deploy.local.environment import Environments
from deploy.local.errors import LocalRuntimeError, NotRunningError, PortBusyError, StartFailedError
from deploy.local.home import Home
from deploy.local.leftovers import end_leftovers
from deploy.local.plan import Plan
from deploy.local.ports import holder_of, is_free
from deploy.local.readiness import never, wait_until
from deploy.local.reporting import Reporter, SilentReporter
from deploy.local.running import HomeLock, new_control_socket, read_note, remove_note, write_note
from deploy.local.servers import POSTGRES, VALKEY, LocalServers
from deploy.local.spec import CHILD_PROGRAM
from deploy.local.startup import await_processes, run_one_shots
from deploy.local.supervisor_files import write_prometheus_targets, write_supervisor_files

_SUPERVISOR_SECONDS = 20.0
_STOP_SECONDS = 100.0


class LocalSystem:
    """One system in one home.

    `servers` knows every address; `control` starts, stops, kills and freezes single processes while it runs.
    """

    def __init__(
        self, configuration: Configuration, *, plan: Plan | None = None, reporter: Reporter | None = None
    ) -> None:
        self.configuration = configuration
        self.home = Home(configuration.home)
        self.plan = plan or Plan.of_product(configuration)
        self._reporter: Reporter = reporter or SilentReporter()
        self._lock = HomeLock(self.home)
        self._supervisor: subprocess.Popen[bytes] | None = None
        self._control: ProcessControl | None = None
        self._servers: LocalServers | None = None

    @classmethod
    def attached(cls, configuration: Configuration) -> LocalSystem:
        """The system that another process runs in this home; `NotRunningError` when none does."""
        system = cls(configuration)
        note = read_note(system.home)
        if note is None or not control_socket_is_usable(Path(note.control_socket)):
            raise NotRunningError(f"No está en marcha / not running: {configuration.home}", advice="ventanilla up")
        system._control = ProcessControl(Path(note.control_socket))
        system._servers = LocalServers(configuration, system.home, system.home.known_ports())
        return system

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def control(self) -> ProcessControl:
        """Start, stop, kill and freeze single processes."""
        if self._control is None:
            raise NotRunningError("El sistema no está en marcha / the system is not running", advice="ventanilla up")
        return self._control

    @property
    def servers(self) -> LocalServers:
        """The addresses of databases and broker."""
        if self._servers is None:
            raise NotRunningError("El sistema no está en marcha / the system is not running", advice="ventanilla up")
        return self._servers

    # --- start and stop ------------------------------------------------------------------------------------

    def start(self, checkpoint: Callable[[], None] = never) -> None:
        """Start everything and return when it is ready; whatever goes wrong, nothing is left running.

        `checkpoint` is called often; what it raises ends the start.
        """
        self.home.prepare()
        self._lock.acquire()
        try:
            self._start(checkpoint)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop services, then sandboxes, then servers, cleanly; end by force what does not."""
        supervisor, self._supervisor = self._supervisor, None
        if supervisor is not None:
            with self._reporter.stage("Deteniendo / stopping"):
                supervisor.terminate()
                try:
                    supervisor.wait(_STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    supervisor.kill()
                    supervisor.wait()
                forced = end_leftovers(self.home.path, self._postgres_data())
            if forced:
                self._reporter.note(f"Hubo que terminar / had to be ended by force: {', '.join(forced)}")
            remove_note(self.home)
        self._control = None
        self._lock.release()

    def supervisor_has_ended(self) -> bool:
        """Whether the supervisor we started is gone: nothing is supervised any more."""
        return self._supervisor is None or self._supervisor.poll() is not None

    def _start(self, checkpoint: Callable[[], None]) -> None:
        ended = end_leftovers(self.home.path, self._postgres_data())
        if ended:
            self._reporter.note(f"Restos de un inicio anterior / leftovers ended: {', '.join(ended)}")
        remove_note(self.home)
        self._check_ports()
        scraped = [name for kind in self.plan.kinds if kind.is_scraped for name in kind.process_names]
        ports = self.home.remembered_ports([POSTGRES, VALKEY, *scraped])
        self._servers = LocalServers(self.configuration, self.home, ports)
        environments = Environments(
            self.configuration,
            self.home,
            database_url=self._servers.database_url,
            redis_url=self._servers.redis_url,
            metrics_ports=ports,
        )
        with self._reporter.stage("Servidores / servers: PostgreSQL 18, Valkey 9"):
            self._start_servers(environments, checkpoint)
        write_prometheus_targets(self.home, self.configuration, self.plan, ports)
        for preparation in self.plan.preparations:
            with self._reporter.stage(preparation.title):
                run_one_shots(
                    [environments.one_shot(command) for command in preparation.commands], self.home, checkpoint
                )
        with self._reporter.stage("Procesos / processes"):
            self._start_processes(checkpoint)

    def _start_servers(self, environments: Environments, checkpoint: Callable[[], None]) -> None:
        """The supervisor and, under it, the servers: first of all, because everything else needs them."""
        control_socket = new_control_socket()
        write_note(self.home, control_socket, is_ready=False)
        specs = self.servers.prepare()
        file = write_supervisor_files(self.home, self.configuration, self.plan, specs, environments, control_socket)
        with (self.home.log / "supervisor.log").open("wb") as log:
            self._supervisor = subprocess.Popen(
                [sys.executable, "-I", "-S", str(CHILD_PROGRAM), str(file)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # a Ctrl-C reaches the launcher only, which then stops in order
            )
        self._control = ProcessControl(control_socket)
        wait_until(
            lambda: self.supervisor_has_ended() or control_socket_is_usable(control_socket),
            within_seconds=_SUPERVISOR_SECONDS,
        )
        if self.supervisor_has_ended() or not self.control.is_alive():
            lines = self.home.log_tail("supervisor") + self.home.log_tail("supervisord")
            raise StartFailedError("El supervisor no arranca / the supervisor does not start", log_lines=lines)
        for spec in specs:
            self.control.start(spec.name, is_awaited=False)
        self.servers.await_ready(checkpoint)

    def _start_processes(self, checkpoint: Callable[[], None]) -> None:
        for kind in self.plan.kinds:
            self.control.start(kind.name, is_awaited=False)
        ports = {kind.name: getattr(self.configuration.ports, kind.port) for kind in self.plan.kinds if kind.port}
        await_processes(self.control, self.plan, ports, self.home, checkpoint)
        note = read_note(self.home)
        if note is not None:
            write_note(self.home, Path(note.control_socket), is_ready=True)

    def _check_ports(self) -> None:
        """Say at once which port is taken and by whom, before anything has been started."""
        for name, port in asdict(self.configuration.ports).items():
            if not is_free(port):
                holder = holder_of(port)
                raise PortBusyError(
                    f"El puerto {port} ({name}) está ocupado / is taken{': ' + holder if holder else ''}",
                    advice=f"VENTANILLA_PORT_{name.upper()}=… ventanilla up",
                )

    def _postgres_data(self) -> Path:
        return self.home.postgres.resolve() / "data"

    # --- control -------------------------------------------------------------------------------------------

    def processes(self) -> list[ProcessState]:
        """Every supervised process."""
        return self.control.processes()

    def pids(self, name: str) -> list[int]:
        """The main pids of `intake-worker-1`, or of every `intake-worker`."""
        return self.control.pids(name)

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> list[int]:
        """Signal a process and its children; what dies of it is started again by the supervisor."""
        return self.control.kill(name, number)

    def restart(self, name: str) -> None:
        """A clean stop and a start, as in a deployment."""
        self.control.restart(name)

    def broker_kill(self) -> None:
        """SIGKILL the broker and keep it down."""
        self.servers.operator_url()
        self.control.kill_and_hold(VALKEY)

    def broker_wipe(self) -> None:
        """Delete everything a stopped broker kept on disk."""
        data = self.servers.valkey_data()
        if not all(process.is_stopped for process in self.control.find(VALKEY)):
            raise LocalRuntimeError("El broker está en marcha / the broker is running", advice="broker_kill()")
        shutil.rmtree(data, ignore_errors=True)

    def broker_start(self) -> None:
        """Start the broker and wait until it answers."""
        self.control.start(VALKEY, is_awaited=False)
        self.servers.await_valkey()

    def postgres_kill_immediate(self) -> None:
        """An immediate shutdown, as a crash of the machine: connections break, recovery follows by itself."""
        self.servers.superuser_url()
        old = self.control.kill(POSTGRES, signal.SIGQUIT, is_group=False)
        wait_until(lambda: self.control.pids(POSTGRES) not in (old, []), within_seconds=_SUPERVISOR_SECONDS)
        self.servers.await_postgres()

    def postgres_stop(self) -> None:
        """A clean stop of PostgreSQL; it stays down until `postgres_start`."""
        self.servers.superuser_url()
        self.control.stop(POSTGRES)

    def postgres_start(self) -> None:
        """Start PostgreSQL and wait until it answers."""
        self.control.start(POSTGRES, is_awaited=False)
        self.servers.await_postgres()
