"""What other services said of their audits: kept here, out of reach of whoever could write theirs anew."""

from __future__ import annotations

from sqlalchemy import text

from shared.contracts.audit import AuditAnchored
from shared.messaging.work import Work


def record_anchor(event: AuditAnchored, work: Work) -> None:
    """Keep where a chain stood. What was kept first stays: an anchor does not change."""
    work.session.execute(
        text("""
            INSERT INTO peer_audit_anchor (service, seq, hash, anchored_at)
            VALUES (:service, :seq, decode(:hash, 'hex'), :at) ON CONFLICT DO NOTHING
        """),
        {"service": event.service, "seq": event.head_seq, "hash": event.head_hash, "at": event.anchored_at},
    )
