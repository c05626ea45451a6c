"""Fresh databases for tests, copied from a template that was migrated once: real commits, full isolation."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from deploy.local.provisioning import ensure_database, ensure_extensions
from shared.db.migrations import upgrade
from shared.messaging import schema
from tests.support.servers import Servers

_SERVICES_FOLDER = Path(__file__).resolve().parents[2] / "services"


class Databases:
    """Templates of one pair of servers, made when they are first asked for."""

    def __init__(self, servers: Servers) -> None:
        self._servers = servers
        self._numbers = itertools.count(1)
        self._templates: set[str] = set()

    @contextlib.contextmanager
    def for_one_test(self) -> Iterator[FreshDatabases]:
        """Databases that are dropped in the end, open connections included."""
        made: list[str] = []
        try:
            yield FreshDatabases(self, made)
        finally:
            for url in made:
                self._servers.drop_database(url)

    def copy(self, service: str, flavour: str, migrate: Callable[[str], None]) -> str:
        """A copy of the template `<service>_<flavour>`, migrated now if it does not exist yet."""
        template = f"{service}_{flavour}_template"
        if template not in self._templates:
            self._create(template, service, "template0")
            migrate(sqlalchemy_url(self._url(template, service)))
            self._templates.add(template)
        name = f"{service}_{flavour}_{next(self._numbers)}"
        self._create(name, service, template)
        return sqlalchemy_url(self._url(name, service))

    def _url(self, name: str, service: str) -> str:
        return self._servers.postgres.url(service, self._servers.passwords[service], name)

    def _create(self, name: str, owner: str, template: str) -> None:
        with self._servers.superuser() as connection:
            ensure_database(connection, name, owner=owner, template=template)
        if template == "template0":
            with self._servers.superuser(name) as connection:
                ensure_extensions(connection)


class FreshDatabases:
    """The databases of one test."""

    def __init__(self, databases: Databases, made: list[str]) -> None:
        self._databases = databases
        self._made = made

    def migrated(self, service: str) -> str:
        """With the tables that the service's own migrations make."""
        return self._copy(service, "full", lambda url: upgrade(_SERVICES_FOLDER / service / "migrations", url))

    def messaging_only(self, service: str) -> str:
        """With the tables of event delivery and nothing else."""
        return self._copy(service, "messaging", create_messaging_tables)

    def _copy(self, service: str, flavour: str, migrate: Callable[[str], None]) -> str:
        url = self._databases.copy(service, flavour, migrate)
        self._made.append(url)
        return url


def create_messaging_tables(url: str) -> None:
    """Run the very function that every service's first migration calls."""
    engine = create_engine(url)
    with engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        schema.create_messaging_tables()
    engine.dispose()


def sqlalchemy_url(url: str) -> str:
    """A `postgresql://` address with the driver we use."""
    return make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
