"""Headers and limits on every answer and request (OWASP ASVS 5.0, chapter 3 and 14)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import RequestEntityTooLarge

from shared.accounts.access import bearer_token, session_cookie_name
from shared.http.problems import MALFORMED, Problem

P = ParamSpec("P")
R = TypeVar("R")

LONGEST_BODY = 256 * 1024
_LONGEST_DRAINED = 24 * 1024 * 1024
_MARK = "_ventanilla_takes_files"
_CHUNK = 64 * 1024
_DEEPEST_JSON = 32
"""Nothing that is sent here nests deeper than five; Python's own limit would end a request half-way, as our error."""
_POLICY = (
    "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self';"
    " img-src 'self' data:"
)


def install_protection(app: Flask) -> None:
    """Bound what is read, refuse what no database can store, and tell browsers what they may do."""
    app.config["MAX_CONTENT_LENGTH"] = LONGEST_BODY
    app.config["MAX_FORM_MEMORY_SIZE"] = LONGEST_BODY
    app.before_request(_refuse_unstorable)
    app.after_request(_add_headers)


def takes_files(most_bytes: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Mark a view that takes files: up to `most_bytes` of multipart, and NUL in the files themselves.

    Only from who brings a session; the access rules then say whether it is one. Goes directly above the function.
    """

    def mark(view: Callable[P, R]) -> Callable[P, R]:
        setattr(view, _MARK, most_bytes)
        return view

    return mark


def _refuse_unstorable() -> None:
    """NUL and lone surrogates are legal in JSON, and in no PostgreSQL text: refuse them before any view sees them."""
    if "\x00" in request.path or any("\x00" in value for values in request.args.lists() for value in values[1]):
        raise Problem(MALFORMED)
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    if _is_upload():
        _refuse_unstorable_fields()
        return
    body = _read_body()
    is_form = request.mimetype == "application/x-www-form-urlencoded"
    if b"\x00" in body or (is_form and b"%00" in body):
        raise Problem(MALFORMED)
    if request.is_json and body.strip():
        _refuse_unreadable_json(body)


def _is_upload() -> bool:
    """Whether this brings files to a view that takes them; such a request may be longer."""
    view = current_app.view_functions.get(request.endpoint or "")
    most = getattr(view, _MARK, 0)
    if not most or request.mimetype != "multipart/form-data":
        return False
    if session_cookie_name() in request.cookies or bearer_token():
        request.max_content_length = most + LONGEST_BODY
    return True


def _refuse_unstorable_fields() -> None:
    """What people typed beside the files is text like any other.

    :raises RequestEntityTooLarge: all of it is larger than we take.
    """
    try:
        fields = request.form
    except RequestEntityTooLarge:
        _drain()
        raise
    if any("\x00" in value for values in fields.lists() for value in values[1]):
        raise Problem(MALFORMED)


def _read_body() -> bytes:
    """Everything that was sent.

    :raises RequestEntityTooLarge: it is larger than we take.
    """
    try:
        return request.get_data(cache=True)
    except RequestEntityTooLarge:
        _drain()
        raise


def _drain() -> None:
    """Read the rest of what is too large, up to a bound.

    An answer that comes while the sender still sends breaks the connection, and they never learn why.
    """
    source, left = request.environ["wsgi.input"], _LONGEST_DRAINED
    while left > 0 and (chunk := source.read(_CHUNK)):
        left -= len(chunk)


def _refuse_unreadable_json(body: bytes) -> None:
    """Malformed JSON, and what is well-formed but no parser or database takes: endless numbers, depth, surrogates.

    :raises Problem: the body is one of these.
    """
    try:
        _require_storable(json.loads(body))
    except (ValueError, RecursionError):  # of which bad UTF-8, numbers of thousands of digits and surrogates are kinds
        raise Problem(MALFORMED) from None


def _require_storable(value: Any) -> None:
    level = [value]
    for _ in range(_DEEPEST_JSON):
        for text in level:
            if isinstance(text, str) and b"\x00" in text.encode():  # which fails on a lone surrogate
                raise ValueError("NUL")
        nested = [item for item in level if isinstance(item, list | dict)]
        level = [part for item in nested for part in ([*item, *item.values()] if isinstance(item, dict) else item)]
        if not level:
            return
    raise ValueError("too deep")


def _add_headers(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", _POLICY)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if request.endpoint != "static" and not request.path.startswith("/static/"):
        headers.setdefault("Cache-Control", "no-store")
    return response
