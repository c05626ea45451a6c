"""The console: one page, its parts for the script, and the stream that keeps them fresh.

The page needs no script: without one it asks again by itself every half minute, which the reader can stop. With one,
changed panels arrive over `/live` (server-sent events), or by asking `/panel` when a stream cannot be had.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from flask import (
    Blueprint,
    Response,
    copy_current_request_context,
    current_app,
    jsonify,
    render_template,
    request,
)
from flask.typing import ResponseReturnValue

from services.insights.domain.periods import PERIODS
from services.insights.entrypoints.pages import words
from services.insights.entrypoints.pages.panels import render_panels
from services.insights.entrypoints.snapshots import Snapshots
from services.insights.use_cases.operators import ROLE
from shared.accounts.access import current_person, signed_in
from shared.http.languages import moment
from shared.http.problems import UNAVAILABLE, Problem
from shared.observability.metrics import counter

blueprint = Blueprint("console", __name__)

_STREAMS = 3
"""A stream holds one of the eight threads of a web process; the rest of the readers ask instead."""
_STREAM_SECONDS = 20.0
"""Shorter than a graceful stop, so that no deployment waits for a reader. The browser opens the next by itself."""
_LOOK_SECONDS = 2.0
_slots = threading.BoundedSemaphore(_STREAMS)


@blueprint.get("/")
@signed_in(ROLE)
def console() -> ResponseReturnValue:
    """The page."""
    period = _period()
    overview = _snapshots().newest(period)
    return render_template(
        "console.html",
        panels=render_panels(overview),
        period=period,
        periods=words.PERIODS,
        generated_at=overview.generated_at,
        is_paused=request.args.get("pausa") == "1",
    )


@blueprint.get("/panel")
@signed_in(ROLE)
def changed_panels() -> ResponseReturnValue:
    """The panels that differ from those the reader has, whose digests are in `visto`."""
    return jsonify(_changes(_period(), _seen(request.args.get("visto", ""))))


@blueprint.get("/live")
@signed_in(ROLE)
def live() -> ResponseReturnValue:
    """The same as a stream, until its time is up or the reader leaves."""
    if not _slots.acquire(blocking=False):
        _count("refused")
        raise Problem(UNAVAILABLE, headers={"Retry-After": "10"})
    _count("opened")
    seen = _seen(request.headers.get("Last-Event-ID") or request.args.get("visto", ""))
    period = _period()

    @copy_current_request_context
    def look() -> dict[str, Any] | None:
        return None if current_person() is None else _changes(period, seen)

    response = Response(_stream(look, seen), mimetype="text/event-stream")
    response.call_on_close(_slots.release)
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _stream(look: Callable[[], dict[str, Any] | None], seen: dict[str, str]) -> Iterator[str]:
    """What changed, look after look; ends early when the reader signed out meanwhile.

    :param seen: digests of the panels that the reader has; kept up to date here.
    """
    ends_at = time.monotonic() + _STREAM_SECONDS
    yield "retry: 2000\n\n"
    while time.monotonic() < ends_at and (changes := look()) is not None:
        if changes["panels"]:
            seen.update(changes["seen"])
            yield f"id: {_written(seen)}\nevent: panels\ndata: {json.dumps(changes)}\n\n"
        else:
            # Says the time, keeps proxies from closing the link, and finds out that the reader has left.
            yield f"event: time\ndata: {json.dumps({'at': changes['at']})}\n\n"
        time.sleep(_LOOK_SECONDS)


def _changes(period: str, seen: dict[str, str]) -> dict[str, Any]:
    overview = _snapshots().newest(period)
    changed = [panel for panel in render_panels(overview) if seen.get(panel.name) != panel.digest]
    return {
        "at": moment(overview.generated_at, "HH:mm:ss"),
        "panels": {panel.name: str(panel.html) for panel in changed},
        "seen": {panel.name: panel.digest for panel in changed},
    }


def _written(seen: dict[str, str]) -> str:
    return ".".join(f"{name}-{digest}" for name, digest in sorted(seen.items()))


def _seen(text: str) -> dict[str, str]:
    pairs = (part.partition("-") for part in text.split("."))
    return {name: digest for name, separator, digest in pairs if separator}


def _period() -> str:
    wanted = {"hoy": "today", "semana": "week"}.get(request.args.get("periodo", "hoy"), "today")
    return wanted if wanted in PERIODS else "today"


def _snapshots() -> Snapshots:
    snapshots: Snapshots = current_app.extensions["insights_snapshots"]
    return snapshots


def _count(outcome: str) -> None:
    counter("insights", "streams", "Streams of the console.", "outcome").labels(outcome).inc()
