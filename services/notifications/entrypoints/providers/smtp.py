"""E-mail over SMTP (RFC 5321): one connection, kept open, and at every step a clear word on what is certain.

Until the final dot is on its way nothing can have been accepted, so every failure before it is certain. After it,
silence means that nobody knows (RFC 1047).
"""

from __future__ import annotations

import re
import smtplib
import ssl
from contextlib import suppress
from time import monotonic
from urllib.parse import unquote, urlsplit

import structlog

from services.notifications.domain.message import OwnReply
from services.notifications.domain.policy import Outcome
from services.notifications.domain.provider import Result, Taken
from services.notifications.entrypoints.providers.mime import Sender, to_bytes
from shared.db.database import assert_no_transaction

log = structlog.get_logger()

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 30.0
_DEFAULT_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
_SERVICE_CLOSING = 421
_START_CONTENT = 354
_LONGEST_REPLY = 500
# Whoever registered an address was checked more closely; this keeps what could be read as a command off the line.
_ADDRESS = re.compile(r"[^\s<>@]+@[^\s<>@]+")


class SmtpServer:
    """A mail server at `smtp://`, `smtp+starttls://` or `smtps://`, with user and password when it wants them."""

    def __init__(
        self,
        url: str,
        sender: Sender,
        *,
        connect_seconds: float = CONNECT_SECONDS,
        total_seconds: float = TOTAL_SECONDS,
    ) -> None:
        parts = urlsplit(url)
        self._scheme = parts.scheme
        self._host = parts.hostname or ""
        self._port = parts.port or _DEFAULT_PORTS[parts.scheme]
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")
        self._sender = sender
        self._connect_seconds = connect_seconds
        self._total_seconds = total_seconds
        self._connection: smtplib.SMTP | None = None
        self._deadline = 0.0

    def send(self, message: Taken) -> Result:
        """Hand over one e-mail."""
        assert_no_transaction("sending an e-mail")
        if not _ADDRESS.fullmatch(message.address):
            return Result(Outcome.REFUSED, OwnReply.NO_ADDRESS)
        self._deadline = monotonic() + self._total_seconds
        content = _with_dots(to_bytes(message, self._sender))
        is_kept = self._connection is not None
        try:
            return self._deliver(self._connected(), message, content)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            if not is_kept:
                return _unreachable(error)
        try:  # the server had closed the connection that we kept; a new one tells whether it is there
            return self._deliver(self._connected(), message, content)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return _unreachable(error)

    def rest(self) -> None:
        """Leave politely; servers close connections that say nothing."""
        if self._connection is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._connection.quit()
            self._connection = None

    def _connected(self) -> smtplib.SMTP:
        if self._connection is None:
            kind = smtplib.SMTP_SSL if self._scheme == "smtps" else smtplib.SMTP
            # Our own name is given, because asking for it is a DNS query that may take longer than the mail.
            self._connection = kind(
                self._host, self._port, local_hostname=self._sender.domain, timeout=self._connect_seconds
            )
            self._connection.ehlo_or_helo_if_needed()
            if self._scheme == "smtp+starttls":
                self._connection.starttls(context=ssl.create_default_context())
                self._connection.ehlo()
            if self._user:
                self._connection.login(self._user, self._password)
        self._allow_time(self._connection)
        return self._connection

    def _deliver(self, connection: smtplib.SMTP, message: Taken, content: bytes) -> Result:
        """The transaction of RFC 5321, 3.3.

        :raises OSError, smtplib.SMTPException: the connection broke before the content was sent.
        """
        options = []
        connection.command_encoding = "ascii"
        if not message.address.isascii():
            if not connection.has_extn("smtputf8"):
                return Result(Outcome.REFUSED, "the mail server cannot write to an address beyond ASCII")
            connection.command_encoding = "utf-8"
            options.append("SMTPUTF8")
        code, reply = connection.mail(self._sender.address, options)
        if code >= 400:  # noqa: PLR2004 - our sender is refused: no message is to blame
            return self._refusal(connection, Outcome.UNAVAILABLE, code, reply)
        self._allow_time(connection)
        code, reply = connection.rcpt(message.address)
        if code >= 400:  # noqa: PLR2004
            return self._refusal(connection, _judge(code, for_now=Outcome.DEFERRED), code, reply)
        self._allow_time(connection)
        code, reply = connection.docmd("DATA")
        if code != _START_CONTENT:
            return self._refusal(connection, _judge(code, for_now=Outcome.UNAVAILABLE), code, reply)
        connection.send(content)
        return self._await_verdict(connection)

    def _await_verdict(self, connection: smtplib.SMTP) -> Result:
        """The answer to the final dot. From here on a broken connection proves nothing."""
        self._allow_time(connection)
        try:
            code, reply = connection.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Result(Outcome.UNCERTAIN, f"no answer after the content was sent: {_describe(error)}")
        if code < 400:  # noqa: PLR2004
            return Result(Outcome.ACCEPTED, _text(code, reply))
        return self._refusal(connection, _judge(code, for_now=Outcome.UNAVAILABLE), code, reply)

    def _refusal(self, connection: smtplib.SMTP, outcome: Outcome, code: int, reply: bytes) -> Result:
        """A clear no; the connection stays usable unless the server is closing."""
        if code == _SERVICE_CLOSING:
            self._drop()
            return Result(Outcome.UNAVAILABLE, _text(code, reply))
        with suppress(OSError, smtplib.SMTPException):
            connection.rset()
            return Result(outcome, _text(code, reply))
        self._drop()
        return Result(outcome, _text(code, reply))

    def _allow_time(self, connection: smtplib.SMTP) -> None:
        if connection.sock is not None:
            connection.sock.settimeout(max(self._deadline - monotonic(), 0.001))

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _judge(code: int, *, for_now: Outcome) -> Outcome:
    return Outcome.REFUSED if code >= 500 else for_now  # noqa: PLR2004 - RFC 5321, 4.2.1: 5yz is permanent


def _unreachable(error: Exception) -> Result:
    return Result(Outcome.UNAVAILABLE, _describe(error), is_unreachable=True)


def _describe(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return _text(error.smtp_code, error.smtp_error)
    return f"{type(error).__name__}: {error}"[:_LONGEST_REPLY]


def _text(code: int, reply: bytes | str) -> str:
    words = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return f"{code} {' '.join(words.split())}"[:_LONGEST_REPLY]


def _with_dots(content: bytes) -> bytes:
    """The content as it goes over the wire: leading dots doubled, ended by a line with a dot (RFC 5321, 4.5.2)."""
    stuffed = content.replace(b"\r\n.", b"\r\n..")
    if stuffed.startswith(b"."):
        stuffed = b"." + stuffed
    return stuffed + (b".\r\n" if stuffed.endswith(b"\r\n") else b"\r\n.\r\n")
