"""Who runs a home: one lock, held by the launcher, and a note for everybody else."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from deploy.local.errors import AlreadyRunningError
from deploy.local.home import Home
from deploy.local.spec import write_private


@dataclass(frozen=True)
class RunningNote:
    """What another command needs in order to find and control the running system."""

    launcher_pid: int
    started_at: str
    control_socket: str
    is_ready: bool = False


class HomeLock:
    """Only one launcher per home. The kernel frees the lock when its holder dies, however it dies."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._file: IO[str] | None = None

    def acquire(self) -> None:
        """Take the lock, or say who has it."""
        file = (self._home.run / "up.lock").open("a+", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            note = read_note(self._home)
            who = f"pid {note.launcher_pid}, {note.started_at}" if note else "?"
            raise AlreadyRunningError(
                f"Ya está en marcha / already running ({who}): {self._home.path}",
                advice="Deténgalo con Ctrl-C donde lo inició, o use otro VENTANILLA_HOME / "
                "stop it with Ctrl-C where it was started, or use another VENTANILLA_HOME",
            ) from None
        self._file = file

    def release(self) -> None:
        """Let the next one in."""
        if self._file is not None:
            self._file.close()
            self._file = None


def write_note(home: Home, control_socket: Path, *, is_ready: bool) -> None:
    """Leave the note for other commands."""
    note = RunningNote(os.getpid(), datetime.now(UTC).isoformat(timespec="seconds"), str(control_socket), is_ready)
    write_private(_note_path(home), json.dumps(asdict(note)))


def read_note(home: Home) -> RunningNote | None:
    """The note of whoever runs, or ran, this home."""
    try:
        return RunningNote(**json.loads(_note_path(home).read_text(encoding="utf-8")))
    except (FileNotFoundError, NotADirectoryError, ValueError, TypeError):
        return None


def remove_note(home: Home) -> None:
    """Remove the note and the folder of its socket, also one that a killed launcher left."""
    note = read_note(home)
    if note is not None:
        folder = Path(note.control_socket).parent
        if folder.name.startswith(_SOCKET_PREFIX):
            shutil.rmtree(folder, ignore_errors=True)
    _note_path(home).unlink(missing_ok=True)


def new_control_socket() -> Path:
    """A place for the control socket in a folder only we may enter.

    Not in the home: the path of a Unix socket may not exceed 107 bytes.
    """
    base = os.environ.get("XDG_RUNTIME_DIR", "")  # noqa: TID251 - not a setting: the desktop's own convention
    is_usable = base.isascii() and len(base) < _LONGEST_BASE and " " not in base and os.access(base, os.W_OK)
    folder = base if base and is_usable else "/tmp"  # noqa: S108 - a fresh mkdtemp inside, not guessable
    return Path(tempfile.mkdtemp(prefix=_SOCKET_PREFIX, dir=folder)) / "control"


_SOCKET_PREFIX = "ventanilla-run-"
_LONGEST_BASE = 60


def _note_path(home: Home) -> Path:
    return home.run / "running.json"
