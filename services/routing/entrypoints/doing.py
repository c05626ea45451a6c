"""A write on a case from the web: one transaction, once per key, refused in words people understand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import current_app, request

from services.routing.entrypoints.refusals.cases import refusals
from services.routing.store.models import Case
from services.routing.use_cases.settlement import Settlement
from shared.accounts.access import the_person
from shared.http.idempotency import key_from_header, once
from shared.http.problems import MALFORMED, Problem
from shared.messaging.processes import Parts
from shared.messaging.work import Work

OK = 200
_SHORTEST_TOKEN, _LONGEST_TOKEN = 8, 200


def parts() -> Parts:
    """The connections of this process."""
    found: Parts = current_app.extensions["ventanilla_parts"]
    return found


def optional_key() -> str | None:
    """The request's Idempotency-Key, if it has one. Acts on a case may do without: a repeat meets a stale version.

    :raises Problem: the key is too short to be unique, or too long.
    """
    return key_from_header() if request.headers.get("Idempotency-Key") else None


def form_key() -> str:
    """The hidden token of a form, which is its Idempotency-Key.

    :raises Problem: the form does not come from one of our pages.
    """
    token = request.form.get("form_token", "")
    if not _SHORTEST_TOKEN <= len(token) <= _LONGEST_TOKEN:
        raise Problem(MALFORMED)
    return token


def do(key: str | None, content: Any, act: Callable[[Work], Case], *, mine: str = "") -> dict[str, Any]:
    """Run a use case for the person of this request; returns how the case stands then, JSON-ready.

    :param content: the request, so that a key cannot be used for two different things.
    :param mine: the person's text, given back if the case changed meanwhile.
    :raises Problem: it was refused.
    """

    def run(work: Work) -> tuple[int, dict[str, Any]]:
        case = act(work)
        Settlement.of(work).settle()
        return OK, standing(case)

    with refusals(mine), parts().units.begin() as work:
        if key is None:
            return run(work)[1]
        actor = the_person().id
        return once(work, actor=actor, key=key, content=[request.path, content], act=lambda: run(work)).body


def standing(case: Case) -> dict[str, Any]:
    """How a case stands, JSON-ready."""
    return {
        "code": case.code,
        "state": str(case.state),
        "version": case.version,
        "topic": case.topic,
        "advisor_id": str(case.advisor_id) if case.advisor_id else None,
        "reason": case.assignment_reason_es or None,
        "promised_at": case.promised_at.isoformat() if case.promised_at else None,
    }
