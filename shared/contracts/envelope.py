"""The envelope of an event on the wire: CloudEvents 1.0 JSON, in the JSON batch format.

Extensions: `sequence` (version of the subject's stream in its owner, so that a consumer can drop what is older
than what it holds), `correlationid` (one per request of a person, from the browser to the SMS), `causationid`
(the event or request that led to this one), `traceparent` (W3C trace context, when tracing is on).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from shared.contracts.catalog import contract_of
from shared.contracts.event import ContractError, Event

_SPEC_VERSION = "1.0"
_SCHEMA_BASE = "https://ventanilla.example/contracts/"
_SOURCE_BASE = "/ventanilla/"
_REQUIRED = ("specversion", "id", "source", "type", "subject", "time", "dataschema", "sequence", "data")


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One event with its CloudEvents attributes; `data` is still plain JSON."""

    id: UUID
    source: str
    type: str
    version: int
    subject: UUID
    sequence: int
    time: datetime
    correlation_id: str
    causation_id: str | None
    traceparent: str | None
    data: dict[str, Any]

    def event(self) -> Event | None:
        """The typed event, or None when this release does not know its (type, version).

        :raises ContractError: the type is known and the data do not fit it.
        """
        contract = contract_of(self.type, self.version)
        return None if contract is None else contract.event.from_data(self.data)

    def to_json(self) -> str:
        """The CloudEvents JSON text."""
        attributes: dict[str, Any] = {
            "specversion": _SPEC_VERSION,
            "id": str(self.id),
            "source": _SOURCE_BASE + self.source,
            "type": self.type,
            "subject": str(self.subject),
            "time": self.time.isoformat(),
            "datacontenttype": "application/json",
            "dataschema": f"{_SCHEMA_BASE}{self.type}/{self.version}",
            "sequence": self.sequence,
            "correlationid": self.correlation_id,
        }
        if self.causation_id is not None:
            attributes["causationid"] = self.causation_id
        if self.traceparent is not None:
            attributes["traceparent"] = self.traceparent
        attributes["data"] = self.data
        return json.dumps(attributes, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_attributes(cls, attributes: Any) -> Self:
        """Read one member of a batch.

        :raises ContractError: it is not a CloudEvent of ours.
        """
        if not isinstance(attributes, dict):
            raise ContractError("an event must be a JSON object")
        missing = [name for name in _REQUIRED if name not in attributes]
        if missing:
            raise ContractError(f"attributes missing: {', '.join(missing)}")
        try:
            schema, _, version = str(attributes["dataschema"]).rpartition("/")
            if not isinstance(attributes["data"], dict) or schema != _SCHEMA_BASE + str(attributes["type"]):
                raise ValueError("data must be an object and dataschema must name the type")
            return cls(
                id=UUID(attributes["id"]),
                source=str(attributes["source"]).removeprefix(_SOURCE_BASE),
                type=str(attributes["type"]),
                version=int(version),
                subject=UUID(attributes["subject"]),
                sequence=int(attributes["sequence"]),
                time=datetime.fromisoformat(attributes["time"]),
                correlation_id=str(attributes.get("correlationid", "")),
                causation_id=attributes.get("causationid"),
                traceparent=attributes.get("traceparent"),
                data=attributes["data"],
            )
        except (ValueError, TypeError, AttributeError) as error:
            raise ContractError(f"not a CloudEvent of ours: {error}") from error


def batch_of(envelopes: Iterable[str]) -> str:
    """The JSON batch format of envelopes that are already JSON texts."""
    return f"[{','.join(envelopes)}]"


def read_batch(batch: str) -> list[Envelope]:
    """The envelopes of a batch.

    :raises ContractError: the text is not a JSON array of CloudEvents.
    """
    try:
        members = json.loads(batch)
    except ValueError as error:
        raise ContractError(f"a batch must be JSON: {error}") from error
    if not isinstance(members, list):
        raise ContractError("a batch must be a JSON array")
    return [Envelope.from_attributes(member) for member in members]
