"""One database and one role per service; nobody may look into another's.

Idempotent: it runs at every start, so a password that changed or a database that is missing is put right.
"""

from __future__ import annotations

from collections.abc import Mapping

import psycopg
from psycopg import sql

SERVICES = ("intake", "routing", "notifications", "insights")
EXTENSIONS = ("unaccent", "pg_trgm", "pg_stat_statements")

# A waiting lock or a forgotten transaction must not hold everybody else; statement_timeout is the
# application's, because a web request and a migration need different ones.
_ROLE_SETTINGS = {"lock_timeout": "2s", "idle_in_transaction_session_timeout": "15s", "search_path": "public"}


def provision(superuser_url: str, passwords: Mapping[str, str]) -> None:
    """Create or repair the role and the database of every service named in `passwords`."""
    with psycopg.connect(superuser_url, autocommit=True, connect_timeout=5) as connection:
        for database in ("postgres", "template1"):
            _close_to_others(connection, database)
        for service, password in passwords.items():
            _ensure_role(connection, service, password)
            ensure_database(connection, service, owner=service)
    for service in passwords:
        with psycopg.connect(superuser_url, dbname=service, autocommit=True, connect_timeout=5) as connection:
            ensure_extensions(connection)


def ensure_database(connection: psycopg.Connection, name: str, *, owner: str, template: str = "template0") -> None:
    """Create the database `name` unless it exists, closed to every role but its owner."""
    if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(owner), sql.Identifier(template)
            )
        )
    _close_to_others(connection, name)


def ensure_extensions(connection: psycopg.Connection) -> None:
    """The extensions services rely on; only a superuser may create some of them."""
    for extension in EXTENSIONS:
        connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))


def _close_to_others(connection: psycopg.Connection, database: str) -> None:
    """PostgreSQL lets every role connect to, and create temporary tables in, every database by default."""
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(database)))


def _ensure_role(connection: psycopg.Connection, role: str, password: str) -> None:
    name = sql.Identifier(role)
    if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone() is None:
        connection.execute(sql.SQL("CREATE ROLE {}").format(name))
    connection.execute(
        sql.SQL("ALTER ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {}").format(
            name, sql.Literal(password)
        )
    )
    for setting, value in _ROLE_SETTINGS.items():
        connection.execute(
            sql.SQL("ALTER ROLE {} SET {} TO {}").format(name, sql.Identifier(setting), sql.Literal(value))
        )
