"""A TCP proxy that misbehaves on command: between a service and its database or broker, it plays a bad network.

Modes: `pass` forwards. `hole` holds every byte both ways and keeps connections open, as a partition does: what was
sent arrives when it is over. `one_way` lets requests through and holds the answers. `zombie` leaves the connections of
that moment dead and silent for ever while new ones work, as after a firewall forgot them. `reset` breaks old and new
connections with a TCP reset; `down` closes the old ones and accepts no new ones.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from typing import Any, Literal

Mode = Literal["pass", "hole", "one_way", "zombie", "reset", "down"]
Moment = Literal["before", "after"]
_CHUNK = 65536
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_COMMAND_SECONDS = 10


@dataclass(eq=False)
class _Link:
    """One forwarded connection. `is_dead`: silent for ever. `is_cut`: to be broken at the server's next answer."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    is_dead: bool = False
    is_marked: bool = False
    is_cut: bool = False

    def close(self, *, is_reset: bool = False) -> None:
        for end in (self.client, self.server):
            if is_reset:
                end.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            end.transport.abort()


@dataclass
class _Cut:
    """The transaction whose COMMIT loses its connection: the one in which `marker` was sent."""

    marker: bytes
    moment: Moment


class TcpProxy:
    """Listens on a free loopback port and forwards to a server as its mode says, from a thread of its own."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._mode: Mode = "pass"
        self._links: set[_Link] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._weather_changed = asyncio.Event()
        self._cut: _Cut | None = None
        self.cuts = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=f"proxy-to-{port}", daemon=True)
        self._thread.start()
        self._server = self._call(asyncio.start_server(self._accept, "127.0.0.1", 0, backlog=256))
        self.port: int = self._server.sockets[0].getsockname()[1]

    def set_mode(self, mode: Mode) -> None:
        """Change the weather for every connection, old and new; it has changed when this returns."""
        self._call(self._set_mode(mode))

    @contextlib.contextmanager
    def weather(self, mode: Mode) -> Iterator[None]:
        """A mode for the length of a block."""
        self.set_mode(mode)
        try:
            yield
        finally:
            self.set_mode("pass")

    def cut_commit_of(self, marker: bytes, moment: Moment = "after") -> None:
        """Break the connection of the transaction that sends `marker`: `after` the server has committed and before
        the client hears of it, or `before` the server has seen the COMMIT. Counted in `cuts`.
        """
        self._cut = _Cut(marker, moment)

    def close(self) -> None:
        """Stop listening and close every connection."""
        self._call(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_COMMAND_SECONDS)
        self._loop.close()

    def _call(self, command: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(command, self._loop).result(_COMMAND_SECONDS)

    async def _close(self) -> None:
        self._server.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        for link in list(self._links):
            link.close()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _set_mode(self, mode: Mode) -> None:
        self._mode = mode
        for link in list(self._links):
            if mode == "zombie":
                link.is_dead = True
            elif mode in ("reset", "down"):
                link.close(is_reset=mode == "reset")
        self._weather_changed.set()
        self._weather_changed = asyncio.Event()

    async def _accept(self, from_client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        if self._mode in ("reset", "down"):
            _Link(to_client, to_client).close(is_reset=self._mode == "reset")
            return
        try:
            from_server, to_server = await asyncio.open_connection(*self._target)
        except OSError:
            to_client.transport.abort()
            return
        link = _Link(to_client, to_server)
        self._links.add(link)
        try:
            await asyncio.gather(self._forward_requests(link, from_client), self._forward_answers(link, from_server))
        finally:
            self._links.discard(link)
            link.close()

    async def _forward_requests(self, link: _Link, source: asyncio.StreamReader) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(_CHUNK):
                await self._clear_weather(link, ("hole",))
                if link.is_dead:
                    continue
                if self._is_commit_to_cut(link, data) and not link.is_cut:
                    link.close()
                    return
                link.server.write(data)
                await link.server.drain()
        await self._end(link, ("hole",))

    async def _forward_answers(self, link: _Link, source: asyncio.StreamReader) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(_CHUNK):
                await self._clear_weather(link, ("hole", "one_way"))
                if link.is_cut:
                    self.cuts += 1
                    link.close()
                    return
                if not link.is_dead:
                    link.client.write(data)
                    await link.client.drain()
        await self._end(link, ("hole", "one_way"))

    async def _clear_weather(self, link: _Link, held: tuple[Mode, ...]) -> None:
        while self._mode in held and not link.is_dead:
            await self._weather_changed.wait()

    async def _end(self, link: _Link, held: tuple[Mode, ...]) -> None:
        """One side is gone: the other hears of it, unless it is cut off from the news."""
        await self._clear_weather(link, held)
        if not link.is_dead:
            link.close()

    def _is_commit_to_cut(self, link: _Link, data: bytes) -> bool:
        """Notice the marked transaction; at its COMMIT, `after` only marks the link for its answer."""
        cut = self._cut
        if cut is None:
            return False
        link.is_marked = link.is_marked or cut.marker in data
        if not (link.is_marked and b"COMMIT" in data):
            return False
        self._cut = None
        if cut.moment == "after":
            link.is_cut = True
        else:
            self.cuts += 1
        return True
