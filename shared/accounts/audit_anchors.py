"""Where the audit's chain stood, noted every hour in two other ways, so that cutting off its end is noticed.

Whoever may write to a service's tables could write its whole chain anew. They cannot sign it with the service's key,
and not change what another service and the log were told: `audit.anchored` goes to insights, which keeps it.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from uuid import NAMESPACE_URL, UUID, uuid5

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.contracts.audit import AuditAnchored
from shared.contracts.catalog import contract_for
from shared.messaging.housekeeping import Job
from shared.messaging.work import Work
from shared.settings import ServiceSettings

log = structlog.get_logger()

_PERIOD = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Anchors:
    """What a service noted of its own chain.

    `good`: (seq, hash) signed with the key we have; `forged`: whose signature is false; `unknown_key`: how many were
    signed with a key that is no longer here, and so can be compared with insights only.
    """

    good: tuple[tuple[int, bytes], ...]
    forged: tuple[int, ...]
    unknown_key: int


def anchor_job(settings: ServiceSettings) -> Job:
    """Note the head of this service's chain once an hour, if it moved."""

    def note(work: Work) -> None:
        anchor(work, settings.service, settings.secret_key)

    return Job("anchor_audit", _PERIOD, note)


def anchor(work: Work, service: str, secret_key: str) -> bool:
    """Note where the chain stands: signed here, told to insights, and in the log; False when nothing was added."""
    head = work.session.execute(text("SELECT seq, hash FROM audit_head")).one()
    noted = work.session.execute(text("SELECT coalesce(max(seq), 0) FROM audit_anchor")).scalar_one()
    if head.seq <= noted:
        return False
    key = _key(secret_key)
    work.session.execute(
        text("INSERT INTO audit_anchor (seq, hash, key_id, mac) VALUES (:seq, :hash, :key_id, :mac)"),
        {"seq": head.seq, "hash": head.hash, "key_id": _name(key), "mac": _sign(key, head.seq, bytes(head.hash))},
    )
    if service in contract_for(AuditAnchored).producers:
        work.emit(
            AuditAnchored(
                chain_id=chain_id(service), service=service, head_seq=head.seq, head_hash=bytes(head.hash).hex(),
                anchored_at=work.now,
            )
        )  # fmt: skip
    log.info("audit_anchored", seq=head.seq, hash=bytes(head.hash).hex())
    return True


def read(session: Session, secret_key: str) -> Anchors:
    """The anchors that this service keeps, checked."""
    key, good, forged, unknown = _key(secret_key), [], [], 0
    for row in session.execute(text("SELECT seq, hash, key_id, mac FROM audit_anchor ORDER BY seq")):
        if row.key_id != _name(key):
            unknown += 1
        elif hmac.compare_digest(bytes(row.mac), _sign(key, row.seq, bytes(row.hash))):
            good.append((row.seq, bytes(row.hash)))
        else:
            forged.append(row.seq)
    return Anchors(tuple(good), tuple(forged), unknown)


def chain_id(service: str) -> UUID:
    """The identifier of a service's chain, under which its anchors are published."""
    return uuid5(NAMESPACE_URL, f"ventanilla:audit:{service}")


def _key(secret_key: str) -> bytes:
    return hmac.digest(secret_key.encode(), b"ventanilla audit anchor", "sha256")


def _name(key: bytes) -> str:
    return sha256(key).hexdigest()[:8]


def _sign(key: bytes, seq: int, head: bytes) -> bytes:
    return hmac.digest(key, seq.to_bytes(8, "big") + head, "sha256")
