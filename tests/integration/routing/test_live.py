"""Live updates from a real web server: told after an act, never of what one may not see, and starving nobody."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import httpx
import pytest

from deploy.local.ports import free_ports
from services.routing.store import changes
from shared.accounts import people
from shared.accounts.people import Person
from tests.support.eventually import eventually
from tests.support.routing_desk import MODELS, Desk

pytestmark = pytest.mark.integration

ROOT = Path(__file__).resolve().parents[3]
_PATIENCE = 60.0


@pytest.fixture
def address(desk: Desk, tmp_path: Path) -> Iterator[str]:
    """A web process as in production: one worker with eight threads."""
    [port] = free_ports(1)
    settings = desk.parts.settings
    keys = ",".join(f"{peer}={'0123456789abcdef' * 2}" for peer in settings.peer_keys)
    environment = {
        **os.environ,  # noqa: TID251 - a process of its own needs a path
        "ROUTING_INSTANCE": "routing-live", "ROUTING_DATABASE_URL": settings.database_url,
        "ROUTING_REDIS_URL": settings.redis_url, "ROUTING_PEER_KEYS": keys,
        "ROUTING_SECRET_KEY": "a-secret-for-tests-of-some-length",
        "ROUTING_PUBLIC_URL": f"http://127.0.0.1:{port}", "ROUTING_METRICS_PORT": "0",
        "ROUTING_MODELS_FOLDER": str(MODELS),
    }  # fmt: skip
    with (tmp_path / "web.log").open("wb") as log:
        process = subprocess.Popen(
            [
                sys.executable, "-m", "gunicorn", "-c", "deploy/local/gunicorn_conf.py", "-b", f"127.0.0.1:{port}",
                "services.routing.entrypoints.wsgi:create_app()",
            ],
            cwd=ROOT, env=environment, stdout=log, stderr=log,
        )  # fmt: skip
    base = f"http://127.0.0.1:{port}"
    try:
        eventually(
            lambda: process.poll() is not None or httpx.get(f"{base}/healthz", timeout=5).status_code == 200,
            within=_PATIENCE,
        )
        assert process.poll() is None, (tmp_path / "web.log").read_text()
        yield base
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(_PATIENCE)


def newest_change(desk: Desk) -> int:
    with desk.parts.database.transaction() as session:
        return changes.newest(session)


class Listener:
    """A page that listens, in a thread of its own."""

    def __init__(self, base: str, token: str, *, since: int) -> None:
        self.events: list[dict[str, Any]] = []
        self.head = ""
        self.is_over = False
        address = urlsplit(base)
        self._socket = socket.create_connection((address.hostname, address.port), timeout=_PATIENCE)
        request = (
            f"GET /casos/vivo?desde={since} HTTP/1.1\r\nHost: {address.netloc}\r\nAuthorization: Bearer {token}\r\n\r\n"
        )
        self._socket.sendall(request.encode())
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        eventually(lambda: "retry:" in self.head, within=_PATIENCE)
        assert "text/event-stream" in self.head
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(_PATIENCE)
        self._socket.close()

    def codes(self) -> list[str]:
        return [one.get("code", "") for one in self.events]

    def _listen(self) -> None:
        with contextlib.suppress(OSError), self._socket.makefile("r", encoding="utf-8") as lines:
            for line in lines:
                if line.startswith("data: "):
                    self.events.append(json.loads(line.removeprefix("data: ")))
                else:
                    self.head += line
        self.is_over = True


def test_pages_are_told_of_what_they_may_see_and_the_server_goes_on_answering(desk: Desk, address: str) -> None:
    rosa, luis, boss = desk.advisor("Rosa"), desk.advisor("Luis", contrataciones=3), desk.supervisor()
    since = newest_change(desk)
    with ExitStack() as stack:
        listeners = [
            stack.enter_context(Listener(address, desk.token(person), since=since))
            for person in (rosa, luis, boss)
            for _ in range(5)
        ]
        assert httpx.get(f"{address}/healthz", timeout=_PATIENCE).status_code == 200  # fifteen pages, eight threads
        for_rosa, for_luis, for_boss = listeners[0], listeners[5], listeners[10]
        seen = desk.submit()
        hidden = desk.submit("contrataciones")
        eventually(lambda: {seen.code, hidden.code} <= set(for_boss.codes()), within=_PATIENCE)
        eventually(lambda: hidden.code in for_luis.codes(), within=_PATIENCE)
        eventually(lambda: seen.code in for_rosa.codes(), within=_PATIENCE)
        assert hidden.code not in for_rosa.codes()
        assert seen.code not in for_luis.codes()
        told = next(one for one in for_rosa.events if one.get("code") == seen.code)
        assert "team" in told["views"]


def test_who_was_away_hears_what_they_missed_and_signing_out_ends_the_stream(desk: Desk, address: str) -> None:
    rosa = desk.advisor(capacity=90)
    desk.submit()
    since = newest_change(desk)
    missed = desk.submit()
    token = desk.token(rosa)
    with Listener(address, token, since=since) as listener:
        eventually(lambda: missed.code in listener.codes(), within=_PATIENCE)
        with desk.work() as work:
            people.close_session(work.session, token)
        eventually(lambda: listener.is_over, within=_PATIENCE)


def test_strangers_hear_nothing(desk: Desk, address: str) -> None:
    assert httpx.get(f"{address}/casos/vivo", timeout=_PATIENCE).status_code == 303
    assert httpx.get(f"{address}/casos/novedades", timeout=_PATIENCE).status_code == 303
    assert desk.rows("SELECT 1 FROM account_session") == []


def test_without_a_stream_one_may_ask(desk: Desk, address: str) -> None:
    rosa, luis = desk.advisor("Rosa", capacity=90), desk.advisor("Luis", contrataciones=3)
    desk.submit()
    before = newest_change(desk)
    sent = desk.submit()

    def news(person: Person, since: int) -> dict[str, object]:
        headers = {"Authorization": f"Bearer {desk.token(person)}"}
        found: dict[str, object] = httpx.get(
            f"{address}/casos/novedades?desde={since}", headers=headers, timeout=_PATIENCE
        ).json()
        return found

    told = news(rosa, before)
    assert told["is_complete"] is True
    assert sent.code in str(told["changes"])
    assert news(luis, before)["changes"] == []
    desk.run("DELETE FROM case_change")
    assert news(rosa, before)["is_complete"] is False
