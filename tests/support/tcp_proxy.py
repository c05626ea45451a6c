"""A TCP proxy that misbehaves on command: between a service and its database or broker, it plays a bad network.

Modes: `pass` forwards; `hole` swallows every byte both ways and keeps connections open; `down` refuses new
connections and closes old ones; `reset` answers with a TCP reset; `zombie` leaves the old connections dead and silent while new
ones work; `one_way` lets requests through and swallows answers.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from typing import Literal

Mode = Literal["pass", "hole", "down", "reset", "zombie", "one_way"]
_CHUNK = 65536
_LINGER_RESET = struct.pack("ii", 1, 0)


class _Link:
    """One forwarded connection; `is_dead` makes it a black hole whatever the proxy's mode is."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.client = client
        self.server = server
        self.is_dead = False

    def close(self, *, is_reset: bool = False) -> None:
        for end in (self.client, self.server):
            with contextlib.suppress(OSError):
                if is_reset:
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_RESET)
                end.close()


class TcpProxy:
    """Listens on a free loopback port and forwards to `target` as its mode says."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._mode: Mode = "pass"
        self._links: set[_Link] = set()
        self._guard = threading.Lock()
        self._cut_after: bytes | None = None
        self.cuts = 0
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, name=f"proxy-{self.port}", daemon=True).start()

    def set_mode(self, mode: Mode) -> None:
        """Change the weather for every connection, old and new."""
        with self._guard:
            self._mode = mode
            links = list(self._links)
        if mode == "zombie":
            for link in links:
                link.is_dead = True
        elif mode in ("down", "reset"):
            for link in links:
                link.close(is_reset=mode == "reset")

    def cut_answer_after(self, request_contains: bytes) -> None:
        """Forward the next request that contains these bytes, then cut that connection before its answer."""
        self._cut_after = request_contains

    @contextlib.contextmanager
    def weather(self, mode: Mode) -> Iterator[None]:
        """A mode for the length of a block."""
        self.set_mode(mode)
        try:
            yield
        finally:
            self.set_mode("pass")

    def close(self) -> None:
        """Stop listening and close every connection."""
        self._listener.close()
        for link in list(self._links):
            link.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self._mode in ("down", "reset"):
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_RESET)
                client.close()
                continue
            try:
                server = socket.create_connection(self._target, timeout=5)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            link = _Link(client, server)
            with self._guard:
                self._links.add(link)
            for source, sink, is_answer in ((client, server, False), (server, client, True)):
                threading.Thread(target=self._pump, args=(link, source, sink, is_answer), daemon=True).start()

    def _pump(self, link: _Link, source: socket.socket, sink: socket.socket, is_answer: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(_CHUNK):
                if link.is_dead or self._mode == "hole" or (is_answer and self._mode == "one_way"):
                    continue
                sink.sendall(data)
                if not is_answer and self._is_to_be_cut(data):
                    self._await_processing(link)
                    break
        link.close()
        with self._guard:
            self._links.discard(link)

    def _is_to_be_cut(self, data: bytes) -> bool:
        with self._guard:
            if self._cut_after is None or self._cut_after not in data:
                return False
            self._cut_after = None
            self.cuts += 1
            return True

    def _await_processing(self, link: _Link) -> None:
        """Let the server finish the request: wait until its answer has arrived here, and keep it from the client."""
        link.is_dead = True
        with contextlib.suppress(OSError):
            link.server.settimeout(1)
            link.server.recv(1, socket.MSG_PEEK)
