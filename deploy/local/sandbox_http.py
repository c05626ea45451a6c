"""The small web server of the two sandboxes: standard library, threads, and a table of routes.

Lean on purpose: the sandboxes run beside the whole product on one small machine, and a web framework would be most
of their memory. They are for development only and listen on the loopback address only.
"""

from __future__ import annotations

import json
import re
import threading
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.message import Message
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import jinja2

from deploy.local.ports import LOOPBACK

_BODY_LIMIT_BYTES = 1 << 20
_DRAINED_BYTES = 2 * _BODY_LIMIT_BYTES
_IDLE_SECONDS = 60
_FORM = "application/x-www-form-urlencoded"
# No page runs a script or loads anything from elsewhere.
_POLICY = "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'"
# In containers a sandbox is called by its one-word name, which no public name server can give out.
_LIMA = ZoneInfo("America/Lima")
_OWN_HOSTS = re.compile(r"(127\.0\.0\.1|localhost|(mail|sms)-sandbox)(:\d+)?")


@dataclass(frozen=True)
class Request:
    """One request. `parameters` joins query and form; values stay bytes, because their charset may be a parameter."""

    method: str
    path: str
    parameters: Mapping[str, bytes]
    headers: Message
    body: bytes

    def text(self, name: str, default: str = "") -> str:
        """A parameter as UTF-8 text."""
        return self.parameters[name].decode("utf-8", "replace") if name in self.parameters else default

    def number(self, name: str, default: int) -> int:
        """A parameter as a number from 0; :raises ProblemError: it is something else."""
        text = self.text(name)
        if not text:
            return default
        if not (text.isascii() and text.isdigit()):
            raise ProblemError(HTTPStatus.BAD_REQUEST, f"{name}: se espera un número / a number is expected")
        return int(text)

    def json(self) -> dict[str, Any]:
        """The body as a JSON object; :raises ProblemError: it is not one.

        The content type is required: a foreign web page cannot send it without asking first.
        """
        if self.headers.get_content_type() != "application/json":
            raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Content-Type: application/json")
        try:
            document = json.loads(self.body)
        except ValueError as error:
            raise ProblemError(HTTPStatus.BAD_REQUEST, f"JSON: {error}") from error
        if not isinstance(document, dict):
            raise ProblemError(HTTPStatus.BAD_REQUEST, "JSON: se espera un objeto / an object is expected")
        return document


@dataclass(frozen=True)
class Response:
    """One answer; `is_dropped` closes the connection without any."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    is_dropped: bool = False


class ProblemError(Exception):
    """An answer with an error status, as problem+json (RFC 9457)."""

    def __init__(self, status: HTTPStatus, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


Handler = Callable[..., Response]


@dataclass(frozen=True)
class Route:
    """A method and a pattern; its named groups become arguments of the handler."""

    method: str
    pattern: str
    handler: Handler


def _in_lima(moment: datetime) -> str:
    """When it was in Lima, as the product's own pages tell times."""
    return moment.astimezone(_LIMA).strftime("%d/%m/%Y %H:%M:%S")


class Pages:
    """Templates of one sandbox, escaping everything, with the layout both share."""

    def __init__(self, folder: Path) -> None:
        shared = Path(__file__).with_name("templates")
        loader = jinja2.FileSystemLoader([folder, shared])
        self._environment = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
        self._environment.filters["lima"] = _in_lima
        self._style = (shared / "sandbox.css").read_bytes()

    def page(self, template: str, **values: object) -> Response:
        """An HTML page."""
        html = self._environment.get_template(template).render(**values)
        return Response(HTTPStatus.OK, html.encode(), "text/html; charset=utf-8")

    def style(self, _request: Request) -> Response:
        """The style sheet."""
        return Response(HTTPStatus.OK, self._style, "text/css; charset=utf-8", {"Cache-Control": "max-age=3600"})


def as_json(document: object, status: int = HTTPStatus.OK) -> Response:
    """A JSON answer."""
    return Response(status, json.dumps(document, ensure_ascii=False).encode(), "application/json")


def answer(routes: Iterable[Route], request: Request) -> Response:
    """Find the route and run it; errors become problem+json."""
    try:
        route, arguments = _find(routes, request)
        return route.handler(request, **arguments)
    except ProblemError as error:
        problem = error
    except Exception:  # noqa: BLE001 - a fault of ours must be seen: in the log, and by whoever asked
        traceback.print_exc()
        problem = ProblemError(HTTPStatus.INTERNAL_SERVER_ERROR, "Vea el registro / see the log")
    document = {"title": problem.status.phrase, "status": problem.status.value, "detail": problem.detail}
    return Response(problem.status, json.dumps(document).encode(), "application/problem+json")


def _find(routes: Iterable[Route], request: Request) -> tuple[Route, dict[str, str]]:
    if not _OWN_HOSTS.fullmatch(request.headers.get("Host", "")):
        # A page of a foreign site may rebind its name to this machine; it cannot choose this header.
        raise ProblemError(HTTPStatus.MISDIRECTED_REQUEST, "Host: sólo 127.0.0.1 / only 127.0.0.1")
    matches = [(route, re.fullmatch(route.pattern, request.path)) for route in routes]
    fitting = [(route, match) for route, match in matches if match]
    if not fitting:
        raise ProblemError(HTTPStatus.NOT_FOUND, "No existe / not found")
    for route, match in fitting:
        if route.method == request.method:
            return route, match.groupdict()
    raise ProblemError(HTTPStatus.METHOD_NOT_ALLOWED, request.method)


def serve(routes: Iterable[Route], port: int, host: str = LOOPBACK) -> ThreadingHTTPServer:
    """Listen (on loopback, but in a container) and answer in threads; returns at once."""
    server = _Server((host, port), tuple(routes))
    threading.Thread(target=server.serve_forever, name="http", daemon=True).start()
    return server


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], table: tuple[Route, ...]) -> None:
        super().__init__(address, _RequestHandler)
        self.table = table

    def handle_error(self, *_: object) -> None:
        """A client that went away is no news here."""


class _RequestHandler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    server_version = "ventanilla-sandbox"
    timeout = _IDLE_SECONDS
    # Head and body leave in one packet; without this each answer waits 40 ms for an acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True

    def handle_request(self) -> None:
        """Read, answer, write."""
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > _BODY_LIMIT_BYTES:
            self.close_connection = True
            # Take some of it first: a client that is still sending would never read the answer.
            self.rfile.read(min(int(length), _DRAINED_BYTES) if length.isdigit() else 0)
            self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        response = answer(self.server.table, _request(self, self.rfile.read(int(length))))
        if response.is_dropped:
            self.close_connection = True
            return
        self._write(response)

    do_GET = do_POST = do_DELETE = handle_request  # noqa: N815 - the names http.server looks for

    def log_message(self, *_: object) -> None:
        """Nothing: one line per request of a load test would only fill the disk."""

    def _write(self, response: Response) -> None:
        self.send_response(response.status)
        fixed = {
            "Content-Type": response.content_type,
            "Content-Length": str(len(response.body)),
            "Content-Security-Policy": _POLICY,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
        }
        for name, value in {**fixed, **response.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(response.body)


def _request(handler: BaseHTTPRequestHandler, body: bytes) -> Request:
    parts = urlsplit(handler.path)
    pairs = parse_qsl(parts.query, keep_blank_values=True, encoding="latin-1")
    if handler.headers.get_content_type() == _FORM:
        pairs += parse_qsl(body.decode("latin-1"), keep_blank_values=True, encoding="latin-1")
    parameters = {name: value.encode("latin-1") for name, value in pairs}
    return Request(handler.command, parts.path, parameters, handler.headers, body)
