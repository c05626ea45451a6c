"""The references: each part of the stack bare, on the servers that the system under test uses.

They run in the same minute as the system, because on a shared machine only ratios within one run mean anything.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from time import perf_counter

import httpx
import psycopg
import redis

from deploy.local.configuration import CHECKOUT
from deploy.local.ports import LOOPBACK, free_ports
from deploy.local.readiness import wait_until

_PAYLOAD = "x" * 300
_BARE_QUEUE = "celery"
_START_SECONDS = 30


def bare_celery_per_second(operator_url: str, count: int) -> float:
    """No-op tasks per second: stock settings, prefork, two processes, an event-sized payload, one broker."""
    environment = {**_environment(), "BENCH_BROKER_URL": operator_url}
    with contextlib.closing(redis.Redis.from_url(operator_url)) as broker:
        _enqueue(operator_url, count)
        command = [sys.executable, "-m", "celery", "-A", "bench.bare_celery_app", "worker", "-c", "2"]
        with running([*command, "--loglevel", "ERROR"], environment):
            # The first tenth is warm-up: the time to start is not what is compared.
            first = count - count // 10
            wait_until(lambda: broker.llen(_BARE_QUEUE) <= first, within_seconds=_START_SECONDS)
            started, waiting = perf_counter(), int(broker.llen(_BARE_QUEUE))
            wait_until(lambda: broker.llen(_BARE_QUEUE) == 0, within_seconds=300)
            return waiting / (perf_counter() - started)


def _enqueue(url: str, count: int) -> None:
    script = (
        "from bench.bare_celery_app import app, nothing\n"
        f"with app.producer_pool.acquire() as producer:\n"
        f"    for _ in range({count}): nothing.apply_async(({_PAYLOAD!r},), producer=producer)\n"
    )
    environment = {**_environment(), "BENCH_BROKER_URL": url}
    subprocess.run([sys.executable, "-c", script], env=environment, cwd=CHECKOUT, check=True, capture_output=True)


@contextlib.contextmanager
def bench_table(superuser_url: str) -> Iterator[None]:
    """A table for the references, in a database of no service; gone afterwards."""
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS bench_row")
        connection.execute("CREATE TABLE bench_row (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text)")
    try:
        yield
    finally:
        with psycopg.connect(superuser_url, autocommit=True) as connection:
            connection.execute("DROP TABLE bench_row")


def bare_commits_per_second(superuser_url: str, connections: int, seconds: float) -> float:
    """Durable commits of one row per second."""

    def work(counts: list[int], slot: int, deadline: float) -> None:
        with psycopg.connect(superuser_url, autocommit=True) as connection:
            while perf_counter() < deadline:
                connection.execute("INSERT INTO bench_row (body) VALUES (%s)", [_PAYLOAD])
                counts[slot] += 1

    return _together(work, connections, seconds)


def bare_flask_per_second(superuser_url: str, clients: int, seconds: float) -> float:
    """POSTs per second that each store one row, through gunicorn with the product's web settings."""
    (port,) = free_ports(1)
    environment = {**_environment(), "BENCH_DATABASE_URL": superuser_url}
    command = [sys.executable, "-m", "gunicorn", "-k", "gthread", "-w", "2", "--threads", "8"]
    url = f"http://{LOOPBACK}:{port}/"
    with running([*command, "-b", f"{LOOPBACK}:{port}", "bench.bare_flask_app:app"], environment):
        wait_until(lambda: _answers(url), within_seconds=_START_SECONDS)

        def work(counts: list[int], slot: int, deadline: float) -> None:
            with httpx.Client() as client:
                while perf_counter() < deadline:
                    client.post(url, json={"body": _PAYLOAD}).raise_for_status()
                    counts[slot] += 1

        return _together(work, clients, seconds)


def _together(work: object, workers: int, seconds: float) -> float:
    counts = [0] * workers
    started = perf_counter()
    threads = [
        threading.Thread(target=work, args=(counts, slot, started + seconds))  # type: ignore[arg-type]  # local functions of one shape
        for slot in range(workers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (perf_counter() - started)


def _answers(url: str) -> bool:
    try:
        return httpx.post(url, json={"body": "warm"}).status_code == httpx.codes.CREATED
    except httpx.HTTPError:
        return False


@contextlib.contextmanager
def running(command: list[str], environment: dict[str, str]) -> Iterator[None]:
    """A program for the length of a block; stopped cleanly, or by force."""
    process = subprocess.Popen(
        command, env=environment, cwd=CHECKOUT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _environment() -> dict[str, str]:
    return {"PATH": os.defpath, "PYTHONPATH": str(CHECKOUT), "LANG": "C.UTF-8", "HOME": str(CHECKOUT)}
