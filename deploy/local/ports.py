"""Ports: which are free, and who holds one that is not."""

from __future__ import annotations

import secrets
import socket
from contextlib import closing

import psutil

LOOPBACK = "127.0.0.1"
_SERVER_PORTS = (20_000, 32_000)


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Whether we could listen on `port` now (sockets that only linger in TIME_WAIT do not count)."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def free_ports(count: int, *, taken: frozenset[int] = frozenset()) -> list[int]:
    """`count` different free ports, none of `taken`.

    From below the kernel's ephemeral range: a port from inside it may become somebody's outgoing connection
    while the server that owns it restarts.
    """
    found: list[int] = []
    candidates = list(range(*_SERVER_PORTS))
    secrets.SystemRandom().shuffle(candidates)  # two homes that start at once rarely look at the same port
    for port in candidates:
        if len(found) == count:
            break
        if port not in taken and is_free(port):
            found.append(port)
    return found


def holder_of(port: int) -> str:
    """The process that listens on `port`, as `name (pid 123)`, or an empty string when we may not see it."""
    try:
        connections = psutil.net_connections(kind="tcp")
    except psutil.AccessDenied:
        return ""
    for connection in connections:
        if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid:
            try:
                return f"{psutil.Process(connection.pid).name()} (pid {connection.pid})"
            except psutil.NoSuchProcess:
                return ""
    return ""
