"""Fixtures of the runtime's own tests: a small system, and the sandboxes as processes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deploy.local.configuration import CHECKOUT, Configuration, Ports
from deploy.local.home import Home
from deploy.local.plan import Plan, Preparation
from deploy.local.ports import free_ports
from deploy.local.processes import OneShot, ProcessKind
from deploy.local.running import remove_note
from tests.support.eventually import eventually

PROGRAMS = "tests.integration.local.tiny_programs"
_PYTHON = (sys.executable, "-m")


@pytest.fixture(name="home")
def _home() -> Iterator[Path]:
    yield from new_home()


@pytest.fixture(scope="module")
def module_home() -> Iterator[Path]:
    yield from new_home()


def new_home() -> Iterator[Path]:
    """A folder outside pytest's own, which only root may enter; with everything a path may contain."""
    folder = Path(tempfile.mkdtemp(prefix="ventanilla-test-"))
    folder.chmod(0o755)
    home = folder / "mi carpeta; #2 100% «ñ»" / "var"
    yield home
    remove_note(Home(home))  # a launcher that was killed leaves the folder of its socket to the next start
    postgres = Home(home).postgres
    if postgres.is_symlink():
        shutil.rmtree(postgres.resolve(), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def configuration(home: Path) -> Configuration:
    return Configuration(home=home, ports=Ports(*free_ports(7)))


def small_plan(*, preparation: str = "succeed", work: tuple[str, ...] = (), web_count: int = 1) -> Plan:
    """A web process and a working one, with one command before them."""
    command = OneShot("intake", "intake-migrate", (*_PYTHON, PROGRAMS, preparation))
    web = (*_PYTHON, "gunicorn", "-c", "deploy/local/gunicorn_conf.py", f"{PROGRAMS}:app")
    return Plan(
        (Preparation("Preparación", (command,)),),
        (
            ProcessKind("intake", "web", web, port="intake", count=web_count),
            ProcessKind("intake", "relay", (*_PYTHON, PROGRAMS, *work), is_scraped=True),
        ),
    )


@dataclass
class Sandbox:
    """A running sandbox, and how to talk to it."""

    ports: list[int]
    folder: Path
    process: subprocess.Popen[bytes]
    restart: Callable[[], None]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports[-1]}"

    def request(
        self, path: str, method: str = "GET", document: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        data = None if document is None else json.dumps(document).encode()
        fixed = {"Content-Type": "application/json"} if data else {}
        request = urllib.request.Request(  # noqa: S310 - our own http address
            self.url + path, data, {**fixed, **(headers or {})}, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310 - our own http address
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def json(self, path: str, method: str = "GET", document: Any = None) -> Any:
        status, body = self.request(path, method, document)
        assert status == 200, body
        return json.loads(body)

    def fault(self, mode: str, *, seconds: float = 0.0, count: int | None = 1) -> None:
        self.json("/api/faults", "POST", {"mode": mode, "seconds": seconds, "count": count})


def run_sandbox(module: str, ports: list[int], variables: dict[str, str], folder: Path) -> Iterator[Sandbox]:
    env = {"PATH": os.defpath, "PYTHONPATH": str(CHECKOUT), **variables}

    def launch() -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-m", module], env=env)

    def stop() -> None:
        sandbox.process.terminate()
        assert sandbox.process.wait(10) == 0

    def restart() -> None:
        stop()
        sandbox.process = launch()
        eventually(lambda: sandbox.request("/healthz")[0] == 200, within=15)

    sandbox = Sandbox(ports, folder, launch(), restart)
    try:
        eventually(lambda: sandbox.request("/healthz")[0] == 200, within=15)
        yield sandbox
        stop()
    finally:
        sandbox.process.kill()
        sandbox.process.wait()


@pytest.fixture(scope="module")
def mail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    folder = tmp_path_factory.mktemp("mail")
    ports = free_ports(2)
    variables = {
        "MAIL_SANDBOX_FOLDER": str(folder),
        "MAIL_SANDBOX_SMTP_PORT": str(ports[0]),
        "MAIL_SANDBOX_WEB_PORT": str(ports[1]),
    }
    yield from run_sandbox("deploy.local.mail_sandbox", ports, variables, folder)


@pytest.fixture(scope="module")
def sms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    folder = tmp_path_factory.mktemp("sms")
    ports = free_ports(1)
    variables = {
        "SMS_SANDBOX_FOLDER": str(folder),
        "SMS_SANDBOX_PORT": str(ports[0]),
        "SMS_SANDBOX_USER": "ventanilla",
        "SMS_SANDBOX_PASSWORD": "secret",
    }
    yield from run_sandbox("deploy.local.sms_sandbox", ports, variables, folder)
