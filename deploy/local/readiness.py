"""Waiting until something answers, with a deadline."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import closing

import psycopg

from deploy.local.ports import LOOPBACK

_PAUSE_SECONDS = 0.05


def never() -> None:
    """A checkpoint that lets everything go on."""


def wait_until(is_ready: Callable[[], bool], *, within_seconds: float, checkpoint: Callable[[], None] = never) -> bool:
    """Poll `is_ready` until it says yes; False when the deadline passes first.

    `checkpoint` is called before each look and may raise to end the wait.
    """
    deadline = time.monotonic() + within_seconds
    pause = threading.Event()
    while True:
        checkpoint()
        if is_ready():
            return True
        if time.monotonic() > deadline:
            return False
        pause.wait(_PAUSE_SECONDS)


def postgres_answers(superuser_url: str) -> bool:
    """Whether PostgreSQL accepts a connection and a query (it refuses both while it recovers)."""
    try:
        with psycopg.connect(superuser_url, connect_timeout=2) as connection:
            connection.execute("SELECT 1")
    except psycopg.OperationalError:
        return False
    return True


def valkey_answers(port: int, user: str, password: str) -> bool:
    """Whether Valkey answers PING (it says LOADING while it reads its append-only file)."""
    try:
        with (
            closing(socket.create_connection((LOOPBACK, port), timeout=2)) as link,
            link.makefile("rwb") as stream,
        ):
            stream.write(f"AUTH {user} {password}\r\nPING\r\n".encode())
            stream.flush()
            return stream.readline() == b"+OK\r\n" and stream.readline() == b"+PONG\r\n"
    except OSError:
        return False


def redis_problem(url: str) -> str:
    """Why a Redis of the user's own cannot be used, or an empty string when it answers."""
    import redis  # noqa: PLC0415 - a heavy library, needed only with servers of one's own

    try:
        with closing(redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5)) as client:
            client.ping()
    except (redis.RedisError, ValueError) as error:
        return str(error)
    return ""
