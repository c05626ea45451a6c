"""Signs of life: one row per process instance, in the service's own database."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from shared.db.database import Database

log = structlog.get_logger()

BEAT_SECONDS = 5.0


def beat(database: Database, instance: str, kind: str, started_at: datetime) -> None:
    """Say that this process lives and works. A database that is away is no reason to stop doing so."""
    try:
        with database.transaction() as session:
            session.execute(
                text("""
                    INSERT INTO process_heartbeat (instance, kind, started_at, seen_at)
                    VALUES (:instance, :kind, :started_at, clock_timestamp())
                    ON CONFLICT (instance, kind) DO UPDATE
                       SET started_at = excluded.started_at, seen_at = excluded.seen_at
                """),
                {"instance": instance, "kind": kind, "started_at": started_at},
            )
    except SQLAlchemyError as error:
        log.warning("heartbeat_lost", error=error.__class__.__name__)


def beat_in_background(database: Database, instance: str, kind: str, stop: threading.Event) -> None:
    """Beat from a daemon thread until the process is told to stop."""
    started_at = datetime.now(UTC)

    def run() -> None:
        beat(database, instance, kind, started_at)
        while not stop.wait(BEAT_SECONDS):
            beat(database, instance, kind, started_at)

    threading.Thread(target=run, name="heartbeat", daemon=True).start()
