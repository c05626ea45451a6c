"""The outbox: events as rows, written in the same transaction as the change they tell of.

`outbox_event` keeps every event for months. `outbox_delivery` holds one row per event and subscriber for as long
as that subscriber has not confirmed; an empty table means that everybody has everything (see `deliveries`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.contracts.catalog import Contract, contract_for
from shared.contracts.envelope import Envelope
from shared.contracts.event import Event
from shared.db.bulk import json_rows
from shared.db.hints import hint
from shared.ids import new_id

OUTBOX_CHANNEL = "outbox"
"""Where the relay is told that something waits for it."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What led to an event: the request of a person, or another event."""

    correlation_id: str
    causation_id: str | None = None
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class _Emitted:
    contract: Contract
    subject: UUID
    data: dict[str, Any]
    origin: Origin


@dataclass(slots=True)
class OutboxBuffer:
    """The events of one transaction, kept until its end so that they are written in three statements, not 3 n."""

    service: str
    _emitted: list[_Emitted] = field(default_factory=list)

    def add(self, event: Event, origin: Origin) -> None:
        """Take an event for the end of the transaction.

        :raises ContractError: it does not fit its own contract, so no subscriber could read it.
        :raises ValueError: the catalog does not let this service publish it.
        """
        contract = contract_for(type(event))
        if self.service not in contract.producers:
            raise ValueError(f"{self.service} does not publish {event.TYPE}; see the catalog")
        self._emitted.append(_Emitted(contract, event.subject, event.to_valid_data(), origin))

    def write(self, session: Session) -> None:
        """Append the events and their deliveries. Streams are locked in key order, so two writers never deadlock."""
        if not self._emitted:
            return
        counts = Counter(emitted.subject for emitted in self._emitted)
        rows = session.execute(
            _ADVANCE_STREAMS,
            {"rows": json_rows({"subject": key, "count": counts[key]} for key in counts)},
        ).all()
        next_sequence = {row.subject: row.sequence - counts[row.subject] + 1 for row in rows}
        envelopes = []
        for emitted in self._emitted:
            envelopes.append(self._envelope(emitted, next_sequence[emitted.subject], rows[0].now))
            next_sequence[emitted.subject] += 1
        session.execute(_APPEND_EVENTS, {"rows": json_rows(map(_row_of, envelopes))})
        deliveries = (
            {"event_id": envelope.id, "subscriber": subscriber}
            for envelope, emitted in zip(envelopes, self._emitted, strict=True)
            for subscriber in emitted.contract.subscribers
        )
        session.execute(_APPEND_DELIVERIES, {"rows": json_rows(deliveries)})
        hint(session, OUTBOX_CHANNEL)
        self._emitted.clear()

    def _envelope(self, emitted: _Emitted, sequence: int, now: datetime) -> Envelope:
        return Envelope(
            id=new_id(),
            source=self.service,
            type=emitted.contract.event.TYPE,
            version=emitted.contract.event.VERSION,
            subject=emitted.subject,
            sequence=sequence,
            time=now,
            correlation_id=emitted.origin.correlation_id,
            causation_id=emitted.origin.causation_id,
            traceparent=emitted.origin.traceparent,
            data=emitted.data,
        )


def _row_of(envelope: Envelope) -> dict[str, Any]:
    return {
        "event_id": envelope.id,
        "subject": envelope.subject,
        "sequence": envelope.sequence,
        "type": envelope.type,
        "version": envelope.version,
        "envelope": envelope.to_json(),
    }


_ADVANCE_STREAMS = text("""
    INSERT INTO outbox_stream (subject, sequence)
    SELECT subject, count
      FROM json_to_recordset(CAST(:rows AS json)) AS streams (subject uuid, count bigint)
     ORDER BY subject
    ON CONFLICT (subject) DO UPDATE SET sequence = outbox_stream.sequence + excluded.sequence
    RETURNING subject, sequence, clock_timestamp() AS now
""")

_APPEND_EVENTS = text("""
    INSERT INTO outbox_event (event_id, subject, sequence, type, version, envelope)
    SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS emitted (
        event_id uuid, subject uuid, sequence bigint, type text, version integer, envelope text)
""")

_APPEND_DELIVERIES = text("""
    INSERT INTO outbox_delivery (event_id, subscriber)
    SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS owed (event_id uuid, subscriber text)
""")
