"""Who may read the ledger: whoever holds the read token; and in demonstration mode, this machine.

Notifications has no people of its own. Programs send the token as Bearer; a browser asks for it by HTTP Basic, where
it is the password, whatever the name.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any, TypeVar

from flask import current_app, g, request

from services.notifications.settings import Settings
from shared.accounts.access import bearer_token, guarded
from shared.http.problems import NOT_AUTHENTICATED, Problem
from shared.messaging.processes import Parts
from shared.texts import N_

View = TypeVar("View", bound=Callable[..., Any])


def the_settings() -> Settings:
    """The settings of this web process."""
    held: Settings = current_app.extensions["notifications_settings"]
    return held


def the_parts() -> Parts:
    """The connections of this web process."""
    held: Parts = current_app.extensions["ventanilla_parts"]
    return held


def for_operators(view: View) -> View:
    """Only who may read the ledger."""
    return guarded(("ledger token",), _require_operator)(view)


def may_see_addresses() -> bool:
    """Whether whoever asks showed the token; a guest of the demonstration sees masked addresses."""
    return bool(g.get("has_ledger_token"))


def _require_operator() -> None:
    sent = _sent_token()
    if sent is not None:
        expected = the_settings().read_token
        if expected and hmac.compare_digest(sent.encode(), expected.encode()):
            g.has_ledger_token = True
            return
    elif the_settings().service.is_demo and _is_on_this_machine():
        return
    challenge = "Bearer" if request.path.startswith("/api/") else 'Basic realm="Ventanilla", charset="UTF-8"'
    raise Problem(
        NOT_AUTHENTICATED,
        N_("Presente el token de lectura del registro de mensajes (NOTIFICATIONS_READ_TOKEN)."),
        headers={"WWW-Authenticate": challenge},
    )


def _sent_token() -> str | None:
    """The token that came with the request. Browsers send Basic by themselves, so the API does not take it."""
    if (token := bearer_token()) is not None:
        return token
    basic = request.authorization
    if basic is not None and basic.type == "basic" and not request.path.startswith("/api/"):
        return basic.password or ""
    return None


def _is_on_this_machine() -> bool:
    """Whether the caller sits here. Behind a proxy everybody seems to, so what was forwarded does not count."""
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        return ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
