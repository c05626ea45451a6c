"""Events: what every outbox holds stands, applied, in the inbox of each subscriber, and nothing else does."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from deploy.local.provisioning import SERVICES
from deploy.local.reconciliation.difference import Difference, differences
from deploy.local.reconciliation.places import Places
from shared.contracts.catalog import contract_of

# A consultation goes through these once in the life that the drills give it; twice would be an effect doubled.
_ONCE_A_SUBJECT = (
    "official.registered",
    "consultation.submitted",
    "case.classified",
    "case.assigned",
    "assignment.unstaffed",
    "message.delivered",
    "message.failed",
    "message.held",
)


@dataclass(frozen=True, slots=True)
class Published:
    """One row of an outbox."""

    event_id: UUID
    type: str
    version: int
    subject: UUID
    sequence: int


@dataclass(frozen=True)
class EventBooks:
    """Outboxes and inboxes of all services since one moment."""

    published: Mapping[str, list[Published]]
    received: Mapping[str, Mapping[UUID, tuple[str, str]]]

    @classmethod
    def read(cls, places: Places, since: UUID) -> EventBooks:
        """Read what is not older than `since`, the lowest identifier of that moment.

        The inboxes come after the outboxes, so that an event on its way does not look invented.
        """
        published: dict[str, list[Published]] = {}
        received: dict[str, dict[UUID, tuple[str, str]]] = {}
        for service in SERVICES:
            with places.reader(service) as reader:
                rows = reader.rows(
                    "SELECT event_id, type, version, subject, sequence FROM outbox_event WHERE event_id >= %s", [since]
                )
                published[service] = [Published(*row) for row in rows]
        for service in SERVICES:
            with places.reader(service) as reader:
                rows = reader.rows("SELECT event_id, source, status FROM inbox WHERE event_id >= %s", [since])
                received[service] = {event_id: (source, status) for event_id, source, status in rows}
        return cls(published, received)

    @property
    def count(self) -> int:
        """How many events were published."""
        return sum(map(len, self.published.values()))

    def of_type(self, *types: str) -> list[Published]:
        """The events of these types, whoever published them."""
        return [event for events in self.published.values() for event in events if event.type in types]

    def differences(self) -> list[Difference]:
        """What breaks I2 (every event reaches every subscriber) and I3 (once)."""
        found: list[Difference] = []
        owed: dict[str, set[UUID]] = defaultdict(set)
        for producer, events in self.published.items():
            for subscriber, ids in _owed_by(events).items():
                owed[subscriber] |= ids
                found += self._missing(producer, subscriber, ids)
        for subscriber, received in self.received.items():
            found += differences(
                "I2", "wrong", f"in {subscriber}'s inbox, in no outbox", received.keys() - owed[subscriber]
            )
        return found + self._repeated()

    def _missing(self, producer: str, subscriber: str, ids: set[UUID]) -> list[Difference]:
        received = self.received[subscriber]
        absent = ids - received.keys()
        not_applied = [
            f"{event_id} {received[event_id][1]}" for event_id in ids - absent if received[event_id][1] != "applied"
        ]
        return [
            *differences("I2", "lost", f"{producer}'s events not in {subscriber}'s inbox", absent),
            *differences("I2", "lost", f"{producer}'s events not applied in {subscriber}", not_applied),
        ]  # fmt: skip

    def _repeated(self) -> list[Difference]:
        counts = Counter((event.type, event.subject) for event in self.of_type(*_ONCE_A_SUBJECT))
        repeated = [f"{event_type} {subject}" for (event_type, subject), count in counts.items() if count > 1]
        return differences("I3", "doubled", "the same fact published twice", repeated)


def _owed_by(events: Iterable[Published]) -> dict[str, set[UUID]]:
    """The events that each subscriber must hold."""
    owed: dict[str, set[UUID]] = defaultdict(set)
    for event in events:
        contract = contract_of(event.type, event.version)
        for subscriber in contract.subscribers if contract else ():
            owed[subscriber].add(event.event_id)
    return owed
