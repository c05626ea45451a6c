"""Forms come from our own pages: a token bound to the session, and the browser's own word on where it comes from.

The token is an HMAC of the session token (or of a visitor cookie before signing in), so nothing is stored. Requests
with a Bearer token need none: no browser sends that header by itself.
"""

from __future__ import annotations

import hmac
import secrets
from hashlib import sha256
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, request

from shared.accounts.access import bearer_token, session_cookie_name
from shared.http.problems import CSRF_FAILED, Problem

FIELD = "csrf_token"
HEADER = "X-CSRF-Token"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def csrf_token() -> str:
    """The token that a form of this answer must carry: one for all its forms, and another one in the next answer."""
    if "csrf_token" not in g:
        g.csrf_token = _masked(_sign(_secret_of_visitor()))
    return str(g.csrf_token)


def new_form_token() -> str:
    """The hidden Idempotency-Key of a form: a second press of the button, or of the back key, does nothing new."""
    return secrets.token_urlsafe(16)


def install_csrf(app: Flask) -> None:
    """Check every changing request that comes with cookies, and give templates the token."""
    app.before_request(_check)
    app.after_request(_remember_visitor)
    app.context_processor(lambda: {"csrf_token": csrf_token, "form_token": new_form_token})


def _check() -> None:
    if request.method in _SAFE_METHODS or bearer_token() or _is_program():
        return
    if request.routing_exception is not None:
        return  # nothing will be done: the answer is that there is no such page, or no such operation on it
    if not _is_same_origin():
        raise Problem(CSRF_FAILED)
    sent = request.headers.get(HEADER) or request.form.get(FIELD, "")
    if not hmac.compare_digest(_unmasked(sent), _sign(_secret_of_visitor())):
        raise Problem(CSRF_FAILED)


def _is_program() -> bool:
    """A call to the API that brings no cookie of ours acts for nobody, so nobody can be tricked into it."""
    return request.path.startswith("/api/") and session_cookie_name() not in request.cookies


def _is_same_origin() -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host


def _visitor_cookie() -> str:
    return f"{session_cookie_name()}_visitor"


def _secret_of_visitor() -> str:
    token = request.cookies.get(session_cookie_name()) or request.cookies.get(_visitor_cookie())
    if token is None:
        if "visitor" not in g:
            g.visitor = secrets.token_urlsafe(16)
        token = g.visitor
    return token


def _remember_visitor(response: Response) -> Response:
    if "visitor" in g:
        response.set_cookie(
            _visitor_cookie(), g.visitor, httponly=True, samesite="Lax", secure=current_app.config["IS_TLS"]
        )
    return response


def _masked(token: bytes) -> str:
    """The token as it stands in a page: never the same twice, so that the length of a compressed page tells nothing."""
    mask = secrets.token_bytes(len(token))
    return (mask + bytes(one ^ other for one, other in zip(mask, token, strict=True))).hex()


def _unmasked(sent: str) -> bytes:
    """What was masked; empty for anything that was not."""
    try:
        both = bytes.fromhex(sent)
    except ValueError:
        return b""
    half = len(both) // 2
    return bytes(one ^ other for one, other in zip(both[:half], both[half : 2 * half], strict=True))


def _sign(secret: str) -> bytes:
    key = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(key, f"csrf:{secret}".encode(), sha256).digest()
