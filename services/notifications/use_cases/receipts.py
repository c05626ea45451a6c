"""Delivery reports of SMS: they arrive twice, late and out of order, and are believed only forwards."""

from __future__ import annotations

import structlog

from services.notifications.domain.receipts import meaning_of
from services.notifications.store import receipts
from services.notifications.store.receipts import Receipt
from services.notifications.use_cases.instruments import Instruments
from shared.messaging.work import Work

log = structlog.get_logger()


def take_in(receipt: Receipt, work: Work, instruments: Instruments) -> bool:
    """Keep a report and move its message to what it proves; False when there is no such message.

    The event that follows (`message.delivered`, `message.failed`) is emitted by the sender, as for every message.
    """
    is_new = receipts.keep(work.session, receipt)
    if is_new is None:
        instruments.receipt(receipt.type, "unknown")
        log.warning("receipt_unknown", message_id=str(receipt.message_id), type=receipt.type)
        return False
    instruments.receipt(receipt.type, "new" if is_new else "repeated")
    proven = meaning_of(receipt.type)
    if is_new and proven is not None and receipts.apply(work.session, receipt, proven):
        instruments.settled("sms", proven)
        log.info("receipt_applied", message_id=str(receipt.message_id), type=receipt.type, state=proven)
    return True
