"""The SMTP side: aiosmtpd, with a switch for the faults a real mail server shows."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.local.fault_switch import FaultSwitch
from deploy.local.mail_sandbox.mailbox import Mailbox
from deploy.local.ports import LOOPBACK

MODES = (
    "delay",  # answers late
    "refuse_4xx",  # not now: the sender must try again
    "refuse_5xx",  # never
    "drop_before_data",  # the connection breaks before the message was stored
    "drop_after_data",  # ... and after it was stored, before the sender is told (RFC 1047)
    "hang_after_data",  # stored, and then silence for `seconds`
    "refuse_connection",  # nobody listens
)
_SIZE_LIMIT_BYTES = 10 << 20
_WATCH_SECONDS = 0.05


class Handler:
    """Stores what arrives, unless the switch says otherwise."""

    def __init__(self, mailbox: Mailbox, faults: FaultSwitch) -> None:
        self._mailbox = mailbox
        self._faults = faults

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd
        """One message: misbehave as told, store, answer."""
        if self._faults.take("refuse_4xx"):
            return "451 4.3.0 Fallo temporal de prueba"
        if self._faults.take("refuse_5xx"):
            return "550 5.1.1 Rechazo definitivo de prueba"
        if self._faults.take("drop_before_data"):
            await _drop(server)
        if fault := self._faults.take("delay"):
            await asyncio.sleep(fault.seconds)
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode("utf-8", "surrogateescape")
        await asyncio.to_thread(self._mailbox.store, envelope.mail_from or "", envelope.rcpt_tos, raw)
        if self._faults.take("drop_after_data"):
            await _drop(server)
        if fault := self._faults.take("hang_after_data"):
            await asyncio.sleep(fault.seconds)
            await _drop(server)
        return "250 2.0.0 Guardado en el buzón de prueba"


class SmtpServer:
    """Listens, except while the switch says `refuse_connection`."""

    def __init__(self, mailbox: Mailbox, faults: FaultSwitch, port: int, host: str = LOOPBACK) -> None:
        self._handler = Handler(mailbox, faults)
        self._faults = faults
        self._port = port
        self._host = host
        self._server: asyncio.Server | None = None

    async def run(self) -> None:
        """Serve until cancelled."""
        await self._listen()
        try:
            while True:
                await asyncio.sleep(_WATCH_SECONDS)
                is_refusing = self._faults.current().mode == "refuse_connection"
                if is_refusing and self._server is not None:
                    self._server.close()
                    self._server = None
                elif not is_refusing and self._server is None:
                    await self._listen()
        finally:
            if self._server is not None:
                self._server.close()

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._protocol, self._host, self._port, reuse_address=True)

    def _protocol(self) -> Any:
        return SMTP(
            self._handler,
            hostname="buzon.ventanilla.example",
            ident="Ventanilla: buzon de prueba, no entrega nada",
            data_size_limit=_SIZE_LIMIT_BYTES,
            enable_SMTPUTF8=True,
        )


async def _drop(server: SMTP) -> None:
    """Break the connection without an answer; aiosmtpd cancels us when it notices."""
    if isinstance(server.transport, asyncio.WriteTransport):
        server.transport.abort()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(asyncio.Event().wait(), timeout=5)
    raise asyncio.CancelledError
