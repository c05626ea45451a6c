"""The drill that loses the broker: with consultations in flight it is killed, emptied and started again, twice.

While it is down officials go on asking, and each gets a code at once. Then everything must follow by itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from deploy.local.readiness import wait_until
from deploy.local.reconciliation.books import Books, await_quiet
from deploy.local.reconciliation.broker_watch import BrokerWatch
from deploy.local.reconciliation.difference import Difference
from deploy.local.reconciliation.load import Asker, Load
from deploy.local.reconciliation.places import Places
from deploy.local.system import LocalSystem
from shared.ids import lowest_id_at

RECOVERY_SECONDS = 30.0
_DOWN_SECONDS = 3.0
_PATIENCE_SECONDS = 120.0
_SUBMISSION_SECONDS = 600.0
# When the broker goes down and when it comes back, as fractions of all that is submitted.
_LOSSES = ((0.25, 0.50), (0.75, 1.0))


@dataclass
class Outcome:
    """How a drill ended. `accepted_while_down`: consultations that got a code while there was no broker."""

    books: Books
    recovered_in: float
    in_flight: list[int]
    accepted_while_down: int
    slowest_answer: float
    differences: list[Difference] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Whether all counts are equal, nothing differs, and it was quick enough."""
        counts = {
            self.books.submitted,
            self.books.stored,
            self.books.classified,
            self.books.assigned + self.books.triaged,
            self.books.notified,
        }
        return len(counts) == 1 and not self.differences and self.recovered_in < RECOVERY_SECONDS


class BrokerLossDrill:
    """One drill on a running system. `say` is told what happens, in words for people."""

    def __init__(self, system: LocalSystem, since: datetime, say: Callable[[str], None]) -> None:
        self._system = system
        self._places = Places.of(system)
        self._since = since
        self._say = say
        self._in_flight: list[int] = []
        self._accepted_while_down = 0
        self._fault_ended_at = 0.0

    def run(self, askers: Sequence[Asker], count: int) -> Outcome:
        """Submit `count` consultations, lose the broker twice meanwhile, and wait for the books to balance."""
        base_url = self._system.configuration.public_url("intake")
        with BrokerWatch(self._system.servers.operator_url()) as watch, Load(base_url, askers, count=count) as load:
            for down_at, up_at in _LOSSES:
                self._await_submissions(load, down_at * count)
                self._lose_broker(load, int(up_at * count))
            load.join()
        self._say(f"{len(load.receipts)} consultas aceptadas / accepted; esperando calma / waiting for quiet")
        books, recovered_in = self._balance(load)
        return Outcome(
            books=books,
            recovered_in=recovered_in,
            in_flight=self._in_flight,
            accepted_while_down=self._accepted_while_down,
            slowest_answer=max((receipt.seconds for receipt in load.receipts), default=0.0),
            differences=[*books.differences(), *load.differences(), *watch.differences()],
        )

    def _balance(self, load: Load) -> tuple[Books, float]:
        """The books, and how long after the broker's last return they balanced."""
        passed = time.monotonic() - self._fault_ended_at
        books, waited = await_quiet(
            lambda: Books.read(self._places, load.receipts, self._since),
            self._places,
            within=max(_PATIENCE_SECONDS - passed, 0),
        )
        return books, passed + waited

    def _lose_broker(self, load: Load, until: int) -> None:
        before = len(load.receipts)
        self._in_flight.append(before - self._settled())
        self._system.broker_kill()
        self._system.broker_wipe()
        self._say(f"broker: SIGKILL y vaciado / killed and emptied; en curso / in flight: {self._in_flight[-1]}")
        down_since = time.monotonic()
        try:
            self._await_submissions(load, until)
            wait_until(lambda: time.monotonic() - down_since > _DOWN_SECONDS, within_seconds=_DOWN_SECONDS + 1)
        finally:
            self._accepted_while_down += len(load.receipts) - before
            self._system.broker_start()
        self._fault_ended_at = time.monotonic()
        self._say(
            f"broker: de vuelta / back after {self._fault_ended_at - down_since:.1f} s;"
            f" {len(load.receipts) - before} aceptadas sin él / accepted without it"
        )

    def _settled(self) -> int:
        """How many of the consultations submitted so far have had their first e-mail."""
        with self._places.reader("notifications") as reader:
            (sent,) = reader.row(_SENT, [lowest_id_at(self._since)])
        return int(sent)

    @staticmethod
    def _await_submissions(load: Load, number: float) -> None:
        wait_until(lambda: len(load.receipts) >= number or not load.is_running, within_seconds=_SUBMISSION_SECONDS)


_SENT = """
    SELECT count(*) FROM message
     WHERE consultation_id >= %s AND template = 'received' AND channel = 'email' AND state IN ('submitted', 'delivered')
"""
