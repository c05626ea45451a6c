"""Checking a service's audit against its own anchors and those that insights kept, as an operator asks for it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.accounts import audit, audit_anchors
from shared.accounts.audit import Verdict

WITH_AUDIT = ("intake", "routing", "insights")
"""The services that have people, and so an audit of what they did."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a check of one service found. `peer_anchors` is None when insights could not be asked."""

    service: str
    verdict: Verdict
    own_anchors: int
    forged_anchors: tuple[int, ...]
    unknown_key_anchors: int
    peer_anchors: int | None

    @property
    def is_whole(self) -> bool:
        """Whether nothing speaks against it."""
        return self.verdict.is_whole and not self.forged_anchors


def check(session: Session, service: str, secret_key: str, peers: dict[int, bytes] | None) -> Report:
    """Verify a whole chain.

    :param peers: what insights was told of this chain; None when it cannot be asked.
    """
    own = audit_anchors.read(session, secret_key)
    # What another service holds outweighs what stands in the tables that are being checked.
    verdict = audit.verify(session, {**dict(own.good), **(peers or {})}.items())
    return Report(service, verdict, len(own.good), own.forged, own.unknown_key, None if peers is None else len(peers))


def told_to_insights(session: Session) -> dict[str, dict[int, bytes]]:
    """What insights was told, by service: hash by line. The session is of the database of insights."""
    told: dict[str, dict[int, bytes]] = {}
    for row in session.execute(text("SELECT service, seq, hash FROM peer_audit_anchor")):
        told.setdefault(row.service, {})[row.seq] = bytes(row.hash)
    return told
