"""`python -m deploy.local.mail_sandbox`: run by the supervisor."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from pathlib import Path

from deploy.local.fault_switch import FaultSwitch
from deploy.local.mail_sandbox.mailbox import Mailbox
from deploy.local.mail_sandbox.smtp import MODES, SmtpServer
from deploy.local.mail_sandbox.web import MailWeb
from deploy.local.ports import LOOPBACK
from deploy.local.sandbox_http import serve


async def run(folder: Path, host: str, smtp_port: int, web_port: int) -> None:
    """Serve SMTP and pages until SIGTERM."""
    mailbox = Mailbox(folder)
    faults = FaultSwitch(MODES)
    serve(MailWeb(mailbox, faults).routes(), web_port, host)
    smtp = asyncio.create_task(SmtpServer(mailbox, faults, smtp_port, host).run())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, smtp.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await smtp


if __name__ == "__main__":
    env = os.environ  # noqa: TID251 - a program of its own, started by the runtime with exactly these variables
    asyncio.run(
        run(
            Path(env["MAIL_SANDBOX_FOLDER"]),
            env.get("SANDBOX_HOST", LOOPBACK),
            int(env["MAIL_SANDBOX_SMTP_PORT"]),
            int(env["MAIL_SANDBOX_WEB_PORT"]),
        )
    )
