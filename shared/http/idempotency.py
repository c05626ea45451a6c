"""Doing a request once, however often it is sent.

A COMMIT whose answer was lost leaves the sender not knowing; the only cure is to let it send again. The key, the
change and the answer are one transaction, so either all exist or none, and a second request with the same key
waits for the first and gets its answer.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import request
from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.http.problems import KEY_REQUIRED, KEY_REUSED, Problem
from shared.messaging.housekeeping import Job
from shared.messaging.work import Work

IDEMPOTENCY_TABLE = """
CREATE TABLE idempotency_key (
    actor uuid NOT NULL,
    key text NOT NULL,
    digest text NOT NULL,
    status integer,
    answer jsonb,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (actor, key)
);
CREATE INDEX idempotency_key_age ON idempotency_key (created_at);
"""

NOBODY = UUID(int=0)
"""The actor of requests by people who have no account yet."""

_SHORTEST_KEY, _LONGEST_KEY = 8, 200
_KEPT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered: the status, and a JSON-ready body or a place to go."""

    status: int
    body: dict[str, Any]
    is_repeat: bool = False


def key_from_header() -> str:
    """The request's Idempotency-Key.

    :raises Problem: it is missing, too short to be unique, or too long.
    """
    key = request.headers.get("Idempotency-Key", "").strip()
    if not _SHORTEST_KEY <= len(key) <= _LONGEST_KEY:
        raise Problem(KEY_REQUIRED)
    return key


def once(work: Work, *, actor: UUID, key: str, content: Any, act: Callable[[], tuple[int, dict[str, Any]]]) -> Answer:
    """Run `act` if this actor's key is new, else give the answer it got then.

    :param content: the request, JSON-ready; the same key with other content is refused.
    :raises Problem: the key was used for something else.
    """
    digest = hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()
    session = work.session
    is_new = session.execute(
        text("""
            INSERT INTO idempotency_key (actor, key, digest) VALUES (:actor, :key, :digest)
            ON CONFLICT DO NOTHING RETURNING key
        """),
        {"actor": actor, "key": key, "digest": digest},
    ).one_or_none()
    if is_new is None:
        return _earlier_answer(session, actor, key, digest)
    status, body = act()
    session.execute(
        text("""
            UPDATE idempotency_key SET status = :status, answer = CAST(:answer AS jsonb)
             WHERE actor = :actor AND key = :key
        """),
        {"actor": actor, "key": key, "status": status, "answer": json.dumps(body)},
    )
    return Answer(status, body)


def _earlier_answer(session: Session, actor: UUID, key: str, digest: str) -> Answer:
    row = session.execute(
        text("SELECT digest, status, answer FROM idempotency_key WHERE actor = :actor AND key = :key"),
        {"actor": actor, "key": key},
    ).one()
    if row.digest != digest:
        raise Problem(KEY_REUSED)
    return Answer(row.status, row.answer, is_repeat=True)


def forget_old_keys(work: Work) -> None:
    """Drop keys that nobody will send again."""
    work.session.execute(text("DELETE FROM idempotency_key WHERE created_at < :limit"), {"limit": work.now - _KEPT})


IDEMPOTENCY_JOB = Job("forget_idempotency_keys", timedelta(hours=6), forget_old_keys)
