"""A unit of work: one transaction, the time, and the events it emits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.contracts.envelope import Envelope
from shared.contracts.event import Event
from shared.db.database import Database
from shared.messaging import timers
from shared.messaging.outbox import Origin, OutboxBuffer
from shared.observability.correlation import current_correlation_id, current_traceparent

_NOW = "work.now"  # kept with the session: asked once per transaction, whatever number of events it handles


class Work:
    """What a use case or an event handler is given: it changes state, emits events, arms timers, never commits."""

    def __init__(
        self, session: Session, outbox: OutboxBuffer, origin: Origin, cause: Envelope | None = None,
        endings: list[Callable[[], None]] | None = None, firing: UUID | None = None,
    ) -> None:  # fmt: skip
        self.session = session
        self.cause = cause
        self._outbox = outbox
        self._origin = origin
        self._endings: list[Callable[[], None]] = [] if endings is None else endings
        self._firing = firing

    @property
    def now(self) -> datetime:
        """The database's time at the start of the transaction: one clock for all processes."""
        now: datetime | None = self.session.info.get(_NOW)
        if now is None:
            now = self.session.info[_NOW] = self.session.execute(text("SELECT transaction_timestamp()")).scalar_one()
        return now

    @property
    def sequence(self) -> int:
        """The number of the event being handled in its subject's stream; newer ones are higher.

        :raises LookupError: no event is being handled.
        """
        if self.cause is None:
            raise LookupError("no event is being handled")
        return self.cause.sequence

    def emit(self, event: Event) -> None:
        """Publish a fact, if and only if this transaction commits.

        :raises ContractError: the event does not fit its contract.
        :raises ValueError: the catalog does not let this service publish it.
        """
        self._outbox.add(event, self._origin)

    def arm(self, name: str, subject: UUID, due_at: datetime, data: dict[str, Any] | None = None) -> None:
        """Set the timer `name` of `subject`; an earlier setting of the same timer no longer fires."""
        timers.arm(self.session, name, subject, due_at, data or {}, firing=self._firing)

    def disarm(self, subject: UUID, *names: str) -> None:
        """Cancel timers of `subject`: those named, or all."""
        timers.disarm(self.session, subject, names, firing=self._firing)

    def at_end(self, act: Callable[[], None]) -> None:
        """Call `act` once, when all events of the transaction have been handled and before it commits.

        What a batch of events has in common is done there in one go: cheaper than for each event, and with locks
        taken in one order, so that two batches side by side do not deadlock. If `act` raises, nothing commits.
        """
        self._endings.append(act)

    def caused_by(self, cause: Envelope) -> Work:
        """The same transaction, for handling one event of a batch."""
        return Work(
            self.session,
            self._outbox,
            Origin(cause.correlation_id, str(cause.id), cause.traceparent),
            cause,
            self._endings,
        )

    def fired_by(self, timer: timers.Timer) -> Work:
        """The same transaction, for acting on a due timer."""
        origin = Origin(str(timer.id), traceparent=self._origin.traceparent)
        return Work(self.session, self._outbox, origin, endings=self._endings, firing=timer.id)

    def continuing(self, correlation_id: str, causation_id: UUID) -> Work:
        """The same transaction, for a fact that follows from an event handled earlier, perhaps by another process."""
        origin = Origin(correlation_id, str(causation_id))
        return Work(self.session, self._outbox, origin, None, self._endings)

    @contextmanager
    def attempt(self) -> Iterator[Work]:
        """A part of the transaction that is undone alone when the block raises, as if it had not been tried.

        What the part owes to its end is done inside it. Only where the transaction owes nothing yet: nothing of what
        was noted before could be told apart from what the part noted.

        :raises LookupError: something is owed already.
        """
        if self._endings:
            raise LookupError("the transaction owes something already")
        before = dict(self.session.info)
        part = Work(self.session, OutboxBuffer(self._outbox.service), self._origin, self.cause, firing=self._firing)
        try:
            with self.session.begin_nested():
                yield part
                part.finish()
        except BaseException:
            self.session.info.clear()
            self.session.info.update(before)
            raise

    def finish(self) -> None:
        """Write what was emitted; called once, by whoever opened the transaction, before it commits."""
        while self._endings:
            self._endings.pop(0)()
        self.session.flush()
        self._outbox.write(self.session)


class UnitsOfWork:
    """Opens units of work on one service's database."""

    def __init__(self, service: str, database: Database) -> None:
        self.service = service
        self.database = database

    @contextmanager
    def begin(self) -> Iterator[Work]:
        """One transaction: state and events together, or neither when the block raises."""
        with self.database.transaction() as session:
            origin = Origin(current_correlation_id(), None, current_traceparent())
            work = Work(session, OutboxBuffer(self.service), origin)
            yield work
            work.finish()
