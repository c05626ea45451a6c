"""The folder one system lives in: `var/` of the checkout, or `VENTANILLA_HOME`.

secrets/    passwords and keys, generated once, readable by their owner only
postgres/   the cluster (a link to a folder elsewhere when root's home is closed to PostgreSQL's account)
valkey/     configuration, access list and append-only file of the broker
mail/ sms/  what the sandboxes received
log/        one rotating log per process
run/        everything that is rebuilt at each start
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path

from deploy.local.errors import LocalRuntimeError
from deploy.local.ports import free_ports, is_free
from deploy.local.spec import write_private

_SECRET_BYTES = 24


class Home:
    """Paths, secrets and remembered ports of one system."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.secrets = path / "secrets"
        self.log = path / "log"
        self.run = path / "run"
        self.specs = self.run / "processes"
        self.metrics = self.run / "metrics"
        self.postgres = path / "postgres"
        self.valkey = path / "valkey"
        self.mail = path / "mail"
        self.sms = path / "sms"
        self.prometheus_targets = path / "prometheus-targets.json"
        self._ports_file = path / "ports.json"

    def prepare(self) -> None:
        """Make the folders. A home that belongs to somebody else is an error before anything is touched."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LocalRuntimeError(
                f"No se puede crear / cannot create {self.path}: {error.strerror}", advice="VENTANILLA_HOME=…"
            ) from error
        owner = self.path.stat().st_uid
        if owner != os.geteuid():
            raise LocalRuntimeError(
                f"{self.path} pertenece a otro usuario / belongs to another user (uid {owner})",
                advice="Use la misma cuenta o VENTANILLA_HOME / use the same account or VENTANILLA_HOME",
            )
        for folder in (self.secrets, self.log, self.run, self.specs, self.metrics, self.mail, self.sms):
            folder.mkdir(mode=0o700, exist_ok=True)

    def erase(self) -> None:
        """Delete what the system put here, and only that: the folder may hold something else."""
        if self.postgres.is_symlink():
            shutil.rmtree(self.postgres.resolve(), ignore_errors=True)
            self.postgres.unlink()
        for folder in (self.postgres, self.valkey, self.mail, self.sms, self.secrets, self.log, self.run):
            shutil.rmtree(folder, ignore_errors=True)
        for file in (self._ports_file, self.prometheus_targets):
            file.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # not empty: what is left is not ours
            self.path.rmdir()

    def secret(self, name: str) -> str:
        """The secret `name` (48 hexadecimal digits), created at the first call and the same ever after."""
        path = self.secrets / name
        try:
            return path.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            value = secrets.token_hex(_SECRET_BYTES)
            write_private(path, value + "\n")
            return value

    def remembered_ports(self, names: Sequence[str]) -> dict[str, int]:
        """A port for each name: last time's when it is still free, a new one when not; remembered."""
        known = self.known_ports()
        chosen = {name: known[name] for name in names if name in known and is_free(known[name])}
        missing = [name for name in names if name not in chosen]
        chosen.update(zip(missing, free_ports(len(missing), taken=frozenset(chosen.values())), strict=True))
        write_private(self._ports_file, json.dumps({**known, **chosen}, indent=1))
        return chosen

    def known_ports(self) -> dict[str, int]:
        """The ports of the last start, without looking whether they are free."""
        try:
            return {str(name): int(port) for name, port in json.loads(self._ports_file.read_text("ascii")).items()}
        except (FileNotFoundError, ValueError):
            return {}  # a first start, or a file cut short by a full disk: new ports are chosen

    def log_tail(self, process: str, lines: int = 15) -> tuple[str, ...]:
        """The last lines a process wrote, for the person who wonders why it does not start."""
        try:
            text = (self.log / f"{process}.log").read_bytes()[-20_000:].decode("utf-8", "replace")
        except FileNotFoundError:
            return ()
        return tuple(text.splitlines()[-lines:])
