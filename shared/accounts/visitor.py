"""What a request tells of whoever makes it, and what of this process the views of accounts need."""

from __future__ import annotations

from flask import current_app, request

from shared.accounts.access import bearer_token, session_cookie_name
from shared.accounts.sealing import Sealer
from shared.accounts.sessions import address_prefix
from shared.messaging.processes import Parts


def parts() -> Parts:
    """The connections of this process."""
    held: Parts = current_app.extensions["ventanilla_parts"]
    return held


def sealer() -> Sealer:
    """What seals the secrets of this service's people."""
    settings = parts().settings
    return Sealer(settings.secret_key, settings.previous_secret_key)


def address() -> str:
    """Where the request comes from; the caller, not our proxy, if the settings say how many proxies are ours."""
    return request.remote_addr or "unknown"


def network() -> str:
    """The same, as it is kept with sessions and in the audit."""
    return address_prefix(request.remote_addr)


def user_agent() -> str:
    """What the browser says of itself."""
    return request.headers.get("User-Agent", "")


def session_token() -> str:
    """The token of the session that makes this request; "" for strangers."""
    return bearer_token() or request.cookies.get(session_cookie_name()) or ""
