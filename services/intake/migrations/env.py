"""Alembic's entry: intake writes its tables in SQL, so there is no model to compare with."""

from sqlalchemy import MetaData

from shared.db.migrations import run_env

run_env(MetaData())
