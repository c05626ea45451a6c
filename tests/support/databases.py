"""Fresh databases for tests: real commits, full isolation, and no third of a second for each copy.

A database is copied from a template that was migrated once. After the test its rows are deleted, those that the
migrations made are put back, and it serves the next one, unless the test changed its tables.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from alembic.migration import MigrationContext
from alembic.operations import Operations
from psycopg import sql
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from deploy.local.provisioning import ensure_database, ensure_extensions
from shared.db.migrations import upgrade
from shared.messaging import schema
from tests.support.servers import Servers

_SERVICES_FOLDER = Path(__file__).resolve().parents[2] / "services"

# Every table and partition with its columns in order, functions and triggers: what must be the same for a database to
# be used again.
_STRUCTURE = """
    SELECT c.oid::regclass::text, c.relkind, array_agg(a.attname ORDER BY a.attnum)
      FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'i', 'I', 'v', 'm', 'S')
     GROUP BY c.oid
    UNION ALL
    SELECT oid::regprocedure::text, 'function', ARRAY[md5(prosrc)::name]
      FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL
    SELECT tgrelid::regclass::text, 'trigger', ARRAY[tgname, tgenabled::text::name]
      FROM pg_trigger WHERE NOT tgisinternal
     ORDER BY 1, 2, 3
"""
_KEPT = "alembic_version"


@dataclass
class _Template:
    name: str
    owner: str
    structure: list[tuple[object, ...]]
    seeds: dict[str, bytes]
    spare: list[str] = field(default_factory=list)

    @property
    def tables(self) -> list[str]:
        return [str(name) for name, kind, _ in self.structure if kind == "r" and name != _KEPT]


class Databases:
    """Templates and databases of one pair of servers, made when they are first asked for."""

    def __init__(self, servers: Servers) -> None:
        self._servers = servers
        self._numbers = itertools.count(1)
        self._templates: dict[str, _Template] = {}

    @contextlib.contextmanager
    def for_one_test(self) -> Iterator[FreshDatabases]:
        """Databases that are emptied or dropped in the end, open connections included."""
        taken: list[tuple[_Template, str]] = []
        try:
            yield FreshDatabases(self, taken)
        finally:
            for template, name in taken:
                self._give_back(template, name)

    def take(self, service: str, flavour: str, migrate: Callable[[str], None]) -> tuple[_Template, str]:
        """An empty database like the template `<service>_<flavour>`, which is migrated now if it does not exist."""
        key = f"{service}_{flavour}"
        if key not in self._templates:
            self._templates[key] = self._make_template(f"{key}_template", service, migrate)
        template = self._templates[key]
        if template.spare:
            return template, template.spare.pop()
        name = f"{key}_{next(self._numbers)}"
        self._create(name, service, template.name)
        return template, name

    def url(self, name: str, service: str) -> str:
        """The address of a database for its service."""
        return sqlalchemy_url(self._servers.postgres.url(service, self._servers.passwords[service], name))

    def _make_template(self, name: str, owner: str, migrate: Callable[[str], None]) -> _Template:
        self._create(name, owner, "template0")
        migrate(self.url(name, owner))
        with self._servers.superuser(name) as connection:
            template = _Template(name, owner, connection.execute(_STRUCTURE).fetchall(), seeds={})
            template.seeds = {table: rows for table in template.tables if (rows := _rows_of(connection, table))}
        return template

    def _give_back(self, template: _Template, name: str) -> None:
        with self._servers.superuser() as connection:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
            is_there = connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone() is not None
        if is_there and self._emptied(template, name):
            template.spare.append(name)
        else:
            self._servers.drop_database(self.url(name, template.owner))

    def _emptied(self, template: _Template, name: str) -> bool:
        with self._servers.superuser(name) as connection:
            for table, kind, _columns in connection.execute(_STRUCTURE).fetchall():
                if kind in ("r", "p") and table not in {row[0] for row in template.structure}:
                    connection.execute(sql.SQL("DROP TABLE IF EXISTS {} CASCADE").format(sql.SQL(table)))
            if connection.execute(_STRUCTURE).fetchall() != template.structure:
                return False
            connection.execute("SET session_replication_role = replica")  # no triggers, no order of foreign keys
            deletions = [sql.SQL("DELETE FROM {}").format(sql.SQL(table)) for table in template.tables]
            connection.execute(sql.SQL("; ").join(deletions))
            for table, rows in template.seeds.items():
                with connection.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(sql.SQL(table))) as copy:
                    copy.write(rows)
            return True

    def _create(self, name: str, owner: str, template: str) -> None:
        with self._servers.superuser() as connection:
            ensure_database(connection, name, owner=owner, template=template)
        if template == "template0":
            with self._servers.superuser(name) as connection:
                ensure_extensions(connection)


class FreshDatabases:
    """The databases of one test."""

    def __init__(self, databases: Databases, taken: list[tuple[_Template, str]]) -> None:
        self._databases = databases
        self._taken = taken

    def migrated(self, service: str) -> str:
        """With the tables that the service's own migrations make."""
        return self._take(service, "full", lambda url: upgrade(_SERVICES_FOLDER / service / "migrations", url))

    def messaging_only(self, service: str) -> str:
        """With the tables of event delivery and nothing else."""
        return self._take(service, "messaging", create_messaging_tables)

    def _take(self, service: str, flavour: str, migrate: Callable[[str], None]) -> str:
        template, name = self._databases.take(service, flavour, migrate)
        self._taken.append((template, name))
        return self._databases.url(name, service)


def _rows_of(connection: psycopg.Connection, table: str) -> bytes:
    with connection.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(sql.SQL(table))) as copy:
        return b"".join(bytes(part) for part in copy)


def create_messaging_tables(url: str) -> None:
    """Run the very function that every service's first migration calls."""
    engine = create_engine(url)
    with engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        schema.create_messaging_tables()
    engine.dispose()


def sqlalchemy_url(url: str) -> str:
    """A `postgresql://` address with the driver we use."""
    return make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
