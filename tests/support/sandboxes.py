"""The mail and the SMS sandbox as processes of their own: real SMTP, Kannel's protocol, and switches for faults."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from deploy.local.ports import free_ports
from tests.support.eventually import eventually

SMS_USER, SMS_PASSWORD = "ventanilla", "contraseña-de-prueba"
_ROOT = Path(__file__).resolve().parents[2]


class Sandbox:
    """What both sandboxes understand."""

    def __init__(self, web: str) -> None:
        self.web = web
        self.client = httpx.Client(base_url=web, timeout=10, trust_env=False)

    def misbehave(self, mode: str, *, seconds: float = 0, count: int | None = None) -> None:
        """Switch a fault on; `none` switches it off."""
        document = {"mode": mode, "seconds": seconds, **({"count": count} if count else {})}
        self.client.post("/api/faults", json=document).raise_for_status()

    def messages(self, **wanted: str) -> list[dict[str, Any]]:
        """What arrived, newest first."""
        found: list[dict[str, Any]] = (
            self.client.get("/api/messages", params=wanted).raise_for_status().json()["messages"]
        )
        return found

    def clear(self) -> None:
        """Forget messages and faults."""
        self.misbehave("none")
        self.client.delete("/api/messages").raise_for_status()


class MailSandbox(Sandbox):
    """A mail server; `url` is where to send to."""

    def __init__(self, smtp_port: int, web_port: int) -> None:
        super().__init__(f"http://127.0.0.1:{web_port}")
        self.url = f"smtp://127.0.0.1:{smtp_port}"

    def unplug(self) -> None:
        """Refuse connections, and return when that is so."""
        self.misbehave("refuse_connection")
        eventually(lambda: not self.is_listening())

    def is_listening(self) -> bool:
        """Whether anybody answers at the SMTP port."""
        host, _, port = self.url.removeprefix("smtp://").partition(":")
        try:
            socket.create_connection((host, int(port)), timeout=2).close()
        except OSError:
            return False
        return True

    def read(self, name: str) -> dict[str, Any]:
        """One mail with its texts and headers."""
        content: dict[str, Any] = self.client.get(f"/api/messages/{name}").raise_for_status().json()
        return content


class SmsSandbox(Sandbox):
    """An SMS gateway; `url` is its `sendsms`."""

    def __init__(self, port: int) -> None:
        super().__init__(f"http://127.0.0.1:{port}")
        self.url = f"{self.web}/cgi-bin/sendsms"


@contextlib.contextmanager
def mail_sandbox(folder: Path) -> Iterator[MailSandbox]:
    """A mail sandbox that ends with the block."""
    smtp_port, web_port = free_ports(2)
    env = {
        "MAIL_SANDBOX_FOLDER": str(folder),
        "MAIL_SANDBOX_SMTP_PORT": str(smtp_port),
        "MAIL_SANDBOX_WEB_PORT": str(web_port),
    }
    with _process("deploy.local.mail_sandbox", env):
        sandbox = MailSandbox(smtp_port, web_port)
        yield from _when_ready(sandbox)


@contextlib.contextmanager
def sms_sandbox(folder: Path) -> Iterator[SmsSandbox]:
    """An SMS sandbox that ends with the block."""
    (port,) = free_ports(1)
    env = {
        "SMS_SANDBOX_FOLDER": str(folder),
        "SMS_SANDBOX_PORT": str(port),
        "SMS_SANDBOX_USER": SMS_USER,
        "SMS_SANDBOX_PASSWORD": SMS_PASSWORD,
    }
    with _process("deploy.local.sms_sandbox", env):
        yield from _when_ready(SmsSandbox(port))


def _when_ready(sandbox: Any) -> Iterator[Any]:
    with contextlib.closing(sandbox.client):
        eventually(lambda: sandbox.client.get("/healthz").is_success, within=15)
        yield sandbox


@contextlib.contextmanager
def _process(module: str, env: dict[str, str]) -> Iterator[None]:
    whole = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(_ROOT), **env}  # noqa: TID251 - only to find Python
    process = subprocess.Popen([sys.executable, "-m", module], cwd=_ROOT, env=whole)
    try:
        yield
    finally:
        process.terminate()
        process.wait(10)
