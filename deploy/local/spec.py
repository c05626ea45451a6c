"""How one process is to be run: written to a private file, read by `child.py`."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.unprivileged import Account

CHILD_PROGRAM = Path(__file__).with_name("child.py")
# Every process carries the home it belongs to, so that what a killed supervisor left behind can be told from
# any other process of this machine, and only ours is ever ended.
HOME_MARK = "VENTANILLA_RUNTIME_HOME"


@dataclass(frozen=True)
class ProcessSpec:
    """A program with its complete environment: nothing is inherited.

    `death_signal` is what the kernel sends when the supervisor dies; `stop_signal` asks for a clean stop;
    `fresh_folder` is emptied at every start.
    """

    name: str
    argv: tuple[str, ...]
    cwd: Path
    env: Mapping[str, str] = field(default_factory=dict)
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGTERM
    fresh_folder: Path | None = None

    def write(self, folder: Path, home: Path, suffix: str = "") -> Path:
        """Write the file `child.py` reads (mode 0600, it holds passwords) and return its path."""
        document = {
            "argv": list(self.argv),
            "cwd": str(self.cwd),
            "env": {**self.env, HOME_MARK: str(home)},
            "uid": self.account.uid if self.account else None,
            "gid": self.account.gid if self.account else None,
            "death_signal": int(self.death_signal),
            "fresh_folder": str(self.fresh_folder) if self.fresh_folder else None,
        }
        path = folder / f"{self.name}{suffix}.json"
        write_private(path, json.dumps(document, ensure_ascii=False, indent=1))
        return path


def write_private(path: Path, text: str, mode: int = 0o600) -> None:
    """Replace `path` in one step; nobody else can read it, not even between creation and chmod."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.unlink(missing_ok=True)
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    partial.replace(path)
