"""Processes of a home that nobody supervises any more.

Normally there are none: each process is told by the kernel when its supervisor dies. What could still slip
through (a process killed between fork and the request to the kernel, a frozen one) is found by the mark every
process of a home carries in its environment, and by PostgreSQL's own pid file.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import psutil

from deploy.local.spec import HOME_MARK

_GRACE_SECONDS = 10.0


def find_leftovers(home: Path, postgres_data: Path) -> list[psutil.Process]:
    """Every process that belongs to `home`, this one and its ancestors excepted."""
    excepted = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    found = [process for process in psutil.process_iter() if process.pid not in excepted and _is_marked(process, home)]
    postmaster = _postmaster(postgres_data)
    if postmaster is not None and postmaster not in found:
        found.append(postmaster)
    return found


def end_leftovers(home: Path, postgres_data: Path, grace_seconds: float = _GRACE_SECONDS) -> list[str]:
    """Let what is shutting down finish, then end the rest; the names of what had to be ended by force."""
    found = find_leftovers(home, postgres_data)
    if not found:
        return []
    for process in found:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.resume()  # a frozen one would not hear anything
            process.terminate()
    _, alive = psutil.wait_procs(found, timeout=grace_seconds)
    names = [_name(process) for process in alive]
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, timeout=grace_seconds)
    return names


def _is_marked(process: psutil.Process, home: Path) -> bool:
    try:
        return bool(process.environ().get(HOME_MARK) == str(home)) and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.Error, OSError):
        return False  # gone, or somebody else's: not ours either way


def _postmaster(data: Path) -> psutil.Process | None:
    """PostgreSQL overwrites the environment it was started with, but says in a file who it is."""
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        process = psutil.Process(int(lines[0]))
        is_ours = lines[1] == str(data) and process.name() == "postgres"
    except (OSError, ValueError, IndexError, psutil.Error):
        return None
    return process if is_ours else None


def _name(process: psutil.Process) -> str:
    try:
        return f"{process.name()} ({process.pid})"
    except psutil.Error:
        return str(process.pid)
