"""What a consumer does with messages that are forged, unreadable, or of another release."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from shared.contracts.consultation import ConsultationSubmitted
from shared.contracts.envelope import batch_of
from shared.messaging import inbox
from shared.messaging.signing import Signatures
from tests.support.delivery import deliver, raises
from tests.support.events import a_consultation, an_answer, an_envelope
from tests.support.settings import peer_keys


def altered(batch):
    return batch.replace("prueba", "pruebA")


def statuses(receiver):
    return [row.status for row in receiver.rows()]


@pytest.mark.parametrize(
    "forgery",
    [
        pytest.param({"batch": altered}, id="altered"),
        pytest.param({"batch": lambda batch: batch + "\ud800\x00"}, id="not even text"),
        pytest.param({"published_at": lambda _: "2020-01-01T00:00:00+00:00"}, id="of another time"),
        pytest.param({"source": lambda _: "notifications"}, id="of another sender"),
        pytest.param({"source": lambda _: "nobody"}, id="of a stranger"),
        pytest.param({"signature": lambda _: ""}, id="unsigned"),
        pytest.param({"signature": lambda _: "ñ" * 64}, id="signed with what is no hexadecimal"),
    ],
)
def test_a_forged_batch_is_quarantined_and_has_no_effect(producer, receiver, forgery):
    producer.emit(a_consultation())
    producer.relay.tick()
    (arguments,) = receiver.messages()

    message = dict(zip(("source", "published_at", "batch", "signature"), arguments, strict=True))
    for _ in range(2):
        receiver.consumer.deliver(**{**message, **{name: forge(message[name]) for name, forge in forgery.items()}})
    producer.relay.tick()

    assert receiver.rows() == []
    assert producer.owed("routing") == 1
    with receiver.parts.database.transaction() as session:
        assert session.execute(text("SELECT reason FROM quarantine")).scalars().all() == ["the signature is not valid"]


def test_a_batch_for_another_service_is_not_accepted(producer, receiver, messaging_parts):
    producer.emit(a_consultation())
    moment = datetime.now(UTC).isoformat()
    batch = batch_of(producer.all("SELECT envelope FROM outbox_event"))
    signature = Signatures("intake", peer_keys("intake")).sign("insights", "events", f"{moment}\n{batch}")

    receiver.consumer.deliver("intake", moment, batch, signature)

    assert receiver.rows() == []


def test_a_peer_cannot_speak_for_another_or_beyond_its_part(receiver):
    deliver(receiver, an_envelope(a_consultation(), source="intake"), source="notifications")
    deliver(receiver, an_envelope(a_consultation(), source="notifications"), source="notifications")
    deliver(receiver, an_envelope(an_answer(), source="intake"), source="intake")

    assert receiver.rows() == []
    with receiver.parts.database.transaction() as session:
        assert session.execute(text("SELECT count(*) FROM quarantine")).scalar() == 3


@pytest.mark.parametrize(
    "member",
    [
        "7",
        "{}",
        '{"id": "x"}',
        None,
    ],
    ids=["not an object", "empty", "incomplete", "a number that no column holds"],
)
def test_an_unreadable_member_costs_the_others_nothing(receiver, member):
    good = [an_envelope(a_consultation()) for _ in range(2)]
    bad = member or json.dumps(json.loads(an_envelope(a_consultation()).to_json()) | {"sequence": 2**70})

    deliver(receiver, good[0].to_json(), bad, good[1].to_json())

    assert sorted(receiver.effects()) == sorted(each.id for each in good)
    with receiver.parts.database.transaction() as session:
        assert session.execute(text("SELECT count(*) FROM quarantine")).scalar() == 1


def test_quarantine_cannot_fill_the_disk(receiver):
    with receiver.parts.database.transaction() as session:
        session.execute(
            text("INSERT INTO quarantine (source, reason, digest, body)"
                 " SELECT 'x', 'x', n::text, 'x' FROM generate_series(1, 1000) AS n")
        )  # fmt: skip
    receiver.consumer.deliver("nobody", "", "[]", "")

    with receiver.parts.database.transaction() as session:
        assert session.execute(text("SELECT count(*) FROM quarantine")).scalar() == 1000


def test_an_unknown_type_is_kept_confirmed_and_handled_after_the_upgrade(producer, receiver):
    envelope = an_envelope(a_consultation())
    future = envelope.to_json().replace("consultation.submitted/1", "consultation.submitted/2")
    deliver(receiver, future)
    assert statuses(receiver) == ["unknown"]
    assert receiver.consumer.release_known() == 0
    assert receiver.consumer.sweep() == 0

    with receiver.parts.database.transaction() as session:  # the release that knows version 2 starts
        session.execute(
            text("UPDATE inbox SET version = 1, envelope = replace(envelope, 'submitted/2', 'submitted/1')")
        )
    assert receiver.consumer.release_known() == 1
    assert receiver.consumer.sweep() == 1

    assert receiver.effects() == [envelope.id]


def test_an_older_release_that_sweeps_leaves_a_newer_event_to_the_newer_one(receiver):
    envelope = an_envelope(a_consultation())
    with receiver.parts.database.transaction() as session:
        inbox.store(session, [envelope], known={envelope.id}, lease_seconds=0)
        session.execute(
            text("UPDATE inbox SET version = 2, envelope = replace(envelope, 'submitted/1', 'submitted/2')")
        )

    receiver.consumer.sweep()

    (row,) = receiver.rows()
    assert (row.status, row.attempts) == ("unknown", 1), "the attempt that looked at it is not counted"


def test_an_error_is_kept_without_what_people_wrote(receiver):
    receiver.when(ConsultationSubmitted, raises(ValueError("no sé qué hacer con maria@muni.example, DNI 45678912")))
    deliver(receiver, an_envelope(a_consultation()))

    (row,) = receiver.rows()
    assert "maria@" not in row.last_error
    assert "45678912" not in row.last_error


def test_database_errors_are_kept_without_the_values_they_quote(receiver):
    def clash(_event, work):
        work.session.execute(text("SELECT CAST(:secret AS integer)"), {"secret": "maria@muni.example"})

    receiver.when(ConsultationSubmitted, clash)
    deliver(receiver, an_envelope(a_consultation()))

    (row,) = receiver.rows()
    assert row.last_error == "DataError: InvalidTextRepresentation"
