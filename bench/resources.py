"""What the whole system uses: CPU seconds and memory of every process under the supervisor, servers included."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import psutil

_MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Usage:
    """CPU seconds since start and proportional memory (PSS: shared pages divided among their users), by process."""

    cpu_seconds: dict[str, float]
    memory_bytes: dict[str, int]

    @property
    def total_cpu_seconds(self) -> float:
        """Over all processes."""
        return sum(self.cpu_seconds.values())

    @property
    def memory_mebibytes(self) -> dict[str, float]:
        """By process name."""
        return {name: value / _MEBIBYTE for name, value in self.memory_bytes.items()}

    @property
    def total_memory_mebibytes(self) -> float:
        """Over all processes."""
        return sum(self.memory_bytes.values()) / _MEBIBYTE

    def cpu_since(self, earlier: Usage) -> dict[str, float]:
        """CPU seconds used by each process name since `earlier`, most first; a restarted one counts from zero."""
        used = {name: max(seconds - earlier.cpu_seconds.get(name, 0), 0) for name, seconds in self.cpu_seconds.items()}
        return dict(sorted(used.items(), key=lambda item: -item[1]))


def usage_of(roots: dict[str, list[int]], *, with_memory: bool = False) -> Usage:
    """The usage of named process trees. `roots`: main pids by process name."""
    cpu: dict[str, float] = defaultdict(float)
    memory: dict[str, int] = defaultdict(int)
    for name, pids in roots.items():
        for process in _trees(pids):
            try:
                times = process.cpu_times()
                # Ended children are in the parent's children_* fields; PostgreSQL's backends come and go.
                cpu[name] += times.user + times.system + times.children_user + times.children_system
                if with_memory:
                    memory[name] += process.memory_full_info().pss
            except psutil.Error:
                continue
    return Usage(dict(cpu), dict(memory))


def _trees(pids: list[int]) -> list[psutil.Process]:
    found: list[psutil.Process] = []
    for pid in pids:
        try:
            root = psutil.Process(pid)
            found += [root, *root.children(recursive=True)]
        except psutil.Error:
            continue
    return found
