"""What services say to one another: recorded once per version, readable for ever, and documented as it is."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import ClassVar
from uuid import UUID

import pytest

from shared.contracts import catalog
from shared.contracts.catalog import CATALOG, SERVICES, contract_of, counterparts_of, peers_of, subscriptions_of
from shared.contracts.envelope import Envelope, read_envelope, read_members
from shared.contracts.event import LONGEST_TEXT, ContractError, Event, schema_of
from shared.ids import time_of
from tests.support import contract_docs as docs
from tests.support.events import a_consultation, an_envelope, an_event
from tests.support.record_examples import EXAMPLES, example_file

_NOBODYS_STATISTICS = {"account.link_requested", "case.review_requested", "case.review_decided", "case.mentioned"}
"""A one-time link, and what staff ask of one another: only their letters concern anybody."""

RECORDED = sorted(EXAMPLES.glob("*.json"))
every_contract = pytest.mark.parametrize("contract", CATALOG, ids=lambda contract: contract.event.TYPE)
every_example = pytest.mark.parametrize("file", RECORDED, ids=lambda file: file.stem)


@every_contract
def test_every_event_has_a_recorded_example(contract):
    assert example_file(contract.event).exists(), "run python -m tests.support.record_examples"


@every_example
def test_every_example_that_was_ever_recorded_can_still_be_read(file):
    envelope = read_envelope(file.read_text(encoding="utf-8"))
    event = envelope.event()

    assert event is not None, f"{envelope.type}/{envelope.version} has left the catalog"
    assert event.subject == envelope.subject
    assert envelope.source in contract_of(envelope.type, envelope.version).producers


@every_example
def test_what_is_written_today_equals_what_was_recorded(file):
    recorded = json.loads(file.read_text(encoding="utf-8"))
    envelope = Envelope.from_attributes(recorded)
    event = envelope.event()

    rewritten = json.loads(
        Envelope(**{each.name: getattr(envelope, each.name) for each in fields(envelope) if each.name != "data"},
                 data=event.to_valid_data()).to_json()
    )  # fmt: skip
    # An optional field that was added since is written with its default; what was recorded stands as it was.
    added = rewritten["data"].keys() - recorded["data"].keys()
    assert {
        **rewritten,
        "data": {key: value for key, value in rewritten["data"].items() if key not in added},
    } == recorded


@every_example
def test_a_newer_producer_may_add_fields(file):
    recorded = json.loads(file.read_text(encoding="utf-8"))
    event = Envelope.from_attributes(recorded).event()
    recorded["extension"] = {"not": "known"}
    recorded["data"]["a field of tomorrow"] = 7

    assert Envelope.from_attributes(recorded).event() == event


@every_contract
def test_every_event_survives_the_wire(contract):
    event = an_event(contract.event)
    envelope = an_envelope(event, contract.producers[0], causation_id="why", traceparent="00-x")

    (read,), unreadable = read_members(f"[{envelope.to_json()}]")

    assert read == envelope
    assert read.event() == event
    assert not unreadable


@every_contract
def test_no_event_is_read_without_its_required_fields(contract):
    data = an_event(contract.event).to_data()
    for name in schema_of(contract.event).fields:
        if schema_of(contract.event).fields[name].required:
            with pytest.raises(ContractError, match=name):
                contract.event.from_data({key: value for key, value in data.items() if key != name})


@every_contract
def test_every_event_says_what_it_means_and_is_named_as_a_fact(contract):
    event = contract.event
    noun, _, verb = event.TYPE.partition(".")
    assert event.__doc__
    assert noun.isalpha()
    assert verb.replace("_", "").isalpha()
    assert event.SUBJECT in {field.name for field in fields(event)}


def test_every_recorded_example_belongs_to_the_catalog():
    assert {file.name for file in RECORDED} >= {example_file(contract.event).name for contract in CATALOG}
    assert {file.stem.rpartition(".v")[0] for file in RECORDED} <= {contract.event.TYPE for contract in CATALOG}


def test_the_catalog_refuses_an_event_that_is_missing_from_it():
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Forgotten(Event):
        """Nobody put it into the catalog."""

        TYPE: ClassVar[str] = "thing.forgotten"
        consultation_id: UUID

    try:
        with pytest.raises(ImportError, match="Forgotten"):
            catalog._index()
    finally:
        del Forgotten
        import gc  # noqa: PLC0415 - subclasses are held weakly; the class above must be gone for the other tests

        gc.collect()
    catalog._index()


def test_the_catalog_refuses_doubles_and_events_of_no_use(monkeypatch):
    first = CATALOG[0]
    for broken in (
        (*CATALOG, first),
        (*CATALOG[1:], catalog.Contract(first.event, first.producers, ())),
        (*CATALOG[1:], catalog.Contract(first.event, (), first.subscribers)),
        (*CATALOG[1:], catalog.Contract(first.event, ("nobody",), first.subscribers)),
    ):
        monkeypatch.setattr(catalog, "CATALOG", broken)
        with pytest.raises(ImportError):
            catalog._index()


def test_who_talks_to_whom_is_as_the_design_says():
    assert {service: peers_of(service) for service in SERVICES} == {
        "intake": ("routing", "notifications", "insights"),
        "routing": ("intake", "notifications", "insights"),
        "notifications": ("intake", "insights"),
        "insights": (),
    }
    assert counterparts_of("insights") == ("intake", "notifications", "routing")
    assert counterparts_of("routing") == ("insights", "intake", "notifications")
    for_statistics = {contract.event.TYPE for contract in subscriptions_of("insights")}
    assert {contract.event.TYPE for contract in CATALOG} - for_statistics == _NOBODYS_STATISTICS


@pytest.mark.parametrize(
    "change",
    [
        {"specversion": ...},
        {"id": "not a uuid"},
        {"id": "6f2f1b1e-8d1e-4c3a-9d6a-0123456789ab"},
        {"source": "/ventanilla/in take"},
        {"type": "consultation.submitted\x00"},
        {"dataschema": "https://elsewhere.example/consultation.submitted/1"},
        {"dataschema": "https://ventanilla.example/contracts/consultation.submitted/one"},
        {"subject": None},
        {"time": "yesterday"},
        {"time": "2026-11-23T08:00:00"},
        {"sequence": 0},
        {"sequence": 2**63},
        {"data": []},
        {"correlationid": "\ud800"},
    ],
    ids=str,
)
def test_what_is_not_a_cloudevent_of_ours_is_told_apart_and_costs_no_other(change):
    attributes = json.loads(an_envelope(a_consultation()).to_json())
    for name, value in change.items():
        attributes[name] = value
        if value is ...:
            del attributes[name]
    good = an_envelope(a_consultation())

    envelopes, unreadable = read_members(f"[{json.dumps(attributes)}, {good.to_json()}]")

    assert envelopes == [good]
    assert len(unreadable) == 1


@pytest.mark.parametrize("batch", ["", "{}", "7", "[", "[" * 100_000])
def test_what_is_no_batch_is_refused_as_a_whole(batch):
    with pytest.raises(ContractError):
        read_members(batch)


def test_a_text_may_be_as_long_as_the_longest_and_no_longer():
    assert a_consultation(body="ñ" * LONGEST_TEXT).to_valid_data()
    with pytest.raises(ContractError, match="body"):
        a_consultation(body="ñ" * (LONGEST_TEXT + 1)).to_valid_data()


def test_identifiers_carry_the_time_of_the_fact():
    envelope = an_envelope(a_consultation())

    assert abs((time_of(envelope.id) - envelope.time).total_seconds()) < 5


def test_the_documentation_is_what_the_catalog_says():
    assert (docs._DOCS / "events.md").read_text(encoding="utf-8") == docs.events_page(), (
        "python -m tests.support.contract_docs"
    )
    assert (docs._DOCS / "asyncapi.yaml").read_text(encoding="utf-8") == docs.asyncapi()
