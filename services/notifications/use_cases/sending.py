"""Three-step sending: take (transaction), send (no transaction open), record (transaction).

The first and the third step of neighbouring messages share a transaction: `exchange` records what came of one
message and takes the next. A sender therefore has never more than one message between the two, pays one commit per
message, and however it dies, at most one message is in doubt.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import structlog

from services.notifications.domain.breaker import Breaker
from services.notifications.domain.message import Channel, OwnReply, State
from services.notifications.domain.policy import (
    Outcome,
    Progress,
    Verdict,
    after_doubt,
    after_send,
    after_waiting,
)
from services.notifications.domain.provider import Result, Taken
from services.notifications.domain.template import TEMPLATES
from services.notifications.store import breakers, doubts, facts, receipts, sending
from services.notifications.store.doubts import Doubtful
from services.notifications.store.facts import Fact
from services.notifications.use_cases.instruments import Instruments
from shared.contracts.event import Event
from shared.contracts.message import MessageDelivered, MessageFailed, MessageHeld
from shared.messaging.work import Work

log = structlog.get_logger()

_FACTS_AT_ONCE = 100

DeathCheck = Callable[[str], bool]
"""Whether a sender is certainly dead. "Do not know" is no: then its lease decides."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that was sent, or not, and not recorded yet."""

    taken: Taken
    result: Result


class Desk:
    """The sending desk of one channel.

    :param sender: who this process is, told apart from every other and from its own earlier lives.
    :param lease: longer than any send can take; a message still `sending` after it is in doubt.
    :param receipt_wait: how long an SMS in doubt waits for a delivery report.
    """

    def __init__(self, channel: Channel, sender: str, *, lease: timedelta, receipt_wait: timedelta) -> None:
        self.channel = channel
        self._sender = sender
        self._lease = lease
        self._receipt_wait = receipt_wait
        self._instruments = Instruments()

    def exchange(self, work: Work, sent: Sent | None, *, wants_next: bool) -> Taken | None:
        """Record a message that was sent, and take the next one that is due."""
        if sent is not None:
            self._record(work, sent)
        return sending.take(work.session, self.channel, self._sender, self._lease) if wants_next else None

    def give_back(self, work: Work, in_hand: Sent | None) -> None:
        """After the database was away: return what was taken in a transaction whose COMMIT got no answer."""
        returned = sending.give_back(
            work.session, self.channel, self._sender, in_hand=in_hand.taken.message_id if in_hand else None
        )
        if returned:
            log.info("messages_given_back", channel=self.channel, count=returned)

    def take_probe(self, work: Work) -> Taken | None:
        """While the provider is away: take one message to see whether it is back, when it is time for that."""
        return sending.take_probe(work.session, self.channel, self._sender, self._lease)

    def tell(self, work: Work) -> int:
        """Tell the other services what became of messages; returns how many facts were told.

        The text of a message that opens a door goes out of the ledger with the fact that it was sent.
        """
        untold = facts.take_untold(work.session, self.channel, _FACTS_AT_ONCE)
        for fact in untold:
            work.continuing(fact.correlation_id, fact.event_id).emit(_event_of(fact))
        secret = [fact.message_id for fact in untold if _is_worthless(fact)]
        if secret:
            facts.redact(work.session, secret)
        return len(untold)

    def settle_doubts(self, work: Work, is_dead: DeathCheck) -> int:
        """Settle what was being sent by a sender that died or vanished, and what no receipt came for."""
        dead = [sender for sender in doubts.senders_at_work(work.session, self.channel) if is_dead(sender)]
        abandoned = doubts.find_abandoned(work.session, self.channel, dead)
        settled = doubts.settle_each(work.session, abandoned, self._judge_doubt, OwnReply.SENDER_LOST)
        for _ in abandoned:
            self._instruments.uncertain(self.channel, "sender_lost")
        unanswered = doubts.find_unanswered(work.session, self.channel)
        if unanswered:
            do_come = receipts.do_come(work.session)
            settled += doubts.settle_each(
                work.session,
                unanswered,
                lambda doubtful: after_waiting(self._progress(doubtful), do_receipts_come=do_come),
                OwnReply.NO_REPORT,
            )
        for doubtful, verdict in settled:
            self._instruments.settled(self.channel, verdict.state)
            log.warning(
                "message_in_doubt", message_id=str(doubtful.message_id), channel=self.channel,
                template=doubtful.template, now=verdict.state, doubts=verdict.doubts,
            )  # fmt: skip
        return len(settled)

    def _record(self, work: Work, sent: Sent) -> None:
        taken, result = sent.taken, sent.result
        progress = replace(self._progress(taken), is_blameless=result.is_unreachable or taken.is_probe)
        verdict = after_send(result.outcome, progress, receipt_wait=self._receipt_wait)
        if not sending.record(work.session, taken, self._sender, result, verdict):
            log.info("outcome_came_late", message_id=str(taken.message_id), outcome=result.outcome)
        elif verdict.state is not State.SUBMITTED:
            log.warning(
                "message_not_sent", message_id=str(taken.message_id), channel=self.channel, template=taken.template,
                attempt=taken.attempt, outcome=result.outcome, reply=result.reply, now=verdict.state,
                retry_seconds=verdict.delay.total_seconds(),
            )  # fmt: skip
        if result.outcome is Outcome.UNCERTAIN:
            self._instruments.uncertain(self.channel, "no_answer")
        self._instruments.settled(self.channel, verdict.state)
        self._mind_breaker(work, taken, result)

    def _mind_breaker(self, work: Work, taken: Taken, result: Result) -> None:
        """A healthy channel costs nothing here: its row is written only when something changes."""
        if result.outcome is Outcome.UNAVAILABLE:
            before, now = breakers.locked(work.session, self.channel)
            after = before.after_failure(now, is_unreachable=result.is_unreachable)
            breakers.put(work.session, self.channel, after)
            if after.is_open and not before.is_open:
                self._instruments.breaker(self.channel, "open")
                log.error("breaker_opened", channel=self.channel, reply=result.reply)
        elif taken.is_channel_troubled and result.outcome in _PROVIDER_ANSWERED:
            before, _ = breakers.locked(work.session, self.channel)
            breakers.put(work.session, self.channel, Breaker())
            released = breakers.release_after_outage(work.session, self.channel)
            if before.is_open:
                self._instruments.breaker(self.channel, "closed")
                log.info("breaker_closed", channel=self.channel, released=released)

    def _progress(self, message: Taken | Doubtful) -> Progress:
        template = TEMPLATES[message.template]
        return Progress(self.channel, template.on_uncertain, message.tries, message.doubts, message.age)

    def _judge_doubt(self, doubtful: Doubtful) -> Verdict:
        return after_doubt(self._progress(doubtful), receipt_wait=self._receipt_wait)


# Any answer about a message shows that the provider works; silence does not.
_PROVIDER_ANSWERED = (Outcome.ACCEPTED, Outcome.DEFERRED, Outcome.REFUSED)


def _is_worthless(fact: Fact) -> bool:
    """Whether the text of a told message must go. A failed or held link may still be sent again until it expires."""
    return fact.kind == "delivered" and TEMPLATES[fact.template].is_secret


def _event_of(fact: Fact) -> Event:
    common: dict[str, Any] = {
        "message_id": fact.message_id,
        "consultation_id": fact.consultation_id,
        "recipient_id": fact.recipient_id,
        "channel": fact.channel,
        "template": fact.template,
    }
    if fact.kind == "delivered":
        return MessageDelivered(**common, evidence=fact.reply, delivered_at=fact.at)
    if fact.kind == "failed":
        return MessageFailed(**common, reason=fact.reply, failed_at=fact.at)
    return MessageHeld(**common, reason=fact.reply, held_at=fact.at)
