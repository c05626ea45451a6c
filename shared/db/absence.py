"""Whether an error means that the database is away, which waiting cures, or that we made a mistake."""

from __future__ import annotations

from psycopg.errors import QueryCanceled
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

_CONNECTION_EXCEPTION = "08"
_TRANSACTION_TIMED_OUT = {"25P03", "25P04"}


def is_away(error: BaseException) -> bool:
    """Whether the database, the link to it, a free connection, a lock or time for us was missing.

    A link that stalls inside a transaction makes the server end the session (`idle_in_transaction_session_timeout`),
    and the driver reports that as an *internal* error, as it does other ends that no statement of ours caused.
    """
    if isinstance(error, OperationalError | InterfaceError | PoolTimeoutError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None) or ""
    return error.connection_invalidated or state.startswith(_CONNECTION_EXCEPTION) or state in _TRANSACTION_TIMED_OUT


def is_too_slow(error: BaseException) -> bool:
    """Whether a statement was ended by its time-out: to try again may help, and somebody should look at why."""
    return isinstance(error, DBAPIError) and isinstance(error.orig, QueryCanceled)
