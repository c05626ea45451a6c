"""The port through which messages leave: what a provider is given, what it answers, what it must be able to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from services.notifications.domain.policy import Outcome


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that one sender, and no other, now sends: attempt `attempt` of it.

    `is_channel_troubled`: the channel has failed since it last worked. `is_probe`: its breaker is open.
    """

    message_id: UUID
    attempt: int
    channel: str
    template: str
    locale: str
    address: str
    recipient_name: str
    subject: str
    body_text: str
    body_html: str
    tries: int
    doubts: int
    age: timedelta
    created_at: datetime
    correlation_id: str
    is_channel_troubled: bool
    is_probe: bool


@dataclass(frozen=True, slots=True)
class Result:
    """What a send came to: `reply` is the provider's word, or what was seen instead of one."""

    outcome: Outcome
    reply: str
    is_unreachable: bool = False


class Provider(Protocol):
    """Sends one message at a time; implementations keep their connection and are used by one thread."""

    def send(self, message: Taken) -> Result:
        """Hand a message over and say what came of it; never raises for anything the provider does."""

    def rest(self) -> None:
        """Nothing to send for a while: give back what a pause would spoil."""


class SmsGateway(Provider, Protocol):
    """A provider of SMS. Its delivery reports come back through an endpoint of its own kind."""


class MailServer(Provider, Protocol):
    """A provider of e-mail. That it accepted a message is all that it will ever say."""
