"""The stream of changes for pages, and the same by asking now and then."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Flask, Response, current_app, request
from flask.typing import ResponseReturnValue

from services.routing.domain.watching import Watcher
from services.routing.entrypoints.doing import parts
from services.routing.entrypoints.live.hub import HELLO, Hub, Stream, take_over
from services.routing.store import changes
from services.routing.store.cases import SEES_ALL
from services.routing.use_cases.staff import ROLES
from shared.accounts import people
from shared.accounts.access import bearer_token, session_cookie_name, signed_in, the_person

live = Blueprint("live", __name__)

_ENDLESS = str(2**53 - 1)
"""A length, so that the server adds no framing of its own; nobody ever reads that much."""
_EXTENSION = "ventanilla_live"


def install_live(app: Flask) -> None:
    """Add the routes, and a place for the hub, which begins after the fork, with its first watcher."""
    app.register_blueprint(live)
    app.extensions[_EXTENSION] = {}


def hub() -> Hub:
    """The hub of this process."""
    kept: dict[int, Hub] = current_app.extensions[_EXTENSION]
    return kept.setdefault(os.getpid(), Hub(parts().database))


@live.get("/casos/vivo")
@signed_in(*ROLES)
def stream() -> ResponseReturnValue:
    """Server-sent events: each change of a case that the person may see, as it happens.

    503 where there is no room for one more, or no connection to take over: the page then asks now and then.
    """
    served: Any = request.environ.get("gunicorn.socket")
    if served is None or hub().is_full:
        return Response(status=HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": "30"})
    person, found = the_person(), hub()
    token = bearer_token() or request.cookies.get(session_cookie_name()) or ""
    last_id = _number(request.headers.get("Last-Event-ID") or request.args.get("desde"))

    def hand_over() -> None:
        # After the server wrote the head and the first lines, and before it closes or reuses the connection.
        connection: socket.socket | None = None
        with suppress(OSError):
            connection = take_over(served)
        if connection is not None:
            found.add(Stream(connection, person.id, person.role in SEES_ALL, people.hash_token(token), last_id))

    def body() -> Iterator[bytes]:
        yield HELLO

    answer = Response(body(), mimetype="text/event-stream")
    answer.headers["Content-Length"] = _ENDLESS
    answer.headers["X-Accel-Buffering"] = "no"
    answer.call_on_close(hand_over)
    return answer


@live.get("/casos/novedades")
@signed_in(*ROLES)
def news() -> ResponseReturnValue:
    """What changed since a number, for pages without a stream; `is_complete` is false when some was forgotten."""
    person, since = the_person(), _number(request.args.get("desde"))
    with parts().database.transaction() as session:
        found = changes.since(session, since) if since >= 0 else []
        is_complete = since >= 0 and not changes.is_forgotten(session, since)
        knows = changes.topics_of(session, [person.id]).get(person.id, frozenset())
    watcher = Watcher(person.id, person.role in SEES_ALL, knows)
    told = [one for change in found if (one := watcher.told(change)) is not None]
    newest = max((change.id for change in found), default=max(since, 0))
    return {"newest": newest, "is_complete": is_complete, "changes": told}


def _number(given: str | None) -> int:
    """A change's number as the address or a header has it; -1 where there is none, or none of ours."""
    return int(given) if given is not None and given.isascii() and given.isdigit() and len(given) < 19 else -1  # noqa: PLR2004 - a bigint
