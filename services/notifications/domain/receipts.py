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
_INTERMEDIATE = 32  # added by Kannel to reports that are not final, and to the failure "expired" (0x22)
_UNKNOWN = 64  # added to the failure "unknown" (0x42)


def meaning_of(report_type: int) -> State | None:
    """The state that a report proves, or None for a type that proves nothing."""
    if report_type in (FAILED | _INTERMEDIATE, FAILED | _UNKNOWN):
        return State.FAILED
    if report_type & _INTERMEDIATE:
        return State.SUBMITTED if report_type & ~_INTERMEDIATE in (BUFFERED, SMSC_ACCEPTED) else None
    return _MEANINGS.get(report_type)
