"""The account PostgreSQL runs under when we are root, and where that account can reach its files.

PostgreSQL refuses to run as root. Opening up a 0700 home for a stranger's account would be worse than the
problem, so nothing outside our own folders ever changes its mode: what the account cannot reach is placed
where it can, under a folder that belongs to us.
"""

from __future__ import annotations

import os
import pwd
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from deploy.local.errors import LocalRuntimeError

# A dedicated account wins; Debian's `postgres` exists for exactly this; `nobody` exists everywhere. None is
# created: a demo has no business editing a machine's list of accounts.
_CANDIDATES = ("ventanilla", "postgres", "nobody")
_RELOCATION_BASES = (Path("/var/lib"), Path("/var/tmp"))  # noqa: S108 - a fresh mkdtemp inside, not guessable


@dataclass(frozen=True)
class Account:
    """An operating-system account a process is switched to before it starts."""

    name: str
    uid: int
    gid: int


def choose_account(preferred: str | None = None) -> Account | None:
    """The account for PostgreSQL, or None when we are not root and need none."""
    if os.geteuid() != 0:
        return None
    for name in (preferred,) if preferred else _CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise LocalRuntimeError(
        "PostgreSQL no puede ejecutarse como root y no hay otra cuenta / PostgreSQL cannot run as root "
        "and there is no other account",
        advice="useradd --system ventanilla",
    )


def account_owning(path: Path) -> Account:
    """The account that owns `path`: an existing data folder decides who runs the server on it."""
    entry = pwd.getpwuid(path.stat().st_uid)
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def can_reach(account: Account, path: Path) -> bool:
    """Whether `account` can traverse every folder down to `path` and read it, asked of the kernel itself."""
    answer = subprocess.run(
        ["test", "-r", str(path), "-a", "-x", str(path)],
        user=account.uid,
        group=account.gid,
        extra_groups=[],
        cwd="/",
        check=False,
    )
    return answer.returncode == 0


def reachable_folder(account: Account) -> Path:
    """Make a new folder of ours that `account` can traverse (not list or write), outside any private home."""
    for base in (*_RELOCATION_BASES, Path(tempfile.gettempdir())):
        if not (base.is_dir() and os.access(base, os.W_OK)):
            continue
        folder = Path(tempfile.mkdtemp(prefix="ventanilla-", dir=base))
        folder.chmod(0o711)
        if can_reach(account, base):
            return folder
        folder.rmdir()
    raise LocalRuntimeError(
        f"La cuenta {account.name} no alcanza ninguna carpeta de datos / "
        f"the account {account.name} can reach no data folder",
        advice="VENTANILLA_HOME=/srv/ventanilla ventanilla up",
    )
