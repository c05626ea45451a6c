"""Messages to people: what the ledger says was sent lies in the sandboxes once, and nothing else lies there."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from deploy.local.reconciliation.difference import Difference, differences
from deploy.local.reconciliation.places import Places

_FINAL = frozenset({"submitted", "delivered"})
_MESSAGE_ID = re.compile(rb"^message-id:\s*<?([0-9a-f-]{36})@", re.IGNORECASE | re.MULTILINE)
_IN_ADDRESS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_HEADER_BYTES = 8192


@dataclass(frozen=True, slots=True)
class Letter:
    """One row of the ledger. `is_doubtful`: it says that for a while nobody knew whether it had been sent."""

    message_id: UUID
    event_id: UUID
    consultation_id: UUID | None
    recipient_id: UUID
    channel: str
    template: str
    state: str
    is_doubtful: bool


@dataclass(frozen=True)
class LetterBooks:
    """The ledger, and how often each of its messages lies in a sandbox."""

    letters: Mapping[UUID, Letter]
    arrived: Mapping[UUID, int]
    unknown: tuple[str, ...]

    @classmethod
    def read(cls, places: Places, since: UUID) -> LetterBooks:
        """Read the sandboxes, then the ledger, so that a message just sent does not look invented."""
        arrived: Counter[UUID] = Counter()
        unknown = []
        for name, message_id in (*_mails(places.mail, since), *_texts(places.sms, since)):
            if message_id is None:
                unknown.append(name)
            else:
                arrived[message_id] += 1
        with places.reader("notifications") as reader:
            rows = reader.rows(_LEDGER, [since])
        letters = {row[0]: Letter(*row) for row in rows}
        return cls(letters, arrived, tuple(unknown))

    @property
    def repeated_in_doubt(self) -> int:
        """Messages sent again because nobody could know, as the ledger says: the honest limit of SMTP (RFC 1047)."""
        return sum(1 for key, count in self.arrived.items() if count > 1 and self._is_doubtful(key))

    def differences(self, undelivered: frozenset[str] = frozenset()) -> list[Difference]:
        """What breaks I6, and what should have been sent and was not.

        :param undelivered: states in which a message may stay, because the fault meant it to (`failed`, `held`).
        """
        final = {key for key, letter in self.letters.items() if letter.state in _FINAL}
        stuck = [
            f"{letter.template} {letter.state} {key}"
            for key, letter in self.letters.items()
            if letter.state not in _FINAL | undelivered
        ]
        strange = [*self.unknown, *(self.arrived.keys() - self.letters.keys())]
        doubled = [key for key, count in self.arrived.items() if count > 1 and not self._is_doubtful(key)]
        intents = Counter((row.event_id, row.recipient_id, row.channel, row.template) for row in self.letters.values())
        repeated = [intent for intent, count in intents.items() if count > 1]
        return [
            *differences("I6", "wrong", "in a sandbox, in no ledger", strange),
            *differences("I6", "lost", "sent according to the ledger, in no sandbox", final - self.arrived.keys()),
            *differences("I6", "lost", "not sent", stuck),
            *differences("I6", "doubled", "sent twice without doubt recorded", doubled),
            *differences("I3", "doubled", "two messages of one intent", repeated),
        ]

    def is_settled(self, key: UUID) -> bool:
        """Whether a message is sent, and has arrived once (or more often, in recorded doubt)."""
        count = self.arrived.get(key, 0)
        return self.letters[key].state in _FINAL and (count == 1 or (count > 1 and self._is_doubtful(key)))

    def _is_doubtful(self, key: UUID) -> bool:
        return key in self.letters and self.letters[key].is_doubtful


_LEDGER = """
    SELECT message_id, event_id, consultation_id, recipient_id, channel, template, state,
           doubts > 0 OR EXISTS (SELECT FROM message_attempt AS attempt
                                  WHERE attempt.message_id = message.message_id AND outcome = 'uncertain')
      FROM message WHERE message_id >= %s
"""


def _mails(folder: Path, since: UUID) -> Iterator[tuple[str, UUID | None]]:
    """Each stored mail with the message its Message-ID names."""
    for path in folder.glob("*.eml"):
        if path.stem < str(since):  # the sandbox names its files by UUIDv7 too
            continue
        with path.open("rb") as file:
            found = _MESSAGE_ID.search(file.read(_HEADER_BYTES))
        yield path.name, UUID(found[1].decode()) if found else None


def _texts(folder: Path, since: UUID) -> Iterator[tuple[str, UUID | None]]:
    """Each SMS with the message its delivery-report address names."""
    file = folder / "messages.jsonl"
    if not file.exists():
        return
    for line in file.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line) if line.startswith('{"sms"') and line.endswith("}") else {}
        sms = entry.get("sms")
        if sms and sms["id"] >= str(since):
            found = _IN_ADDRESS.search(sms["dlr_url"])
            yield sms["id"], UUID(found[0]) if found else None
