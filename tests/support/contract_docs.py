"""Writes docs/events.md and docs/asyncapi.yaml from the catalog: `python -m tests.support.contract_docs`.

Both are derived, never edited; a test compares them with the catalog.
"""

from __future__ import annotations

import types
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from inspect import getdoc
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import yaml

from shared.contracts.catalog import CATALOG, SERVICES, Contract, events_queue, publications_of, subscriptions_of
from shared.contracts.event import LONGEST_TEXT, Event

_DOCS = Path(__file__).resolve().parents[2] / "docs"

_JSON_TYPES: dict[Any, dict[str, Any]] = {
    str: {"type": "string", "maxLength": LONGEST_TEXT},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    UUID: {"type": "string", "format": "uuid"},
    datetime: {"type": "string", "format": "date-time"},
    date: {"type": "string", "format": "date"},
}

_INTRODUCTION = """# Events

Generated from `shared/contracts/catalog.py` by `python -m tests.support.contract_docs`; do not edit.

An event travels as [CloudEvents 1.0](https://cloudevents.io) JSON. `type` says what happened, the last part of
`dataschema` is the version, `subject` is the aggregate, and the extension `sequence` numbers the events of a subject
in its owner. One recorded example of each stands in `shared/contracts/examples/`.

| event | published by | received by |
|---|---|---|
"""


def events_page() -> str:
    """The text of docs/events.md."""
    rows = [
        f"| [`{c.event.TYPE}`](#{_anchor(c)}) | {', '.join(c.producers)} | {', '.join(c.subscribers)} |"
        for c in CATALOG
    ]
    return _INTRODUCTION + "\n".join(rows) + "\n\n" + "\n".join(_section(contract) for contract in CATALOG)


def _anchor(contract: Contract) -> str:
    return f"{contract.event.TYPE.replace('.', '')}-v{contract.event.VERSION}"


def _section(contract: Contract) -> str:
    event = contract.event
    lines = [f"## {event.TYPE} v{event.VERSION}", "", _sentence(event), "", "| field | type | |", "|---|---|---|"]
    hints = get_type_hints(event)
    for field in fields(event):
        notes = ["subject"] if field.name == event.SUBJECT else []
        notes += ["optional"] if field.default is not MISSING else []
        lines.append(f"| `{field.name}` | {_name_of(hints[field.name])} | {', '.join(notes)} |")
    return "\n".join([*lines, ""])


def _name_of(hint: Any) -> str:
    if get_origin(hint) in (Union, types.UnionType):
        (kind,) = (part for part in get_args(hint) if part is not types.NoneType)
        return f"{_name_of(kind)} or null"
    if get_origin(hint) is tuple:
        return f"list of {_name_of(get_args(hint)[0])}"
    if is_dataclass(hint):
        nested = get_type_hints(hint)
        return "object: " + ", ".join(f"`{field.name}` {_name_of(nested[field.name])}" for field in fields(hint))
    return str(_JSON_TYPES[hint].get("format", _JSON_TYPES[hint]["type"]))


def asyncapi() -> str:
    """The text of docs/asyncapi.yaml (AsyncAPI 3.0)."""
    document = {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Ventanilla",
            "version": "1",
            "description": "What the services of Ventanilla tell one another. Generated from the catalog.",
        },
        "defaultContentType": "application/cloudevents-batch+json",
        "channels": {name: _channel(name) for name in SERVICES if subscriptions_of(name)},
        "operations": _operations(),
        "components": {"messages": {_key(contract): _message(contract) for contract in CATALOG}},
    }
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110)


def _channel(service: str) -> dict[str, Any]:
    return {
        "address": events_queue(service),
        "messages": {
            _key(contract): {"$ref": f"#/components/messages/{_key(contract)}"}
            for contract in subscriptions_of(service)
        },
    }


def _operations() -> dict[str, Any]:
    operations: dict[str, Any] = {}
    for service in SERVICES:
        if subscriptions_of(service):
            operations[f"{service}.receive"] = {"action": "receive", "channel": {"$ref": f"#/channels/{service}"}}
        receivers = {name for contract in publications_of(service) for name in contract.subscribers}
        for receiver in sorted(receivers):
            operations[f"{service}.send.{receiver}"] = {
                "action": "send",
                "channel": {"$ref": f"#/channels/{receiver}"},
                "messages": [
                    {"$ref": f"#/channels/{receiver}/messages/{_key(contract)}"}
                    for contract in publications_of(service)
                    if receiver in contract.subscribers
                ],
            }
    return operations


def _key(contract: Contract) -> str:
    return f"{contract.event.TYPE}.v{contract.event.VERSION}"


def _message(contract: Contract) -> dict[str, Any]:
    return {
        "name": contract.event.TYPE,
        "title": _sentence(contract.event),
        "contentType": "application/cloudevents+json",
        "payload": _json_schema(contract.event),
    }


def _json_schema(hint: Any) -> dict[str, Any]:
    if get_origin(hint) in (Union, types.UnionType):
        (kind,) = (part for part in get_args(hint) if part is not types.NoneType)
        return {"oneOf": [_json_schema(kind), {"type": "null"}]}
    if get_origin(hint) is tuple:
        return {"type": "array", "items": _json_schema(get_args(hint)[0])}
    if is_dataclass(hint):
        hints = get_type_hints(hint)
        return {
            "type": "object",
            "required": [field.name for field in fields(hint) if field.default is MISSING],
            "properties": {field.name: _json_schema(hints[field.name]) for field in fields(hint)},
        }
    return dict(_JSON_TYPES[hint])


def _sentence(event: type[Event]) -> str:
    return (getdoc(event) or "").replace("\n", " ")


def write(folder: Path = _DOCS) -> None:
    """Write both files."""
    (folder / "events.md").write_text(events_page(), encoding="utf-8")
    (folder / "asyncapi.yaml").write_text(asyncapi(), encoding="utf-8")


if __name__ == "__main__":
    write()
