"""Sending again what rests: an operator's decision, for messages that failed, are held, or are in doubt."""

from __future__ import annotations

from enum import Enum
from uuid import UUID

import structlog

from services.notifications.domain.message import RESENDABLE, OwnReply
from services.notifications.store import ledger
from services.notifications.store.ledger import Sheet
from shared.messaging.work import Work

log = structlog.get_logger()


class Refusal(Enum):
    """Why a message is not sent again."""

    NO_SUCH_MESSAGE = "no_such_message"
    NOT_RESTING = "not_resting"
    TEXT_IS_GONE = "text_is_gone"


def may_resend(sheet: Sheet) -> bool:
    """Whether a person may send this message again."""
    return sheet.entry.state in RESENDABLE and not sheet.is_redacted


def resend(message_id: UUID, work: Work) -> Refusal | None:
    """Put a message back into the line; None when that was done."""
    sheet = ledger.find_sheet(work.session, message_id)
    if sheet is None:
        return Refusal.NO_SUCH_MESSAGE
    if sheet.is_redacted:
        return Refusal.TEXT_IS_GONE
    if not ledger.send_again(work.session, message_id, reason=OwnReply.SENT_AGAIN):
        return Refusal.NOT_RESTING
    log.info("message_sent_again", message_id=str(message_id), was=sheet.entry.state)
    return None
