"""An e-mail as bytes (RFC 5322, 2045, 2047), the same bytes at every attempt.

Written by hand from the standard library's encoders: its message classes take ten times the processor time for the
one shape of message we send, and this is done for every mail.
"""

from __future__ import annotations

import quopri
from dataclasses import dataclass
from email.header import Header
from email.utils import format_datetime, formataddr, parseaddr

from services.notifications.domain.provider import Taken


@dataclass(frozen=True, slots=True)
class Sender:
    """Who our mails come from: `mailbox` reads `Name <user@domain>`; `reply_to` may be empty."""

    mailbox: str
    reply_to: str

    @property
    def address(self) -> str:
        """The envelope sender."""
        return parseaddr(self.mailbox)[1]

    @property
    def domain(self) -> str:
        """The right-hand side of our Message-IDs."""
        return self.address.rpartition("@")[2]


def message_id_of(message: Taken, sender: Sender) -> str:
    """The Message-ID, the same at every attempt: a mailbox that gets two copies can tell that they are one."""
    return f"<{message.message_id}@{sender.domain}>"


def to_bytes(message: Taken, sender: Sender) -> bytes:
    """The message with CRLF line ends, not yet dot-stuffed."""
    boundary = f"=_{message.message_id.hex}"
    headers = [
        ("Date", format_datetime(message.created_at)),
        ("From", _mailbox(*parseaddr(sender.mailbox))),
        ("To", _mailbox(message.recipient_name, message.address)),
        ("Message-ID", message_id_of(message, sender)),
        ("Subject", _encoded(message.subject, first_line=len("Subject: "))),
        # Machines must not answer (RFC 3834); people may, and then it goes where somebody reads.
        ("Auto-Submitted", "auto-generated"),
        ("Precedence", "bulk"),
        ("X-Auto-Response-Suppress", "All"),
        ("X-Ventanilla-Correlation", _header_safe(message.correlation_id)),
        ("Content-Language", message.locale),
        ("MIME-Version", "1.0"),
        ("Content-Type", f'multipart/alternative; boundary="{boundary}"'),
    ]
    if sender.reply_to:
        headers.insert(3, ("Reply-To", _mailbox(*parseaddr(sender.reply_to))))
    lines = [f"{name}: {value}" for name, value in headers if value]
    return b"\r\n".join(
        (
            "\r\n".join(lines).encode(),
            b"",
            *_part(boundary, "plain", message.body_text),
            *_part(boundary, "html", message.body_html),
            f"--{boundary}--".encode(),
            b"",
        )
    )


def _part(boundary: str, kind: str, text: str) -> tuple[bytes, ...]:
    encoded = quopri.encodestring(text.encode(), quotetabs=False)
    return (
        f"--{boundary}".encode(),
        f'Content-Type: text/{kind}; charset="utf-8"'.encode(),
        b"Content-Transfer-Encoding: quoted-printable",
        b"",
        encoded.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"),
    )


def _mailbox(name: str, address: str) -> str:
    return formataddr((_header_safe(name), _header_safe(address)), charset="utf-8") if address.isascii() else address


def _encoded(text: str, first_line: int) -> str:
    safe = _header_safe(text)
    if safe.isascii() and len(safe) + first_line <= 78:  # noqa: PLR2004 - RFC 5322, 2.1.1
        return safe
    return Header(safe, "utf-8", header_name="Subject").encode(linesep="\r\n")


def _header_safe(text: str) -> str:
    """No line break and no control character: what people typed cannot write headers of its own."""
    return "".join(character if character.isprintable() else " " for character in text)
