"""Kannel's delivery reports (user guide, "Delivery reports"): what each type says about a message."""

from __future__ import annotations

from services.notifications.domain.message import State

DELIVERED, FAILED, BUFFERED, SMSC_ACCEPTED, SMSC_REJECTED = 1, 2, 4, 8, 16

ALL_REPORTS = DELIVERED | FAILED | BUFFERED | SMSC_ACCEPTED | SMSC_REJECTED
"""The `dlr-mask` that asks for every report."""

_MEANINGS = {
    DELIVERED: State.DELIVERED,
    FAILED: State.FAILED,
    SMSC_REJECTED: State.FAILED,
    BUFFERED: State.SUBMITTED,
    SMSC_ACCEPTED: State.SUBMITTED,
}
_INTERMEDIATE = 32  # added by Kannel to reports that are not final


def meaning_of(report_type: int) -> State | None:
    """The state that a report proves, or None for a type that proves nothing.

    Kannel says "expired" and "unknown" as failures with a further bit (0x22, 0x42).
    """
    if report_type in _MEANINGS:
        return _MEANINGS[report_type]
    base = report_type & (DELIVERED | FAILED | BUFFERED | SMSC_ACCEPTED | SMSC_REJECTED)
    if base == FAILED and report_type < 1 << 7:
        return State.FAILED
    if report_type & _INTERMEDIATE and base:
        return State.SUBMITTED
    return None
