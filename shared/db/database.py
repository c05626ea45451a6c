"""Connections and transactions. Nothing else in Ventanilla begins, commits or rolls back (a test sees to it)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import monotonic

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from shared.db.hints import Listener, hints_of, send_hints

_WEB_STATEMENT_SECONDS = 5
_WORKER_STATEMENT_SECONDS = 30
_USED_AT, _RESTED_SECONDS = "used_at", 1.0
_open_transactions = threading.local()


class TransactionOpenError(AssertionError):
    """Something that talks to the network was called while a transaction was open."""


class Database:
    """One service's database.

    The settings follow docs/reliability.md: dead links are noticed within 10 s, no statement or lock wait is
    unbounded, and a session that hangs inside a transaction is ended by the server.
    """

    def __init__(self, url: str, *, name: str, pool_size: int = 5, is_web: bool = False) -> None:
        statement_seconds = _WEB_STATEMENT_SECONDS if is_web else _WORKER_STATEMENT_SECONDS
        self.engine: Engine = create_engine(
            url,
            pool_size=pool_size,
            max_overflow=2,
            pool_timeout=5,
            pool_recycle=1800,
            hide_parameters=True,  # an error's text goes to logs; what people wrote does not
            connect_args={
                "application_name": name,
                "connect_timeout": 3,
                "keepalives_idle": 15,
                "keepalives_interval": 5,
                "keepalives_count": 3,
                "tcp_user_timeout": 10_000,
                "options": (
                    f"-c statement_timeout={statement_seconds}s -c lock_timeout=2s"
                    " -c idle_in_transaction_session_timeout=15s -c synchronous_commit=on -c timezone=UTC"
                ),
            },
        )

        event.listen(self.engine, "checkin", _note_use)
        event.listen(self.engine, "checkout", self._check_after_a_rest)

    def _check_after_a_rest(self, driver: DBAPIConnection, record: ConnectionPoolEntry, _proxy: object) -> None:
        """Ask a connection that was not used for a second whether it still lives; to ask each time is a dear habit."""
        if monotonic() - record.info.get(_USED_AT, monotonic()) > _RESTED_SECONDS:
            try:
                self.engine.dialect.do_ping(driver)
            except psycopg.Error as error:
                raise InvalidatePoolError from error

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session in one transaction: committed when the block ends, rolled back when it raises."""
        with self.engine.connect() as connection:
            with Session(connection, expire_on_commit=False) as session, session.begin():
                _open_transactions.count = getattr(_open_transactions, "count", 0) + 1
                try:
                    yield session
                finally:
                    _open_transactions.count -= 1
            if channels := hints_of(session):
                send_hints(_driver_connection(connection), channels)

    def listener(self, channel: str) -> Listener:
        """Waits for the hints of other processes of this service; has a connection of its own."""
        return Listener(self.engine, channel)

    @contextmanager
    def only_one(self, key: int) -> Iterator[bool]:
        """Hold an advisory lock of this database, without a transaction; False when another process holds it.

        For work that takes longer than a transaction may. If the link breaks meanwhile the lock is gone, so what is
        done under it must be harmless when done twice.
        """
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            has_lock = bool(connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": key}).scalar())
            try:
                yield has_lock
            finally:
                if has_lock:
                    with suppress(DBAPIError):  # the link broke, and the lock went with it
                        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": key})

    def dispose(self) -> None:
        """Close every pooled connection, as a process must before and after it forks."""
        self.engine.dispose()


def _note_use(_driver: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
    record.info[_USED_AT] = monotonic()


def _driver_connection(connection: Connection) -> psycopg.Connection:
    driver: psycopg.Connection = connection.connection.driver_connection  # type: ignore[assignment]  # of our driver
    return driver


def assert_no_transaction(doing: str) -> None:
    """Refuse to talk to the network while this thread holds a transaction.

    A slow mail server must never keep rows locked, so this is called by every adapter that leaves the process.

    :raises TransactionOpenError: a transaction is open in this thread.
    """
    if getattr(_open_transactions, "count", 0):
        raise TransactionOpenError(f"{doing} while a transaction is open")
