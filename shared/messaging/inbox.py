"""The inbox: every event received, once, with what became of it.

The claim is what makes an effect happen once. In the transaction that runs a handler, the first statement turns
the row from `pending` to `applied`, *provided nobody else did*. If the handler raises, that rolls back with it. A
worker that was frozen and wakes up finds the row changed, claims nothing, and does nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

from shared.contracts.envelope import Envelope, read_envelope
from shared.db.bulk import id_array, json_rows

_LONGEST_ERROR = 2000
_LONGEST_BODY = 1_000_000
_MOST_QUARANTINED = 1000


@dataclass(frozen=True, slots=True)
class DueEvent:
    """An inbox row whose next attempt is due. Its attempt counter was raised and committed when it was taken."""

    envelope: Envelope
    attempts: int
    received_at: datetime
    now: datetime


def store(session: Session, envelopes: Sequence[Envelope], *, known: set[UUID], lease_seconds: float) -> set[UUID]:
    """Keep events; returns the ids of those that were not here before and that this process may now apply.

    Their first attempt is counted here, before any handler runs, so that an event that kills its process is
    counted too. The lease is how long the sweeper leaves them to this process.
    """
    rows = [
        {
            "event_id": envelope.id,
            "source": envelope.source,
            "subject": envelope.subject,
            "sequence": envelope.sequence,
            "type": envelope.type,
            "version": envelope.version,
            "envelope": envelope.to_json(),
            "status": "pending" if envelope.id in known else "unknown",
        }
        for envelope in envelopes
    ]
    inserted = session.execute(_STORE, {"rows": json_rows(rows), "lease": lease_seconds}).scalars()
    return set(inserted) & known


_STORE = text("""
    INSERT INTO inbox (event_id, source, subject, sequence, type, version, envelope, status, attempts, next_at)
    SELECT DISTINCT ON (event_id) event_id, source, subject, sequence, type, version, envelope, status, 1,
           clock_timestamp() + :lease * interval '1 second'
      FROM json_to_recordset(CAST(:rows AS json)) AS incoming (
        event_id uuid, source text, subject uuid, sequence bigint, type text, version integer, envelope text,
        status text)
     ORDER BY event_id
    ON CONFLICT (event_id) DO NOTHING
    RETURNING event_id
""")


def claim(session: Session, event_ids: Sequence[UUID], *, attempts: int) -> set[UUID]:
    """Mark events applied in the transaction that applies them; returns those that are ours to apply."""
    claimed = session.execute(_CLAIM, {"ids": id_array(event_ids), "attempts": attempts}).scalars()
    return set(claimed)


_CLAIM = text("""
    UPDATE inbox SET status = 'applied', applied_at = clock_timestamp(), last_error = NULL
     WHERE event_id IN (
        SELECT event_id FROM inbox
         WHERE event_id = ANY(CAST(:ids AS uuid[])) AND status IN ('pending', 'waiting') AND attempts = :attempts
         ORDER BY event_id FOR UPDATE SKIP LOCKED)
    RETURNING event_id
""")


def wake_waiting(session: Session, subjects: Sequence[UUID]) -> None:
    """Something arrived for these subjects: whoever waited for it may try at once."""
    session.execute(
        text("""
            UPDATE inbox SET next_at = clock_timestamp()
             WHERE event_id IN (
                SELECT event_id FROM inbox WHERE subject = ANY(CAST(:subjects AS uuid[])) AND status = 'waiting'
                 ORDER BY event_id FOR UPDATE SKIP LOCKED)
        """),
        {"subjects": id_array(set(subjects))},
    )


def take_due(session: Session, *, lease_seconds: float) -> DueEvent | None:
    """Take the event whose next attempt has been due longest, counting the attempt and leasing it to this process.

    The time is compared as a scalar: the bare function is volatile, and PostgreSQL would look at every open row.
    """
    row = session.execute(
        text("""
            UPDATE inbox SET attempts = attempts + 1, status = 'pending',
                   next_at = clock_timestamp() + :lease * interval '1 second'
             WHERE event_id = (
                SELECT event_id FROM inbox
                 WHERE status IN ('pending', 'waiting') AND next_at <= (SELECT clock_timestamp())
                 ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED)
            RETURNING envelope, attempts, received_at, clock_timestamp() AS now
        """),
        {"lease": lease_seconds},
    ).one_or_none()
    if row is None:
        return None
    return DueEvent(read_envelope(row.envelope), row.attempts, row.received_at, row.now)


def postpone(
    session: Session, event_id: UUID, *, attempts: int, status: str, delay: timedelta, error: str, is_charged: bool
) -> bool:
    """Record a failed attempt; returns False when somebody else has dealt with the event meanwhile."""
    changed = session.execute(
        text("""
            UPDATE inbox SET status = :status, last_error = :error,
                   attempts = attempts - :refund,
                   next_at = clock_timestamp() + :delay * (0.9 + 0.2 * random()) * interval '1 second'
             WHERE event_id = :id AND status IN ('pending', 'waiting') AND attempts = :attempts
            RETURNING event_id
        """),
        {
            "id": event_id,
            "attempts": attempts,
            "status": status,
            "delay": delay.total_seconds(),
            "error": _storable(error)[:_LONGEST_ERROR],
            "refund": 0 if is_charged else 1,
        },
    ).one_or_none()
    return changed is not None


def release_known(session: Session, known_types: Sequence[tuple[str, int]]) -> int:
    """After an upgrade: let events that were unknown be handled, if this release knows them."""
    if not known_types:
        return 0
    released = session.execute(
        text("""
            UPDATE inbox SET status = 'pending', attempts = 0, next_at = clock_timestamp()
             WHERE status = 'unknown' AND (type, version) IN :known RETURNING event_id
        """).bindparams(bindparam("known", expanding=True)),
        {"known": list(known_types)},
    ).all()
    return len(released)


def quarantine(session: Session, *, source: str, reason: str, body: str) -> None:
    """Keep a message that cannot be trusted or read, once, for a person to look at.

    Whoever can write to the broker could fill our disk this way, so the newest are not kept beyond a number.
    """
    values: dict[str, Any] = {
        "source": _storable(source)[:100],
        "reason": _storable(reason)[:_LONGEST_ERROR],
        "digest": hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest(),
        "body": _storable(body)[:_LONGEST_BODY],
        "most": _MOST_QUARANTINED,
    }
    session.execute(
        text("""
            INSERT INTO quarantine (source, reason, digest, body)
            SELECT :source, :reason, :digest, :body
             WHERE (SELECT count(*) FROM quarantine) < :most
            ON CONFLICT (digest) DO NOTHING
        """),
        values,
    )


def _storable(value: str) -> str:
    """Text as PostgreSQL takes it: no NUL, no half of a surrogate pair."""
    return value.replace("\x00", "\\0").encode("utf-8", "backslashreplace").decode()
