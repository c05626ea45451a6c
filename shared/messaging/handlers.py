"""Which function acts on which event: a registry that refuses to be incomplete."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from shared.contracts.catalog import subscriptions_of
from shared.contracts.envelope import Envelope
from shared.contracts.event import Event
from shared.messaging.retry import UnknownEventError
from shared.messaging.work import Work

E = TypeVar("E", bound=Event)
Handler = Callable[[E, Work], None]


class Handlers:
    """The event handlers of one service."""

    def __init__(self, service: str) -> None:
        self.service = service
        self._handlers: dict[type[Event], Handler[Any]] = {}
        self.subscriptions = subscriptions_of(service)
        self._subscribed = {contract.event for contract in self.subscriptions}
        self.known_types = {(event.TYPE, event.VERSION) for event in self._subscribed}

    def on(self, *events: type[E]) -> Callable[[Handler[E]], Handler[E]]:
        """Register the function that acts on these events."""

        def register(handler: Handler[E]) -> Handler[E]:
            for event in events:
                if event not in self._subscribed:
                    raise ValueError(f"{self.service} does not subscribe to {event.TYPE}; see the catalog")
                if event in self._handlers:
                    raise ValueError(f"{event.TYPE} has two handlers in {self.service}")
                self._handlers[event] = handler
            return handler

        return register

    def require_complete(self) -> None:
        """Refuse to start a process that would receive events it has no handler for.

        :raises LookupError: names the events without a handler.
        """
        missing = sorted(event.TYPE for event in self._subscribed - self._handlers.keys())
        if missing:
            raise LookupError(f"{self.service} has no handler for {', '.join(missing)}")

    def knows(self, envelope: Envelope) -> bool:
        """Whether this release can act on an event, by type and version alone."""
        return (envelope.type, envelope.version) in self.known_types

    def handle(self, envelope: Envelope, work: Work) -> None:
        """Act on one event within an open unit of work.

        :raises ContractError: its data do not fit its contract.
        :raises UnknownEventError: a newer release stored it, and this one cannot act on it.
        """
        event = envelope.event()
        if event is None or type(event) not in self._subscribed:
            raise UnknownEventError(f"unknown event {envelope.type}/{envelope.version}")
        self._handlers[type(event)](event, work.caused_by(envelope))
