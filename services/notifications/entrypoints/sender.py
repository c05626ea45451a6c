"""`python -m services.notifications.entrypoints.sender email|sms`: the sender of one channel.

One process per channel is the bulkhead between them: a gateway that hangs delays no mail. Any number of senders of
a channel is safe, and a process is several of them: the *first lane* looks for messages, and when there are more than
it keeps up with, the others come to help, because most of a send is waiting, for the mail server and for the disk.
"""

from __future__ import annotations

import sys
import threading
from datetime import timedelta
from time import monotonic, perf_counter

import structlog
from sqlalchemy.exc import SQLAlchemyError

from services.notifications.domain.message import Channel
from services.notifications.domain.policy import Outcome
from services.notifications.domain.provider import Provider, Result, Taken
from services.notifications.entrypoints.identity import is_certainly_dead, own_identity
from services.notifications.entrypoints.providers import kannel, smtp
from services.notifications.entrypoints.providers.mime import Sender as MailSender
from services.notifications.settings import Settings, read
from services.notifications.store.letters import hint_channel
from services.notifications.use_cases.instruments import Instruments
from services.notifications.use_cases.sending import Desk, Sent
from shared.db.absence import is_away
from shared.messaging.processes import connect, lifetime, observe, read_or_exit
from shared.messaging.work import UnitsOfWork
from shared.observability.correlation import correlated

log = structlog.get_logger()

_LEASE_MARGIN = timedelta(seconds=10)
_POLL_SECONDS = 0.25  # what is due without anybody's hint: further tries, released messages
_MINDING_SECONDS = 1.0
_RESTING_SECONDS = 10.0
_TELL_EVERY = 20
_SHORTEST_BREAK, _LONGEST_BREAK = 0.3, 5.0
_LOOK_AT_STOP_SECONDS = 0.5
_BACKLOG_AFTER = 3
_FORGET_HINTS_EVERY = 100


class Sender:
    """Takes, sends and records the messages of one channel.

    :param backlog: raised while more waits than one sender keeps up with.
    :param is_helper: works only while there is a backlog, and leaves the minding to the first lane.
    """

    def __init__(
        self, units: UnitsOfWork, desk: Desk, provider: Provider, backlog: threading.Event | None = None,
        *, is_helper: bool = False,
    ) -> None:  # fmt: skip
        self._units = units
        self._desk = desk
        self._provider = provider
        self._backlog = backlog or threading.Event()
        self._is_helper = is_helper
        self._in_a_row = 0
        self._listener = units.database.listener(hint_channel(desk.channel))
        self._instruments = Instruments()
        self._sent: Sent | None = None
        self._untold = 0
        self._next_minding = 0.0
        self._last_send = monotonic()
        self._is_database_doubtful = False

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop; what is in hand then is still recorded. A database that is away is waited for."""
        pause = _SHORTEST_BREAK
        if self._is_helper:
            self._await_more(stop)
        while not stop.is_set() or self._sent is not None:
            try:
                if self.turn(wants_next=not stop.is_set()):
                    self._in_a_row += 1
                    if self._in_a_row >= _BACKLOG_AFTER:
                        self._backlog.set()
                    if self._in_a_row % _FORGET_HINTS_EVERY == 0:
                        self._listener.forget()
                else:
                    self._in_a_row = 0
                    self._await_more(stop)
                pause = _SHORTEST_BREAK
            except SQLAlchemyError as error:
                self._is_database_doubtful = True
                is_expected = is_away(error)
                log.warning(
                    "sender_paused", error=type(error).__name__, seconds=pause, exc_info=None if is_expected else error
                )
                threading.Event().wait(pause)  # not `stop`: what is in hand must be recorded before the end
                pause = min(pause * 2, _LONGEST_BREAK)
                if stop.is_set() and pause >= _LONGEST_BREAK:
                    break  # the lease settles it
        self._listener.close()
        self._provider.rest()

    def _await_more(self, stop: threading.Event) -> None:
        if not self._is_helper:
            self._listener.wait(_POLL_SECONDS, stop)
            return
        self._backlog.clear()
        while not stop.is_set() and not self._backlog.wait(_LOOK_AT_STOP_SECONDS):
            if monotonic() - self._last_send > _RESTING_SECONDS:
                self._provider.rest()

    def turn(self, *, wants_next: bool = True) -> bool:
        """Record what is in hand, take and send the next message; False when there is none."""
        if self._is_database_doubtful:
            self._check_what_was_taken()
        with self._units.begin() as work:
            taken = self._desk.exchange(work, self._sent, wants_next=wants_next)
        self._untold += self._sent is not None
        self._sent = None
        if taken is None and not self._is_helper and monotonic() >= self._next_minding:
            taken = self._mind(wants_probe=wants_next)
        if taken is None or self._untold >= _TELL_EVERY:
            self._tell()
        if taken is None:
            if monotonic() - self._last_send > _RESTING_SECONDS:
                self._provider.rest()
            return False
        self._sent = Sent(taken, self._send(taken))
        return True

    def _mind(self, *, wants_probe: bool) -> Taken | None:
        """Once a second: settle what others left behind, tell what receipts brought, knock at a closed door."""
        self._next_minding = monotonic() + _MINDING_SECONDS
        self._untold += 1
        with self._units.begin() as work:
            self._desk.settle_doubts(work, is_certainly_dead)
            return self._desk.take_probe(work) if wants_probe else None

    def _tell(self) -> None:
        if not self._untold:
            return
        with self._units.begin() as work:
            told = self._desk.tell(work)
        self._untold = told  # more may wait than one call tells; ask again until it tells none

    def _check_what_was_taken(self) -> None:
        with self._units.begin() as work:
            self._desk.give_back(work, self._sent)
        self._is_database_doubtful = False

    def _send(self, taken: Taken) -> Result:
        started = perf_counter()
        with correlated(taken.correlation_id, message_id=str(taken.message_id)):
            try:
                result = self._provider.send(taken)
            except Exception as error:
                # A mistake of ours; what the provider saw of the message by then, nobody knows.
                log.exception("send_failed", channel=taken.channel, template=taken.template)
                result = Result(Outcome.UNCERTAIN, f"{type(error).__name__}: {error}")
        self._instruments.sent(taken.channel, taken.template, result.outcome, perf_counter() - started)
        self._last_send = monotonic()
        return result


def build_desk(channel: Channel, settings: Settings, lane: int = 0) -> Desk:
    """The desk of a lane of this process."""
    seconds = smtp.TOTAL_SECONDS + smtp.CONNECT_SECONDS if channel is Channel.EMAIL else kannel.TOTAL_SECONDS
    return Desk(
        channel,
        own_identity(lane),
        lease=timedelta(seconds=seconds) + _LEASE_MARGIN,
        receipt_wait=timedelta(seconds=settings.receipt_wait_seconds),
    )


def build_provider(channel: Channel, settings: Settings) -> Provider:
    """Who carries the messages of a channel."""
    if channel is Channel.SMS:
        return kannel.Kannel(settings.sms)
    return smtp.SmtpServer(settings.mail.url, MailSender(settings.mail.sender, settings.mail.reply_to))


def main() -> None:
    """Run until SIGTERM."""
    if len(sys.argv) != 2 or sys.argv[1] not in list(Channel):  # noqa: PLR2004 - the program and its one argument
        sys.stderr.write("usage: python -m services.notifications.entrypoints.sender email|sms\n")
        raise SystemExit(2)
    channel = Channel(sys.argv[1])
    settings = read_or_exit(read)
    observe(settings.service)
    parts = connect(settings.service, pool_size=settings.sender_lanes + 1)
    with lifetime(parts, f"sender-{channel}") as stop:
        backlog = threading.Event()
        first, *helpers = (
            Sender(
                parts.units,
                build_desk(channel, settings, lane),
                build_provider(channel, settings),
                backlog,
                is_helper=lane > 0,
            )
            for lane in range(settings.sender_lanes)
        )
        threads = [threading.Thread(target=helper.run, args=(stop,)) for helper in helpers]
        for thread in threads:
            thread.start()
        first.run(stop)
        for thread in threads:
            thread.join()


if __name__ == "__main__":
    main()
