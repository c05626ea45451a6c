"""What people reached for and were refused stands in the audit: other people's things, and what their role may not do.

One place for every route, so that no view can forget it. A 404 is noted only when the thing exists: then it is
somebody else's; a mistyped code is nobody's business. Notes are bounded, or refusals would be a way to fill the disk.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import structlog
from flask import Flask, Response, current_app, request
from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.accounts import audit, visitor
from shared.accounts.access import current_person
from shared.accounts.people import Person
from shared.db.database import Database

log = structlog.get_logger()

MOST_AN_HOUR = 60
"""Refusals noted of one person in an hour; whoever tried so often is known by then."""
_FORBIDDEN, _NOT_FOUND = 403, 404

Exists = Callable[[Session, Mapping[str, Any]], str | None]
"""Given the values in an address: the audit's name of the thing that they name, or None when there is no such thing."""


def note_refusals(app: Flask, exists: Exists) -> None:
    """Note every refusal of this application to somebody who is signed in."""

    @app.after_request
    def note(response: Response) -> Response:
        if response.status_code in (_FORBIDDEN, _NOT_FOUND) and request.url_rule is not None:
            try:
                _note(response.status_code, exists)
            except Exception:  # the refusal stands; that it could not be noted must not turn it into an error
                log.exception("refusal_not_noted")
        return response


def _note(status: int, exists: Exists) -> None:
    person = current_person()
    if person is None or request.url_rule is None:
        return
    values = request.view_args or {}
    database: Database = current_app.extensions["ventanilla_database"]
    with database.transaction() as session:
        subject = exists(session, values) if values else None
        if status == _NOT_FOUND and subject is None:
            return
        noted = _noted_lately(session, person)
        if noted >= MOST_AN_HOUR:
            return
        detail: dict[str, Any] = {
            "route": request.url_rule.rule, "method": request.method, "status": status, "from": visitor.network(),
        }  # fmt: skip
        if noted == MOST_AN_HOUR - 1:
            detail["is_last_of_the_hour"] = True
        audit.append(session, person, "access.refused", subject or "route", detail)


def _noted_lately(session: Session, person: Person) -> int:
    found: int = session.execute(
        text("""
            SELECT count(*) FROM (
                SELECT action, at FROM audit_entry WHERE actor_id = :id ORDER BY seq DESC LIMIT :most) AS latest
             WHERE action = 'access.refused' AND at > clock_timestamp() - interval '1 hour'
        """),
        {"id": person.id, "most": MOST_AN_HOUR},
    ).scalar_one()
    return found
