"""The numbers of messages."""

from __future__ import annotations

from collections.abc import Iterable

from services.notifications.store.letters import Written
from shared.observability.metrics import QUICK_BUCKETS, counter, histogram

_SERVICE = "notifications"


class Instruments:
    """What writing, sending and settling count."""

    def __init__(self) -> None:
        self._written = counter(
            _SERVICE, "messages_written", "Messages put into the ledger.", "channel", "template", "state"
        )
        self._segments = counter(_SERVICE, "sms_segments", "SMS messages as they are paid, written to the ledger.")
        self._sent = counter(
            _SERVICE, "message_attempts", "Attempts to send, by outcome.", "channel", "template", "outcome"
        )
        self._seconds = histogram(
            _SERVICE, "send_seconds", "Time of one attempt at the provider.", "channel",
            buckets=(*QUICK_BUCKETS, 30.0),
        )  # fmt: skip
        self._moved = counter(_SERVICE, "messages_settled", "Messages by the state they came to.", "channel", "state")
        self._uncertain = counter(
            _SERVICE, "messages_uncertain", "Attempts of which nobody knows whether they were sent.", "channel", "why"
        )
        self._breaker = counter(_SERVICE, "breaker_changes", "Times a channel's breaker moved.", "channel", "to")
        self._receipts = counter(_SERVICE, "receipts", "Delivery reports received.", "type", "outcome")

    def written(self, written: Iterable[Written]) -> None:
        """Letters were added to the ledger."""
        for letter in written:
            self._written.labels(letter.channel, letter.template, letter.state).inc()
            if letter.channel == "sms":
                self._segments.inc(letter.segments)

    def sent(self, channel: str, template: str, outcome: str, seconds: float) -> None:
        """An attempt ended."""
        self._sent.labels(channel, template, outcome).inc()
        self._seconds.labels(channel).observe(seconds)

    def settled(self, channel: str, state: str) -> None:
        """A message came to a state in which it rests, or waits."""
        self._moved.labels(channel, state).inc()

    def uncertain(self, channel: str, why: str) -> None:
        """An attempt ended in doubt: `no_answer`, or `sender_lost`."""
        self._uncertain.labels(channel, why).inc()

    def breaker(self, channel: str, to: str) -> None:
        """A breaker opened or closed."""
        self._breaker.labels(channel, to).inc()

    def receipt(self, report_type: int, outcome: str) -> None:
        """A delivery report came: `new`, `repeated` or `unknown`."""
        self._receipts.labels(str(report_type), outcome).inc()
