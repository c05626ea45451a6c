"""`python -m deploy.local.sms_sandbox`: run by the supervisor."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

from deploy.local.fault_switch import FaultSwitch
from deploy.local.ports import LOOPBACK
from deploy.local.sandbox_http import serve
from deploy.local.sms_sandbox.reports import Reporter
from deploy.local.sms_sandbox.sendsms import MODES, SendSms
from deploy.local.sms_sandbox.store import SmsStore
from deploy.local.sms_sandbox.web import SmsWeb


def run(folder: Path, host: str, port: int, user: str, password: str) -> None:
    """Serve until SIGTERM."""
    is_over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: is_over.set())
    store = SmsStore(folder)
    reporter = Reporter(store)
    reporter.start()
    faults = FaultSwitch(MODES)
    serve(SmsWeb(store, SendSms(store, reporter, faults, user, password), faults).routes(), port, host)
    is_over.wait()


if __name__ == "__main__":
    env = os.environ  # noqa: TID251 - a program of its own, started by the runtime with exactly these variables
    run(
        Path(env["SMS_SANDBOX_FOLDER"]),
        env.get("SANDBOX_HOST", LOOPBACK),
        int(env["SMS_SANDBOX_PORT"]),
        env["SMS_SANDBOX_USER"],
        env["SMS_SANDBOX_PASSWORD"],
    )
