"""A real PostgreSQL and a real Valkey for a test session, and the means to hurt them.

`with Servers.started() as servers:` gives one pair with the product's own configuration (roles, access lists,
settings), on free ports that stay the same over restarts, in a folder of its own under the temporary folder.
Each pytest-xdist worker starts its own pair, so a test may kill a server without disturbing another worker.
The servers die with the process that started them, even when that is killed.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import redis
from psycopg import sql

from deploy.local.ports import free_ports
from deploy.local.postgres import PostgresServer
from deploy.local.provisioning import SERVICES, ensure_database, ensure_extensions, provision
from deploy.local.readiness import postgres_answers, valkey_answers, wait_until
from deploy.local.spec import CHILD_PROGRAM, ProcessSpec
from deploy.local.valkey import DATA_FOLDER, OPERATOR, ValkeyServer

_START_SECONDS = 30.0
_STOP_SECONDS = 30.0


class ServersError(Exception):
    """A test server did not start or stop; the message ends with its last log lines."""


class Servers:
    """One PostgreSQL and one Valkey, with a role, a database and a broker user for every service."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.chmod(0o711)  # as root PostgreSQL runs under another account, which must get through
        postgres_port, valkey_port = free_ports(2)
        self.passwords = {service: secrets.token_hex(16) for service in SERVICES}
        self.postgres = PostgresServer.prepare(
            folder / "postgres", postgres_port, secrets.token_hex(16), is_durable=False
        )
        self.valkey = ValkeyServer(folder / "valkey", valkey_port, self.passwords, secrets.token_hex(16))
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._numbers = itertools.count(1)
        self._templates: set[str] = set()

    @classmethod
    @contextlib.contextmanager
    def started(cls) -> Iterator[Servers]:
        """Start a pair, provision it, and stop and delete it in the end."""
        folder = Path(tempfile.mkdtemp(prefix="ventanilla-test-"))
        servers = cls(folder)
        try:
            servers.start_postgres()
            servers.start_valkey()
            provision(servers.postgres.superuser_url(), servers.passwords)
            yield servers
        finally:
            servers.stop()
            shutil.rmtree(servers.postgres.folder, ignore_errors=True)  # may lie elsewhere, see PostgresServer
            shutil.rmtree(folder, ignore_errors=True)

    # --- databases -----------------------------------------------------------------------------------------

    def prepare_template(self, service: str, migrate: Callable[[str], None]) -> None:
        """Run `migrate(url)` once, as the service's own role, on a database later ones are copied from.

        `migrate` must close its connections: PostgreSQL copies only a database nobody is connected to.
        """
        if service in self._templates:
            return
        name = f"{service}_template"
        self._create(name, service, "template0")
        migrate(self.postgres.url(service, self.passwords[service], name))
        self._templates.add(service)

    def new_database(self, service: str) -> str:
        """A fresh database of `service`'s role (a copy of its template if there is one): its address."""
        name = f"{service}_{next(self._numbers)}"
        self._create(name, service, f"{service}_template" if service in self._templates else "template0")
        return self.postgres.url(service, self.passwords[service], name)

    @contextlib.contextmanager
    def database(self, service: str) -> Iterator[str]:
        """As `new_database`, and dropped in the end, open connections included."""
        url = self.new_database(service)
        try:
            yield url
        finally:
            self.drop_database(url)

    def drop_database(self, url: str) -> None:
        """Drop a database that `new_database` made."""
        with self.superuser() as connection:
            name = sql.Identifier(url.rpartition("/")[2])
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))

    def superuser(self, database: str = "postgres") -> psycopg.Connection:
        """An autocommitting connection that may do everything: to look, and to break things on purpose."""
        return psycopg.connect(self.postgres.superuser_url(database), autocommit=True, connect_timeout=5)

    def disconnect_everybody(self, url: str) -> int:
        """Cut every connection to a database, as a server restart would; how many were cut."""
        with self.superuser() as connection:
            return connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                [url.rpartition("/")[2]],
            ).rowcount

    def _create(self, name: str, owner: str, template: str) -> None:
        with self.superuser() as connection:
            ensure_database(connection, name, owner=owner, template=template)
        if template == "template0":
            with self.superuser(name) as connection:
                ensure_extensions(connection)

    # --- broker --------------------------------------------------------------------------------------------

    def redis_url(self, user: str = OPERATOR) -> str:
        """The broker's address for a service's user, or for the operator, who may do everything."""
        return self.valkey.url(user)

    def operator(self) -> redis.Redis:
        """A client that may do everything: to look, to poison queues, to change limits. Close it."""
        return redis.Redis.from_url(self.redis_url(), socket_timeout=5)

    def flushall(self) -> None:
        """Empty the broker while it runs, as FLUSHALL by mistake would."""
        with self.operator() as client:
            client.flushall()

    # --- life and death ------------------------------------------------------------------------------------

    def start_postgres(self) -> None:
        """Start PostgreSQL on its own port and wait until it answers; nothing to do when it runs."""
        self._start(self.postgres.spec(), lambda: postgres_answers(self.postgres.superuser_url()))

    def start_valkey(self) -> None:
        """Start Valkey on its own port and wait until it answers; nothing to do when it runs."""
        password = self.valkey.operator_password
        self.valkey.prepare()
        self._start(self.valkey.spec(), lambda: valkey_answers(self.valkey.port, OPERATOR, password))

    def kill_postgres(self, number: signal.Signals = signal.SIGQUIT) -> None:
        """End PostgreSQL: SIGQUIT is an immediate shutdown (crash recovery follows), SIGINT a clean one."""
        self._signal("postgres", number)

    def kill_valkey(self, number: signal.Signals = signal.SIGKILL) -> None:
        """End Valkey; by default without any warning."""
        self._signal("valkey", number)

    def restart_postgres(self, number: signal.Signals = signal.SIGQUIT) -> None:
        """Kill and start PostgreSQL; every connection breaks."""
        self.kill_postgres(number)
        self.start_postgres()

    def restart_valkey(self, *, is_wiped: bool = False) -> None:
        """Kill and start Valkey; `is_wiped` loses everything it held."""
        self.kill_valkey()
        if is_wiped:
            self.wipe_valkey()
        self.start_valkey()

    def wipe_valkey(self) -> None:
        """Delete what a stopped Valkey kept on disk."""
        shutil.rmtree(self.valkey.folder / DATA_FOLDER, ignore_errors=True)

    def freeze_valkey(self) -> None:
        """Stop Valkey's process without closing its connections; `thaw_valkey` lets it go on."""
        os.kill(self.pid("valkey"), signal.SIGSTOP)

    def thaw_valkey(self) -> None:
        """Let a frozen Valkey go on."""
        os.kill(self.pid("valkey"), signal.SIGCONT)

    def pid(self, name: str) -> int:
        """The process id of `postgres` or `valkey`."""
        return self._processes[name].pid

    def stop(self) -> None:
        """Stop both servers cleanly; nothing is left running."""
        for name, number in (("valkey", signal.SIGTERM), ("postgres", signal.SIGINT)):
            if name in self._processes:
                self._signal(name, number)

    def _start(self, spec: ProcessSpec, is_ready: Callable[[], bool]) -> None:
        running = self._processes.get(spec.name)
        if running is not None and running.poll() is None:
            return
        file = spec.write(self.folder, self.folder)
        with self._log(spec.name).open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(CHILD_PROGRAM), str(file)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # a Ctrl-C at the terminal is pytest's business
            )
        self._processes[spec.name] = process
        if not wait_until(lambda: process.poll() is not None or is_ready(), within_seconds=_START_SECONDS):
            raise ServersError(f"{spec.name} is not ready after {_START_SECONDS:.0f} s\n{self.log_tail(spec.name)}")
        if process.poll() is not None:
            raise ServersError(f"{spec.name} ended with {process.returncode}\n{self.log_tail(spec.name)}")

    def _signal(self, name: str, number: signal.Signals) -> None:
        process = self._processes[name]
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)  # a frozen process would not see anything but SIGKILL
            process.send_signal(number)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise ServersError(f"{name} ignored {number.name}\n{self.log_tail(name)}") from None

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def log_tail(self, name: str, lines: int = 20) -> str:
        """The last lines of a server's log."""
        return "\n".join(self._log(name).read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
