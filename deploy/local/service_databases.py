"""The services' databases, as an operator's commands reach them: each by its own role, one service at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.console import configuration_from_process
from deploy.local.provisioning import SERVICES
from deploy.local.system import LocalSystem
from shared.db.database import Database
from shared.settings import with_driver


@contextmanager
def service_databases(home: Path | None, only: str | None = None) -> Iterator[dict[str, Database]]:
    """The databases of the running system by service name; closed in the end.

    :raises NotRunningError: there is no running system in this home.
    """
    system = LocalSystem.attached(configuration_from_process(home=home))
    wanted = [service for service in SERVICES if only in (None, service)]
    databases = {
        service: Database(with_driver(system.servers.database_url(service)), name="ventanilla-command", pool_size=1)
        for service in wanted
    }
    try:
        yield databases
    finally:
        for database in databases.values():
            database.dispose()
