"""The books as a whole: one line of counts that must all be equal, and everything that does not balance."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import psycopg
import redis

from deploy.local.reconciliation.cases import CaseBooks
from deploy.local.reconciliation.difference import Difference, differences
from deploy.local.reconciliation.events import EventBooks
from deploy.local.reconciliation.letters import LetterBooks
from deploy.local.reconciliation.places import Places
from deploy.local.reconciliation.receipts import Receipt
from deploy.local.reconciliation.stillness import Stillness
from deploy.local.reconciliation.timers import TimerBooks
from shared.ids import lowest_id_at

_PAUSE_SECONDS, _BUSY_PAUSE_SECONDS = 0.1, 0.5
_NEARLY_STILL = 200
_WITH_ADVISOR = ("assigned", "waiting", "answered", "closed")


@dataclass(frozen=True)
class Allowances:
    """What a fault may leave behind, because it was meant to.

    `undelivered`: states in which messages may stay. `latest_timer_ms`: how late a timer may fire, None for any.
    """

    undelivered: frozenset[str] = frozenset()
    latest_timer_ms: int | None = None


NONE_ALLOWED = Allowances()


@dataclass(frozen=True)
class Books:
    """One reading of everything since one moment. It means something only when nothing moves any more."""

    receipts: Mapping[UUID, Receipt]
    stillness: Stillness
    events: EventBooks
    cases: CaseBooks
    letters: LetterBooks
    timers: TimerBooks
    allowed: Allowances = field(default=NONE_ALLOWED)

    @classmethod
    def read(
        cls, places: Places, receipts: Iterable[Receipt], since: datetime, allowed: Allowances = NONE_ALLOWED
    ) -> Books:
        """Read the books of everything that happened after `since` (UTC).

        :raises psycopg.Error: a database is away.
        :raises redis.RedisError: the broker is away.
        """
        lowest = lowest_id_at(since)
        return cls(
            receipts={receipt.consultation_id: receipt for receipt in receipts},
            stillness=Stillness.read(places),
            events=EventBooks.read(places, lowest),
            cases=CaseBooks.read(places, lowest),
            letters=LetterBooks.read(places, lowest),
            timers=TimerBooks.read(places, lowest, since),
            allowed=allowed,
        )

    # --- counts --------------------------------------------------------------------------------------------

    @property
    def submitted(self) -> int:
        """Consultations that somebody holds a receipt for."""
        return len(self.receipts)

    @property
    def stored(self) -> int:
        """Those that intake holds."""
        return sum(1 for key in self.receipts if key in self.cases.stored)

    @property
    def classified(self) -> int:
        """Those that have a case with a topic and a promise, told to everybody once."""
        told = Counter(event.subject for event in self.events.of_type("case.classified"))
        return sum(1 for key in self.receipts if key in self.cases.cases and told[key] == 1)

    @property
    def assigned(self) -> int:
        """Those that an advisor has."""
        return self.cases.count(self.receipts, *_WITH_ADVISOR)

    @property
    def triaged(self) -> int:
        """Those that wait for a person to choose the topic."""
        return self.cases.count(self.receipts, "triage")

    @property
    def unstaffed(self) -> int:
        """Those that wait for an advisor to be free: nothing is lost, but nobody has them either."""
        return self.cases.count(self.receipts, "unstaffed")

    @property
    def notified(self) -> int:
        """Those of which every message that is due has arrived."""
        return len(self.receipts) - len(self._not_notified())

    @property
    def doubles(self) -> int:
        """Effects that happened twice."""
        return sum(difference.count for difference in self.differences() if difference.kind == "doubled")

    @property
    def lost(self) -> int:
        """Things that should be there and are not."""
        return sum(difference.count for difference in self.differences() if difference.kind == "lost")

    def line(self, recovered_in: float) -> str:
        """The last line of a report. `recovered_in`: seconds from the end of the fault to these books."""
        return (
            f"submitted={self.submitted} stored={self.stored} classified={self.classified}"
            f" assigned_or_triaged={self.assigned + self.triaged} notified={self.notified}"
            f" doubles={self.doubles} lost={self.lost} recovered_in={recovered_in:.1f}s"
        )

    # --- differences ---------------------------------------------------------------------------------------

    def differences(self) -> list[Difference]:
        """Everything that does not balance (I1 to I7)."""
        codes = {key: receipt.code for key, receipt in self.receipts.items()}
        incomplete = self._not_notified() if not self.allowed.undelivered else {}
        return [
            *self.stillness.differences(),
            *self.events.differences(),
            *self.cases.differences(codes, self.events),
            *self.letters.differences(self.allowed.undelivered),
            *differences("I6", "lost", "messages missing", (f"{key}: {why}" for key, why in incomplete.items())),
            *self.timers.differences(latest_ms=self.allowed.latest_timer_ms),
        ]

    def _not_notified(self) -> dict[UUID, str]:
        """Consultations with the messages they lack."""
        have: dict[UUID, Counter[tuple[str, str]]] = {}
        for key, letter in self.letters.letters.items():
            if letter.consultation_id is not None and self.letters.is_settled(key):
                have.setdefault(letter.consultation_id, Counter())[letter.template, letter.channel] += 1
        lacking = {}
        for key, expected in self.expected_letters().items():
            counts = have.get(key, Counter())
            wrong = {name: counts[name] for name, count in expected.items() if counts[name] != count}
            if wrong:
                lacking[key] = str(wrong)
        return lacking

    def expected_letters(self) -> dict[UUID, Counter[tuple[str, str]]]:
        """Which messages each consultation must have led to by now: (template, channel) with how many of it.

        The receipt by e-mail, and by SMS to a mobile; at the assignment one e-mail to the official and one to the
        advisor.
        """
        assigned = {event.subject for event in self.events.of_type("case.assigned")}
        expected: dict[UUID, Counter[tuple[str, str]]] = {}
        for key, receipt in self.receipts.items():
            letters = Counter({("received", "email"): 1})
            if receipt.has_phone:
                letters["received", "sms"] = 1
            if key in assigned:
                letters.update({("assigned", "email"): 1, ("case_assigned", "email"): 1})
            expected[key] = letters
        return expected


def await_quiet(
    read: Callable[[], Books],
    places: Places,
    *,
    within: float,
    watch: Callable[[dict[str, int]], None] = lambda _: None,
) -> tuple[Books, float]:
    """Wait until nothing moves and the books balance; the books, and the seconds that took.

    What is cheap is asked often, and the whole only when nothing seems to move. After `within` seconds the books are
    returned as they are, whatever they say; `watch` is told each time what still moves.

    :raises psycopg.Error: a database is still away when the time is over.
    :raises redis.RedisError: the broker is.
    """
    started = time.monotonic()
    pause = threading.Event()
    is_nearly_still = True
    while True:
        is_over = time.monotonic() - started > within
        looked_at = time.monotonic()
        try:
            still = Stillness.read(places)
            is_nearly_still = sum(still.moving.values()) < _NEARLY_STILL
            watch(still.moving)
            if not still.moving or is_over:
                books = read()
                if is_over or not books.differences():
                    return books, looked_at - started
        except (psycopg.Error, redis.RedisError):
            if is_over:
                raise
        # Each look opens connections; while much is on its way, the looking must not be what it waits for.
        pause.wait(_PAUSE_SECONDS if is_nearly_still else _BUSY_PAUSE_SECONDS)
