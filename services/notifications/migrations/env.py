"""Alembic's entry: one runner for all services."""

from sqlalchemy import MetaData

from shared.db.migrations import run_env

run_env(MetaData())
