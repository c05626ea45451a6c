"""The envelope of an event on the wire: CloudEvents 1.0 JSON, in the JSON batch format.

Extensions: `sequence` (version of the subject's stream in its owner, so that a consumer can drop what is older
than what it holds), `correlationid` (one per request of a person, from the browser to the SMS), `causationid`
(the event or request that led to this one), `traceparent` (W3C trace context, when tracing is on).
"""

from __future__ import annotations

import json
import re
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
_NAME = re.compile(r"[a-z][a-z0-9_.]{0,99}")
_LARGEST_BIGINT, _LARGEST_INTEGER = 2**63 - 1, 2**31 - 1
_UUID_VERSION = 7
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
                raise ValueError("data must be an object and dataschema must name the type")  # noqa: TRY301 - one exit for all
            return cls._storable(
                id=UUID(attributes["id"]),
                source=str(attributes["source"]).removeprefix(_SOURCE_BASE),
                type=str(attributes["type"]),
                version=int(version),
                subject=UUID(attributes["subject"]),
                sequence=int(attributes["sequence"]),
                time=datetime.fromisoformat(attributes["time"]),
                correlation_id=str(attributes.get("correlationid", "")),
                causation_id=_text_or_none(attributes.get("causationid")),
                traceparent=_text_or_none(attributes.get("traceparent")),
                data=attributes["data"],
            )
        except (ValueError, TypeError, AttributeError) as error:
            raise ContractError(f"not a CloudEvent of ours: {error}") from error

    @classmethod
    def _storable(cls, **attributes: Any) -> Self:
        """An envelope that the inbox can take, so that one member of a batch cannot make the others fail.

        :raises ValueError: an attribute does not fit its column.
        """
        envelope = cls(**attributes)
        if not (_NAME.fullmatch(envelope.type) and _NAME.fullmatch(envelope.source)):
            raise ValueError("type and source must be names")
        if not (0 < envelope.sequence <= _LARGEST_BIGINT and 0 < envelope.version <= _LARGEST_INTEGER):
            raise ValueError("sequence and version must be positive numbers")
        if envelope.id.version != _UUID_VERSION:
            raise ValueError("id must be a UUIDv7")
        if envelope.time.tzinfo is None:
            raise ValueError("time must have an offset")
        envelope.to_json().encode()  # a lone surrogate cannot be stored
        return envelope


def batch_of(envelopes: Iterable[str]) -> str:
    """The JSON batch format of envelopes that are already JSON texts."""
    return f"[{','.join(envelopes)}]"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A member of a batch that is not an event of ours, with the reason."""

    text: str
    reason: str


def read_members(batch: str) -> tuple[list[Envelope], list[Unreadable]]:
    """The events of a batch, and apart from them whatever else is in it: one bad member costs no good one.

    :raises ContractError: the text is not a JSON array.
    """
    try:
        members = json.loads(batch)
    except (ValueError, RecursionError) as error:
        raise ContractError(f"a batch must be JSON: {error}") from error
    if not isinstance(members, list):
        raise ContractError("a batch must be a JSON array")
    envelopes: list[Envelope] = []
    unreadable: list[Unreadable] = []
    for member in members:
        try:
            envelopes.append(Envelope.from_attributes(member))
        except ContractError as error:
            unreadable.append(Unreadable(json.dumps(member), str(error)))
    return envelopes, unreadable


def read_envelope(envelope: str) -> Envelope:
    """One event from its JSON text.

    :raises ContractError: it is not a CloudEvent of ours.
    """
    try:
        return Envelope.from_attributes(json.loads(envelope))
    except ValueError as error:
        raise ContractError(f"an event must be JSON: {error}") from error


def _text_or_none(value: Any) -> str | None:
    return None if value is None else str(value)
