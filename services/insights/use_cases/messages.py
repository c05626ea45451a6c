"""What events about messages to people add to the read model."""

from __future__ import annotations

from datetime import datetime

from services.insights.store import messages
from shared.contracts.message import MessageDelivered, MessageFailed, MessageHeld
from shared.messaging.work import Work

MessageEvent = MessageDelivered | MessageFailed | MessageHeld


def record_outcome(event: MessageEvent, work: Work) -> None:
    """A message reached its end, or waits for a person. What the provider said stays with notifications."""
    state, changed_at = _state_of(event)
    messages.put(
        work.session,
        event.message_id,
        consultation_id=event.consultation_id,
        channel=event.channel,
        template=event.template,
        state=state,
        changed_at=changed_at,
        sequence=work.sequence,
    )


def _state_of(event: MessageEvent) -> tuple[str, datetime]:
    match event:
        case MessageDelivered():
            return "delivered", event.delivered_at
        case MessageFailed():
            return "failed", event.failed_at
        case MessageHeld():
            return "held", event.held_at
