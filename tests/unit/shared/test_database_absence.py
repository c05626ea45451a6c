"""Which errors say that the database is away, and which that we made a mistake."""

import psycopg
import pytest
from psycopg import errors
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, InternalError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from shared.db.absence import is_away


def _wrapped(kind: type[DBAPIError], driver: Exception, *, is_invalidated: bool = False) -> DBAPIError:
    return kind("SELECT 1", {}, driver, connection_invalidated=is_invalidated)


@pytest.mark.parametrize(
    "error",
    [
        _wrapped(OperationalError, psycopg.OperationalError("server closed the connection unexpectedly")),
        _wrapped(InterfaceError, psycopg.InterfaceError("the connection is closed")),
        _wrapped(InternalError, errors.IdleInTransactionSessionTimeout("ended by the server")),
        _wrapped(InternalError, psycopg.InternalError("lost"), is_invalidated=True),
        _wrapped(DBAPIError, errors.ConnectionDoesNotExist("08003")),
        PoolTimeoutError("QueuePool limit"),
    ],
)
def test_waiting_cures_it(error):
    assert is_away(error)


@pytest.mark.parametrize(
    "error",
    [
        _wrapped(ProgrammingError, errors.UndefinedColumn("column does not exist")),
        _wrapped(IntegrityError, errors.UniqueViolation("twice")),
        _wrapped(InternalError, errors.InFailedSqlTransaction("current transaction is aborted")),
        ValueError("not of a database at all"),
    ],
)
def test_waiting_does_not_cure_it(error):
    assert not is_away(error)
