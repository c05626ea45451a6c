"""Migrations: Alembic, one runner for all services, safe when two processes start it at once.

They only go forward. What has changed a table cannot give back what was there, so the way back is a backup.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command, context
from alembic.config import Config
from sqlalchemy import MetaData, create_engine, text

_ADVISORY_LOCK = 7_202_611
_LOCK_TIMEOUT_SECONDS = 60


def alembic_config(directory: Path, database_url: str) -> Config:
    """The Alembic configuration of the migrations in `directory`."""
    config = Config()
    config.set_main_option("script_location", str(directory).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["database_url"] = database_url
    return config


def upgrade(directory: Path, database_url: str) -> None:
    """Bring a database to the newest revision; a second caller waits and then finds nothing to do."""
    command.upgrade(alembic_config(directory, database_url), "head")


def run_env(metadata: MetaData) -> None:
    """What every service's `migrations/env.py` does."""
    engine = create_engine(context.config.attributes["database_url"])
    with engine.connect() as connection:
        connection.execute(text(f"SET lock_timeout = '{_LOCK_TIMEOUT_SECONDS}s'"))
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _ADVISORY_LOCK})
        connection.execute(text("SET lock_timeout = '4s'"))
        connection.commit()
        context.configure(connection=connection, target_metadata=metadata, compare_type=True)
        with context.begin_transaction():
            context.run_migrations()
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _ADVISORY_LOCK})
        connection.commit()
    engine.dispose()
