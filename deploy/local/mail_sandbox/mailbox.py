"""Messages as files: one per message, complete on disk before the sender is told "accepted".

The envelope is written the way a final mail server does, as `Return-Path` and `Delivered-To` above the message.
"""

from __future__ import annotations

import email.policy
import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.message import EmailMessage, Message
from email.parser import BytesParser
from pathlib import Path

from shared.ids import new_id

_PARSER = BytesParser(policy=email.policy.default)


@dataclass(frozen=True, slots=True)
class Summary:
    """What the list shows of one message."""

    id: str
    received_at: datetime
    sender: str
    recipients: tuple[str, ...]
    subject: str
    message_id: str


@dataclass(frozen=True, slots=True)
class Content:
    """What one message says. `text` and `html` are empty when it has no such part."""

    summary: Summary
    headers: tuple[tuple[str, str], ...]
    text: str
    html: str
    attachments: tuple[tuple[str, int], ...]


class Mailbox:
    """All messages of one folder, newest last; safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        for partial in folder.glob("*.partial"):  # never accepted: the sender will try again
            partial.unlink()
        self._lock = threading.Lock()
        self._summaries: dict[str, Summary | None] = {}  # None: nobody has asked for it yet
        for path in sorted(folder.glob("*.eml")):  # identifiers sort by time
            self._summaries[path.stem] = None

    def store(self, sender: str, recipients: Sequence[str], content: bytes) -> str:
        """Write a message so that it survives a crash of this machine; only then may it be accepted.

        Its headers are read when somebody asks: whoever measures the system should not measure its sandbox.
        """
        name = str(new_id())
        path = self._folder / f"{name}.eml"
        partial = path.with_suffix(".partial")
        with partial.open("wb") as file:
            file.write(_envelope(sender, recipients) + content)
            file.flush()
            os.fsync(file.fileno())
        partial.rename(path)
        self._sync_folder()
        with self._lock:
            self._summaries[name] = None
        return name

    def find(self, *, to: str = "", subject: str = "", message_id: str = "") -> list[Summary]:
        """Messages that match everything given, newest first: part of an address, part of a subject, whole id."""
        with self._lock:
            for name, known in self._summaries.items():
                if known is None:
                    self._summaries[name] = _summary(name, _headers(self._folder / f"{name}.eml"))
            every = [summary for summary in self._summaries.values() if summary is not None]
        return [
            summary
            for summary in reversed(every)
            if _contains(summary.recipients, to)
            and _contains([summary.subject], subject)
            and (not message_id or summary.message_id.strip("<>") == message_id.strip("<>"))
        ]

    def content(self, name: str) -> Content | None:
        """One message, taken apart; None when there is none of that name."""
        raw = self.raw(name)
        if raw is None:
            return None
        message = _PARSER.parsebytes(raw)
        return Content(
            summary=_summary(name, message),
            headers=tuple((key, _header(message, key)) for key in dict.fromkeys(message.keys())),
            text=_part(message, "plain"),
            html=_part(message, "html"),
            attachments=tuple(_attachments(message)),
        )

    def raw(self, name: str) -> bytes | None:
        """One message as it came, envelope on top."""
        if name not in self._summaries:  # also keeps any other file of the disk out of reach
            return None
        return (self._folder / f"{name}.eml").read_bytes()

    def delete(self, name: str) -> bool:
        """Forget one message; False when there is none of that name."""
        with self._lock:
            if name not in self._summaries:
                return False
            del self._summaries[name]
        (self._folder / f"{name}.eml").unlink(missing_ok=True)
        return True

    def clear(self) -> int:
        """Forget every message; how many there were."""
        with self._lock:
            names = list(self._summaries)
        return sum(self.delete(name) for name in names)

    def _sync_folder(self) -> None:
        handle = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _envelope(sender: str, recipients: Sequence[str]) -> bytes:
    received_at = datetime.now(UTC).isoformat(timespec="milliseconds")
    lines = [f"Return-Path: <{sender}>"]
    lines += [f"Delivered-To: {recipient}" for recipient in recipients]
    lines.append(f"X-Sandbox-Received-At: {received_at}")
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8", "surrogateescape")


def _headers(path: Path) -> Message:
    with path.open("rb") as file:
        return _PARSER.parse(file, headersonly=True)


def _summary(name: str, message: Message) -> Summary:
    return Summary(
        id=name,
        received_at=datetime.fromisoformat(str(message["X-Sandbox-Received-At"])),
        sender=_header(message, "From"),
        recipients=tuple(str(value) for value in message.get_all("Delivered-To", [])),
        subject=_header(message, "Subject"),
        message_id=_header(message, "Message-ID").strip(),
    )


def _header(message: Message, name: str) -> str:
    """A header as text. What was stored must be accepted, so one that cannot be parsed is shown as it came."""
    try:
        value = str(message.get(name, ""))
    except (ValueError, LookupError, TypeError, AttributeError, HeaderParseError):  # seen from the standard parser
        value = next((str(raw) for key, raw in message.raw_items() if key.lower() == name.lower()), "")
    return _printable(value)


def _printable(text: str) -> str:
    """Octets that are no UTF-8 come out of the parser as half characters, which nothing can print."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    if part is None:
        return ""
    try:
        return _printable(str(part.get_content()))
    except (LookupError, ValueError):  # a charset nobody knows: show the bytes rather than nothing
        payload = part.get_payload(decode=True)
        return payload.decode("latin-1") if isinstance(payload, bytes) else ""


def _attachments(message: EmailMessage) -> Iterator[tuple[str, int]]:
    for part in message.iter_attachments():
        payload = part.get_payload(decode=True)
        yield part.get_filename() or part.get_content_type(), len(payload) if isinstance(payload, bytes) else 0


def _contains(values: Iterable[str], wanted: str) -> bool:
    return not wanted or any(wanted.casefold() in value.casefold() for value in values)
