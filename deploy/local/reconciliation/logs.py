"""What the processes wrote since a moment: a traceback that nobody expected is a difference like any other."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from deploy.local.reconciliation.difference import Difference

_TRACEBACK = "Traceback (most recent call last)"
_ERROR_LINE = re.compile(r"^[A-Za-z_][\w.]*(?:: .*)?$")
_SERVERS = ("postgres", "valkey", "supervis")


class LogWatch:
    """The logs of one system, from where they stood when this was made."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sizes = {path.name: path.stat().st_size for path in self._files()}

    def tracebacks(self) -> Counter[tuple[str, str]]:
        """How often each (log, error) was written; the error is its event and the line naming its class."""
        found: Counter[tuple[str, str]] = Counter()
        for path in self._files():
            found.update((path.name, error) for error in _errors(self._new_text(path)))
        return found

    def differences(self, allowed: tuple[str, ...] = ()) -> list[Difference]:
        """What breaks I9.

        :param allowed: regular expressions; an error that one of them finds is part of the fault.
        """
        return [
            Difference("I9", "wrong", count, f"traceback in {name}: {error[:300]}")
            for (name, error), count in self.tracebacks().items()
            if not any(re.search(pattern, f"{name}: {error}") for pattern in allowed)
        ]

    def _files(self) -> list[Path]:
        return [path for path in sorted(self._folder.glob("*.log")) if not path.name.startswith(_SERVERS)]

    def _new_text(self, path: Path) -> str:
        """What was added, over at most one rotation."""
        start = self._sizes.get(path.name, 0)
        content = path.read_bytes()
        if len(content) < start:
            rotated = path.with_name(path.name + ".1")
            content = (rotated.read_bytes()[start:] if rotated.exists() else b"") + content
        else:
            content = content[start:]
        return content.decode("utf-8", "replace")


def _errors(text: str) -> Iterator[str]:
    """The errors of a log: of JSON lines the event and the line naming the exception, of tracebacks that line."""
    is_inside = False
    for line in text.splitlines():
        if line.startswith("{"):
            is_inside = False
            if _TRACEBACK in line:
                yield _of_record(line)
        elif line.startswith(_TRACEBACK):
            is_inside = True
        elif is_inside and _ERROR_LINE.match(line):
            is_inside = False
            yield line


def _of_record(line: str) -> str:
    try:
        record = json.loads(line)
    except ValueError:
        return line[:200]
    return f"{record.get('event', '')}: {_raised_last(str(record.get('exception', '')))}"


def _raised_last(traceback: str) -> str:
    """The line that names what was raised last; a message of several lines may go on below it, with advice."""
    lines = traceback.rpartition(_TRACEBACK)[2].strip().splitlines()
    return next((line for line in lines if _ERROR_LINE.match(line)), lines[-1] if lines else "")
