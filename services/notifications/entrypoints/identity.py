"""Who a process is, told apart from every other that ever was, and whether such a process is certainly dead.

A sender writes its identity beside the message it sends. When it dies, another sender on the same machine sees that
at once instead of waiting for the lease; on another machine, or in another container, it cannot know, and waits.
"""

from __future__ import annotations

import os
from pathlib import Path

_PROC = Path("/proc")
_START_TIME_FIELD = 19  # of what follows the name in /proc/<pid>/stat; field 22 of the whole (man 5 proc)


def own_identity(lane: int = 0) -> str:
    """`<boot>/<pid namespace>/<pid>/<start time>#<lane>`; empty parts where the system does not tell.

    Each lane of a process has a name of its own, because it answers for what bears its name and for nothing else.
    """
    return f"{_place()}/{os.getpid()}/{_start_time(os.getpid()) or ''}#{lane}"


def is_certainly_dead(identity: str) -> bool:
    """Whether the process lived where we live, and lives no more. False also means "do not know"."""
    place, _, process = identity.rpartition("/")[0].rpartition("/")
    start_time = identity.rpartition("/")[2].partition("#")[0]
    if not start_time or not process.isdigit() or place != _place() or place.startswith("/"):
        return False
    return _start_time(int(process)) != start_time


def _place() -> str:
    """This boot of this machine, and this set of process numbers in it: elsewhere a number means another process."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}/{(_PROC / 'self/ns/pid').readlink()}"
    except OSError:
        return "/"


def _start_time(pid: int) -> str | None:
    """When a process started, in ticks since boot; None when there is no such process. A zombie is dead."""
    try:
        stat = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] == "Z" else fields[_START_TIME_FIELD]
