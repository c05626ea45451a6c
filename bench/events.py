"""Events applied end to end: outbox row → relay → broker → worker → inbox → confirmation → outbox row gone."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from time import perf_counter

import psycopg
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import create_engine, text

from bench.delivery_settings import CONSUMER, PRODUCER, scratch_database, scratch_settings
from bench.references import running
from deploy.local.configuration import CHECKOUT
from deploy.local.readiness import wait_until
from shared.contracts.consultation import ConsultationRated
from shared.ids import new_id
from shared.messaging.processes import Parts, connect
from shared.messaging.relay import Relay
from shared.messaging.schema import create_messaging_tables

_EVENTS_A_TRANSACTION = 500
_PATIENCE_SECONDS = 300.0


def events_applied_per_second(broker_url: str, superuser_url: str, count: int) -> float:
    """How many events per second one relay and one worker process deliver, all of them confirmed in the end."""
    with _scratch_databases(superuser_url):
        producer = connect(scratch_settings(PRODUCER, superuser_url, broker_url))
        for _ in range(count // _EVENTS_A_TRANSACTION):
            _emit(producer)
        with producer.database.transaction() as session:
            # The bench has one subscriber; the event's others are not running.
            session.execute(text("DELETE FROM outbox_delivery WHERE subscriber <> :name"), {"name": CONSUMER})
        environment = {
            "PATH": os.defpath,
            "PYTHONPATH": str(CHECKOUT),
            "LANG": "C.UTF-8",
            "BENCH_DATABASE_URL": superuser_url,
            "BENCH_BROKER_URL": broker_url,
        }
        worker = [
            sys.executable,
            "-m",
            "celery",
            "-A",
            "bench.scratch_worker:app",
            "worker",
            "-P",
            "prefork",
            "-c",
            "1",
        ]
        options = ["-Q", f"{CONSUMER}.events", "--without-gossip", "--without-mingle", "--without-heartbeat"]
        with running([*worker, *options, "--loglevel", "ERROR"], environment), _relay(producer):
            first = _left(producer)
            wait_until(lambda: _left(producer) <= first - count // 10, within_seconds=_PATIENCE_SECONDS)
            started, waiting = perf_counter(), _left(producer)
            wait_until(lambda: _left(producer) == 0, within_seconds=_PATIENCE_SECONDS)
            seconds = perf_counter() - started
        producer.broker.close()
        producer.database.dispose()
        return waiting / seconds


def _emit(producer: Parts) -> None:
    with producer.units.begin() as work:
        for _ in range(_EVENTS_A_TRANSACTION):
            work.emit(
                ConsultationRated(
                    consultation_id=new_id(),
                    code="V-2222-2222",
                    score=5,
                    comment="x" * 120,
                    rated_at=datetime.now(UTC),
                )
            )


def _left(producer: Parts) -> int:
    with producer.database.transaction() as session:
        return int(session.execute(text("SELECT count(*) FROM outbox_delivery")).scalar_one())


@contextmanager
def _relay(producer: Parts) -> Iterator[None]:
    stop = threading.Event()
    relay = Relay(PRODUCER, producer.database, producer.broker, producer.settings.delivery)
    thread = threading.Thread(target=relay.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@contextmanager
def _scratch_databases(superuser_url: str) -> Iterator[None]:
    names = [scratch_database(service) for service in (PRODUCER, CONSUMER)]
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        for name in names:
            connection.execute(f"DROP DATABASE IF EXISTS {name}".encode())
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0".encode())
    try:
        for service in (PRODUCER, CONSUMER):
            engine = create_engine(scratch_settings(service, superuser_url, "").database_url)
            with engine.begin() as begun, Operations.context(MigrationContext.configure(begun)):
                create_messaging_tables()
            engine.dispose()
        yield
    finally:
        with psycopg.connect(superuser_url, autocommit=True) as connection:
            for name in names:
                connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
