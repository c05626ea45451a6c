"""Hints between the processes of one service: "something waits for you", so that nobody has to look often.

A hint is PostgreSQL's NOTIFY, sent after the commit it tells of and in a statement of its own. Inside the transaction
it would hold a lock over all databases of the server until the commit is on disk, which costs a quarter of all commits.
A hint may get lost, with a dead connection, with a process that dies between the two, in a pooler; so whoever waits
for one also looks by itself whenever its patience is at an end. See docs/adr/0018-hints-beside-polling.md.
"""

from __future__ import annotations

from contextlib import suppress
from threading import Event as Flag
from time import monotonic

import psycopg
import structlog
from psycopg import sql
from sqlalchemy import Engine
from sqlalchemy.orm import Session

log = structlog.get_logger()

_HINTS = "hints.channels"  # kept with the session until its commit
_LOOK_AT_STOP_SECONDS = 0.25
_CONNECT_AGAIN_SECONDS = 5.0


def hint(session: Session, channel: str) -> None:
    """Tell whoever listens on `channel`, if and when this transaction has committed."""
    session.info.setdefault(_HINTS, set()).add(channel)


def hints_of(session: Session) -> set[str]:
    """The channels to tell."""
    channels: set[str] = session.info.get(_HINTS, set())
    return channels


def send_hints(connection: psycopg.Connection, channels: set[str]) -> None:
    """Send hints over a connection that is in no transaction; a failure is nobody's: it was only a hint."""
    with suppress(psycopg.Error):
        connection.autocommit = True
        try:
            connection.execute("SELECT pg_notify(channel, '') FROM unnest(%s::text[]) AS channel", [list(channels)])
        finally:
            connection.autocommit = False


class Listener:
    """Waits for hints on one channel; used by one thread. Without a connection, it is only a pause."""

    def __init__(self, engine: Engine, channel: str) -> None:
        self._engine = engine
        self._channel = channel
        self._connection: psycopg.Connection | None = None
        self._connect_at = 0.0

    def wait(self, seconds: float, stop: Flag) -> bool:
        """Until a hint came, `stop` is set or the time is over; whether it was a hint. Hints of the past count."""
        give_up_at = monotonic() + seconds
        while not stop.is_set() and (left := give_up_at - monotonic()) > 0:
            connection = self._connected()
            if connection is None:
                stop.wait(left)
                continue
            try:
                if list(connection.notifies(timeout=min(left, _LOOK_AT_STOP_SECONDS), stop_after=1)):
                    self.forget()
                    return True
            except psycopg.Error as error:
                log.info("hints_interrupted", channel=self._channel, error=type(error).__name__)
                self.close()
        return False

    def forget(self) -> None:
        """Drop the hints that have come. Who is busy calls it at times, because the server keeps what nobody reads."""
        if self._connection is not None:
            try:
                list(self._connection.notifies(timeout=0))
            except psycopg.Error:
                self.close()

    def close(self) -> None:
        """Stop listening; the next wait listens again."""
        if self._connection is not None:
            with suppress(psycopg.Error):
                self._connection.close()
            self._connection = None

    def _connected(self) -> psycopg.Connection | None:
        if self._connection is None and monotonic() >= self._connect_at:
            self._connect_at = monotonic() + _CONNECT_AGAIN_SECONDS
            arguments, options = self._engine.dialect.create_connect_args(self._engine.url)
            options = {**options, "application_name": f"hints:{self._channel}", "connect_timeout": 3}
            with suppress(psycopg.Error):
                connection = psycopg.connect(*arguments, **options, autocommit=True)
                connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(self._channel)))
                self._connection = connection
        return self._connection
