"""`/metrics` and `/healthz` of the processes that are not web servers: workers, relays, clocks, senders."""

from __future__ import annotations

import os
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

from shared.observability.metrics import CONTENT_TYPE, Exposition

_REQUEST_SECONDS = 5

# A Celery worker forks its pool from the process that runs this thread. Holding the lock while a request is
# answered, and around every fork, means that no child is ever born while this thread holds something else.
_answering = threading.Lock()
os.register_at_fork(before=_answering.acquire, after_in_parent=_answering.release, after_in_child=_answering.release)


class _Handler(BaseHTTPRequestHandler):
    exposition: Exposition
    timeout = _REQUEST_SECONDS

    def handle(self) -> None:
        with _answering:
            super().handle()

    def do_GET(self) -> None:
        if self.path == "/metrics":
            self._answer(self.exposition.render(), CONTENT_TYPE)
        elif self.path == "/healthz":
            self._answer(b"ok\n", "text/plain")
        else:
            self.send_error(404)

    def _answer(self, body: bytes, content_type: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
        """Scrapes are not worth a log line."""


def serve_metrics(exposition: Exposition, port: int, host: str = "127.0.0.1") -> HTTPServer | None:
    """Serve metrics from a daemon thread; nothing when `port` is 0. The caller may shut the server down."""
    if not port:
        return None
    handler = type("Handler", (_Handler,), {"exposition": exposition})
    server = HTTPServer((host, port), handler)
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    return server
