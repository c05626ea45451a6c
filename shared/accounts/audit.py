"""The audit of what people did: append-only, each line sealed with the hash of the line before it (ADR 16).

`append` only takes note; the lines are numbered, chained and written when the transaction is about to commit. The one
row they all need, the head of the chain, is therefore locked last and briefly: appending anywhere in a use case can
neither deadlock with its other locks nor make other transactions wait for them. What rolls back leaves no line.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import event, text
from sqlalchemy.orm import Session

from shared.accounts.people import Person
from shared.db.bulk import json_rows

GENESIS = bytes(32)
"""What stands before the first line."""
LONGEST_SUBJECT = 200
_PENDING = "audit.pending"
_PAGE = 2000


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the audit. `actor_id` is None for strangers and for the system itself (`actor_role` tells)."""

    seq: int
    at: datetime
    actor_id: UUID | None
    actor_role: str
    action: str
    subject: str
    detail: Mapping[str, Any]
    previous_hash: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification found. `broken_seq` is the first line that is not as it was written; `reason` says why."""

    lines: int
    head_seq: int
    head_hash: bytes
    broken_seq: int | None = None
    reason: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether nothing was changed, taken out, put in or cut off."""
        return self.broken_seq is None


def append(
    session: Session, actor: Person | None, action: str, subject: str, detail: Mapping[str, Any] | None = None
) -> None:
    """Note that `actor` did `action` (`noun.past_participle`) to `subject`, if and only if the transaction commits.

    :param actor: None for somebody who is not signed in, and for the system.
    :param subject: what it was done to, as an identifier: `case:V-7K3M-92QX`, `account:<uuid>`, `policy:standard`.
    :param detail: JSON-ready facts without fractions: codes, counts, identifiers. No texts that people wrote, no
        addresses, no secrets: a line can never be taken out again.
    :raises ValueError: the detail cannot be written the same way for ever.
    """
    role = actor.role if actor else "system"
    append_as(session, actor.id if actor else None, role, action, subject, detail)


def append_as(
    session: Session, actor_id: UUID | None, role: str, action: str, subject: str,
    detail: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """As `append`, of somebody who is known by identifier and role only."""
    plain = dict(detail or {})
    _require_plain(plain)
    pending: list[tuple[UUID | None, str, str, str, dict[str, Any]]] | None = session.info.get(_PENDING)
    if pending is None:
        pending = session.info[_PENDING] = []
        event.listen(session, "before_commit", _write)
    pending.append((actor_id, role, action, subject[:LONGEST_SUBJECT], plain))


def seal(previous: bytes, line: Mapping[str, Any]) -> bytes:
    """The hash of a line: SHA-256 over the hash before it and the line's canonical JSON."""
    return hashlib.sha256(previous + canonical(line)).digest()


def canonical(value: Mapping[str, Any]) -> bytes:
    """JSON in the one way in which it is hashed: keys in order, no spaces, UTF-8 (RFC 8785 for what we allow)."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _write(session: Session) -> None:
    if session.in_nested_transaction():
        return  # a savepoint is released; the transaction goes on
    pending = session.info.get(_PENDING)
    if not pending:
        return
    session.flush()
    head = session.execute(text("SELECT seq, hash FROM audit_head FOR UPDATE")).one()
    # Asked under the lock: the time of a line is never before that of the line above it.
    at: datetime = session.execute(text("SELECT clock_timestamp()")).scalar_one()
    seq, previous, rows = head.seq, bytes(head.hash), []
    for actor_id, role, action, subject, detail in pending:
        seq += 1
        body = _body(seq, at, actor_id, role, action, subject, detail)
        sealed = seal(previous, body)
        rows.append({**body, "previous_hash": previous.hex(), "hash": sealed.hex()})
        previous = sealed
    pending.clear()
    session.execute(_INSERT, {"rows": json_rows(rows)})
    session.execute(text("UPDATE audit_head SET seq = :seq, hash = :hash"), {"seq": seq, "hash": previous})


_INSERT = text("""
    INSERT INTO audit_entry (seq, at, actor_id, actor_role, action, subject, detail, previous_hash, hash)
    SELECT seq, at, actor_id, actor_role, action, subject, detail,
           decode(previous_hash, 'hex'), decode(hash, 'hex')
      FROM json_to_recordset(CAST(:rows AS json)) AS line (
        seq bigint, at timestamptz, actor_id uuid, actor_role text, action text, subject text, detail jsonb,
        previous_hash text, hash text)
""")


def _body(
    seq: int, at: datetime, actor_id: UUID | None, role: str, action: str, subject: str, detail: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "seq": seq,
        "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor_id": None if actor_id is None else str(actor_id),
        "actor_role": role,
        "action": action,
        "subject": subject,
        "detail": detail,
    }


def _require_plain(value: Any) -> None:
    """Only what JSON and jsonb give back as it was: a fraction may come back in other digits, and break the chain."""
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise ValueError("the keys of an audit detail are texts")
        for part in value.values():
            _require_plain(part)
    elif isinstance(value, list | tuple):
        for part in value:
            _require_plain(part)
    elif not (value is None or isinstance(value, str | bool | int)) or (isinstance(value, str) and "\x00" in value):
        raise ValueError(f"an audit detail holds texts, whole numbers, booleans and lists, not {type(value).__name__}")


def verify(session: Session, anchors: Iterable[tuple[int, bytes]] = ()) -> Verdict:
    """Read the whole chain and tell the first line that is not as it was written.

    :param anchors: (seq, hash) pairs noted elsewhere at some time: each must still be the line it was, so that a
        chain whose end was cut off, or which was written anew, is noticed.
    """
    noted = dict(anchors)
    seq, previous, wrong = 0, GENESIS, ""
    for line in _lines(session):
        if line.seq != seq + 1:
            wrong = "line_missing"
        elif line.previous_hash != previous:
            wrong = "chain_broken"
        elif seal(previous, _body_of(line)) != line.hash:
            wrong = "line_changed"
        elif noted.get(line.seq, line.hash) != line.hash:
            wrong = "differs_from_anchor"
        if wrong:
            return Verdict(seq, seq, previous, seq + 1, wrong)
        seq, previous = line.seq, line.hash
    head = session.execute(text("SELECT seq, hash FROM audit_head")).one()
    if (head.seq, bytes(head.hash)) != (seq, previous) or any(number > seq for number in noted):
        return Verdict(seq, seq, previous, seq + 1, "end_cut_off")
    return Verdict(seq, seq, previous)


def _lines(session: Session) -> Iterator[Line]:
    after = 0
    while rows := session.execute(
        text("""
            SELECT seq, at, actor_id, actor_role, action, subject, detail, previous_hash, hash
              FROM audit_entry WHERE seq > :after ORDER BY seq LIMIT :limit
        """),
        {"after": after, "limit": _PAGE},
    ).all():
        for row in rows:
            yield Line(
                row.seq, row.at, row.actor_id, row.actor_role, row.action, row.subject, row.detail,
                bytes(row.previous_hash), bytes(row.hash),
            )  # fmt: skip
        after = rows[-1].seq


def _body_of(line: Line) -> dict[str, Any]:
    return _body(line.seq, line.at, line.actor_id, line.actor_role, line.action, line.subject, line.detail)
