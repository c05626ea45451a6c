"""Messages and their delivery reports: one file of lines, synced before anything is answered."""

from __future__ import annotations

import json
import os
import threading
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shared.ids import new_id

DELIVERED = 1
FAILED = 2
BUFFERED = 4
SMSC_ACCEPTED = 8
SMSC_REJECTED = 16


@dataclass(frozen=True, slots=True)
class Report:
    """One call of `dlr-url` that is due, or was answered (`answered_at`)."""

    kind: int
    answered_at: str = ""


@dataclass(frozen=True, slots=True)
class Sms:
    """One message as the gateway took it. `text` is what was asked for; a phone may get less of it."""

    id: str
    received_at: str
    to: str
    sender: str
    text: str
    is_unicode: bool
    dlr_url: str
    dlr_mask: int
    reports: tuple[Report, ...] = ()


class SmsStore:
    """All messages of one folder; safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / "messages.jsonl"
        self._lock = threading.Lock()
        self._messages: dict[str, Sms] = {}
        self._load()
        self._file = self._path.open("a", encoding="utf-8")

    def add(
        self, *, to: str, sender: str, text: str, is_unicode: bool, dlr_url: str, dlr_mask: int, kinds: tuple[int, ...]
    ) -> Sms:
        """Keep a message and the reports that will be due for it, in their order."""
        sms = Sms(
            id=str(new_id()),
            received_at=_now(),
            to=to,
            sender=sender,
            text=text,
            is_unicode=is_unicode,
            dlr_url=dlr_url,
            dlr_mask=dlr_mask,
            reports=tuple(Report(kind) for kind in kinds),
        )
        with self._lock:
            self._append({"sms": asdict(sms)})
            self._messages[sms.id] = sms
        return sms

    def record_answer(self, sms_id: str, position: int) -> None:
        """The receiver has taken report `position` of a message."""
        with self._lock:
            sms = self._messages.get(sms_id)
            if sms is None:
                return  # deleted meanwhile
            answered_at = _now()
            self._append({"answered": sms_id, "position": position, "at": answered_at})
            self._messages[sms_id] = _answered(sms, position, answered_at)

    def find(self, *, to: str = "", text: str = "") -> list[Sms]:
        """Messages that match everything given, newest first; numbers are compared by their digits."""
        wanted = _digits(to)
        with self._lock:
            every = list(self._messages.values())
        return [sms for sms in reversed(every) if wanted in _digits(sms.to) and text.casefold() in sms.text.casefold()]

    def due(self) -> list[tuple[Sms, int]]:
        """Every report that was not answered yet: what a restart has to go on with."""
        with self._lock:
            every = list(self._messages.values())
        return [
            (sms, position) for sms in every for position, report in enumerate(sms.reports) if not report.answered_at
        ]

    def clear(self) -> int:
        """Forget everything; how many messages there were."""
        with self._lock:
            count = len(self._messages)
            self._messages.clear()
            self._file.close()
            self._file = self._path.open("w", encoding="utf-8")
        return count

    def _append(self, line: dict[str, Any]) -> None:
        self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def _load(self) -> None:
        if not self._path.exists():
            return
        whole = self._path.read_bytes()
        complete, _, torn = whole.rpartition(b"\n")
        if torn:  # the last line was being written when the machine died: it was never acknowledged
            self._path.write_bytes(complete + b"\n" if complete else b"")
        for text in complete.decode("utf-8").splitlines():
            line = json.loads(text)
            if "sms" in line:
                reports = tuple(Report(**report) for report in line["sms"].pop("reports"))
                sms = Sms(**line["sms"], reports=reports)
                self._messages[sms.id] = sms
            else:
                sms = self._messages[line["answered"]]
                self._messages[sms.id] = _answered(sms, line["position"], line["at"])


def _answered(sms: Sms, position: int, at: str) -> Sms:
    reports = list(sms.reports)
    reports[position] = replace(reports[position], answered_at=at)
    return replace(sms, reports=tuple(reports))


def _digits(number: str) -> str:
    return "".join(filter(str.isdigit, number))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
