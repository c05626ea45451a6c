"""Facts about messages to people: proof of delivery, or of its failure. Owned by notifications."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from shared.contracts.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDelivered(Event):
    """A provider took responsibility (e-mail) or the phone confirmed (SMS); `evidence` is what it said."""

    TYPE: ClassVar[str] = "message.delivered"
    SUBJECT: ClassVar[str] = "message_id"

    message_id: UUID
    consultation_id: UUID | None
    recipient_id: UUID
    channel: str
    template: str
    evidence: str
    delivered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFailed(Event):
    """The message will not be tried again by itself; `reason` is the provider's last word."""

    TYPE: ClassVar[str] = "message.failed"
    SUBJECT: ClassVar[str] = "message_id"

    message_id: UUID
    consultation_id: UUID | None
    recipient_id: UUID
    channel: str
    template: str
    reason: str
    failed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageHeld(Event):
    """The message waits for a person: whether it was sent is uncertain and repeating it could do harm."""

    TYPE: ClassVar[str] = "message.held"
    SUBJECT: ClassVar[str] = "message_id"

    message_id: UUID
    consultation_id: UUID | None
    recipient_id: UUID
    channel: str
    template: str
    reason: str
    held_at: datetime
