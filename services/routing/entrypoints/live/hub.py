"""The hub of a web process: one thread, one connection to the database, any number of watchers.

A watcher is a socket that was taken over from the web server, so that it holds no thread: hundreds of open pages
cost a look at the feed each second, and leave all of the server's threads to requests.
"""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from time import monotonic
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from services.routing.domain.watching import Watcher
from services.routing.store import changes
from services.routing.store.changes import Change
from shared.db.database import Database
from shared.observability.metrics import gauge

log = structlog.get_logger()

MOST_WATCHERS = 500
_LOOK_SECONDS = 1.0
_CHECK_SECONDS = 5.0
_HEARTBEAT_SECONDS = 15.0
_FAILED_SECONDS = 5.0
HELLO = b"retry: 5000\n: hello\n\n"
RESYNC = b"event: resync\ndata: {}\n\n"
_WATCHERS = gauge("routing", "live_watchers", "Pages that are told of changes as they happen.")


@dataclass(eq=False, slots=True)
class Stream:
    """One watcher: where to write, who it is, the session it lives by, the last change it saw (-1: it saw none)."""

    connection: socket.socket
    person_id: UUID
    sees_all: bool
    token_hash: bytes
    last_id: int

    def send(self, data: bytes) -> bool:
        """Write without waiting; False when the other side is gone, or so slow that its buffer is full."""
        try:
            return self.connection.send(data) == len(data)
        except OSError:
            return False


class Hub:
    """Tells watchers of changes. `add` starts the thread; it rests while nobody watches."""

    def __init__(self, database: Database, *, look_seconds: float = _LOOK_SECONDS) -> None:
        self._database = database
        self._look_seconds = look_seconds
        self._streams: set[Stream] = set()
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def is_full(self) -> bool:
        """Whether there is no place for one more."""
        return len(self._streams) >= MOST_WATCHERS

    def add(self, stream: Stream) -> None:
        """Tell one more; from now on the hub owns the connection."""
        stream.connection.setblocking(False)
        with self._lock:
            self._streams.add(stream)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="live", daemon=True)
                self._thread.start()
        self._wake.set()

    def _run(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            self._watch()

    def _watch(self) -> None:
        """Follow the feed until nobody watches."""
        reader = changes.Reader()
        checked = beaten = monotonic()
        fresh: set[Stream] = set()
        while streams := self._all():
            pause = self._look_seconds
            try:
                with self._database.transaction() as session:
                    found = reader.read(session)
                    knows = changes.topics_of(session, {one.person_id for one in streams}) if found else {}
                    late = self._missed(session, streams - fresh)
                    if late and not knows:
                        knows = changes.topics_of(session, {one.person_id for one in late})
                    if monotonic() - checked >= _CHECK_SECONDS:
                        checked = monotonic()
                        living = changes.living_sessions(session, {one.token_hash for one in streams})
                        self._drop(one for one in streams if one.token_hash not in living)
                fresh = streams
                for stream in streams:
                    self._tell(stream, [*late.get(stream, ()), *found], knows)
            except SQLAlchemyError as error:
                log.warning("live_feed_unavailable", error=error.__class__.__name__)
                pause = _FAILED_SECONDS
            if monotonic() - beaten >= _HEARTBEAT_SECONDS:
                beaten = monotonic()
                self._drop([one for one in self._all() if not one.send(b": \n\n")])
            threading.Event().wait(pause)

    @staticmethod
    def _missed(session: Any, arrived: Iterable[Stream]) -> dict[Stream, list[Change]]:
        """What those who just came have missed since what they saw last; who was away for too long starts afresh."""
        missed: dict[Stream, list[Change]] = {}
        for stream in arrived:
            if stream.last_id >= 0:
                if changes.is_forgotten(session, stream.last_id):
                    stream.send(RESYNC)
                missed[stream] = changes.since(session, stream.last_id)
        return missed

    def _tell(self, stream: Stream, found: list[Change], knows: dict[UUID, frozenset[str]]) -> None:
        watcher = Watcher(stream.person_id, stream.sees_all, knows.get(stream.person_id, frozenset()))
        for change in {change.id: change for change in found}.values():  # what was missed may be among the new
            told = watcher.told(change)
            if told is not None and not stream.send(event(change.id, told)):
                self._drop([stream])
                return

    def _all(self) -> set[Stream]:
        with self._lock:
            _WATCHERS.set(len(self._streams))
            return set(self._streams)

    def _drop(self, streams: Iterable[Stream]) -> None:
        for stream in list(streams):
            with self._lock:
                self._streams.discard(stream)
            stream.connection.close()


def event(change_id: int, told: dict[str, Any]) -> bytes:
    """A change as a server-sent event."""
    return f"id: {change_id}\nevent: case\ndata: {json.dumps(told)}\n\n".encode()


def take_over(served: socket.socket) -> socket.socket:
    """Take a connection from the web server, which keeps a closed one in its place and tidies that up as usual."""
    own = served.dup()
    here, there = socket.socketpair()
    there.close()
    os.dup2(here.fileno(), served.fileno())
    here.close()
    return own
