"""Harm that more than one fault test does."""

from __future__ import annotations

import httpx
import psycopg

from deploy.local.desk_clients import sandboxes_of
from tests.support.fault_desk import Desk


def cut_connections(desk: Desk, service: str) -> None:
    """Drop everybody from one service's database."""
    with psycopg.connect(desk.system.servers.superuser_url(), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
            [service],
        )


class Provider:
    """The switch of a sandbox: `mail` or `sms`."""

    def __init__(self, desk: Desk, name: str) -> None:
        places = sandboxes_of(desk.system.configuration)
        self._url = f"{places.mail_url if name == 'mail' else places.sms_url}/api/faults"

    def misbehave(self, mode: str, seconds: float = 0.0, count: int | None = None) -> None:
        """Go wrong in this way, `count` times or until told otherwise."""
        body = {"mode": mode, "seconds": seconds, **({"count": count} if count else {})}
        httpx.post(self._url, json=body, timeout=5).raise_for_status()

    def behaves(self) -> bool:
        """Whether no fault is switched on any more."""
        return bool(httpx.get(self._url, timeout=5).json()["mode"] == "none")
