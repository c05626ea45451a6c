"""Where the books are read: the databases, the broker, the sandboxes' folders and the logs of one system."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import redis
from sqlalchemy.engine import make_url

from deploy.local.provisioning import SERVICES
from deploy.local.system import LocalSystem

_CONNECT_SECONDS = 3
_STATEMENT_MILLISECONDS = 30_000


@dataclass(frozen=True)
class Places:
    """The addresses of one system. They may differ from those its services use (a proxy may lie between)."""

    database_urls: Mapping[str, str]
    redis_urls: Mapping[str, str]
    mail: Path
    sms: Path
    log: Path

    @classmethod
    def of(cls, system: LocalSystem) -> Places:
        """The places of a running system."""
        servers, home = system.servers, system.home
        return cls(
            database_urls={service: servers.database_url(service) for service in SERVICES},
            redis_urls={service: servers.redis_url(service) for service in SERVICES},
            mail=home.mail,
            sms=home.sms,
            log=home.log,
        )

    @contextmanager
    def reader(self, service: str) -> Iterator[Reader]:
        """A service's database as it stands at one moment, for reading only.

        :raises psycopg.OperationalError: it is away.
        """
        address = make_url(self.database_urls[service]).set(drivername="postgresql")
        with psycopg.connect(
            address.render_as_string(hide_password=False),
            connect_timeout=_CONNECT_SECONDS,
            application_name="books",
            options=f"-c statement_timeout={_STATEMENT_MILLISECONDS}",
        ) as connection:
            connection.read_only = True
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            yield Reader(connection)

    @contextmanager
    def broker(self, service: str) -> Iterator[redis.Redis]:
        """The broker as a service sees it.

        :raises redis.RedisError: it is away (at the first question, not here).
        """
        client = redis.Redis.from_url(self.redis_urls[service], socket_timeout=3, socket_connect_timeout=3)
        try:
            yield client
        finally:
            client.close()


class Reader:
    """Questions to one database within one snapshot."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection

    def rows(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Every row of the answer; in binary, because there may be hundreds of thousands."""
        with self._connection.cursor(binary=True) as cursor:
            return cursor.execute(query.encode(), values).fetchall()

    def row(self, query: str, values: Sequence[object] = ()) -> tuple[Any, ...]:
        """The only row of the answer."""
        (row,) = self.rows(query, values)
        return row
