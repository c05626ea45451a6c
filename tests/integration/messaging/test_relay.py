"""The relay: every committed event reaches the broker until its subscriber says that it has it."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime

import pytest

from shared.contracts.catalog import confirm_queue, events_queue
from shared.db.database import TransactionOpenError
from shared.messaging import deliveries
from shared.messaging.broker import BrokerError
from shared.messaging.relay import BATCH_BYTES
from tests.support.background import in_background
from tests.support.delivery import Producer, running
from tests.support.events import a_consultation
from tests.support.eventually import eventually


def a_few(count):
    return [a_consultation() for _ in range(count)]


def test_an_event_travels_to_the_inbox_takes_effect_and_is_confirmed(producer, receiver):
    producer.emit(a_consultation())

    producer.relay.tick()
    assert receiver.receive() == 1
    producer.relay.tick()

    assert receiver.effects() == producer.event_ids()
    assert producer.owed("routing") == 0
    assert producer.owed("insights") == 1, "another subscriber's delivery is its own affair"


def test_a_hundred_events_travel_in_one_message(producer, receiver):
    producer.emit(*a_few(250))

    producer.relay.tick()

    sizes = [len(json.loads(batch)) for _source, _moment, batch, _signature in receiver.messages()]
    assert sizes == [100, 100, 50]


def test_a_message_stays_under_its_size_however_long_the_texts(producer, servers):
    producer.emit(*[a_consultation(body='"ñ\\' * 6_000) for _ in range(30)])

    producer.relay.tick()

    with servers.operator() as broker:
        sizes = [len(raw) for raw in broker.lrange(events_queue("routing"), 0, -1)]
    assert len(sizes) > 5
    assert max(sizes) < BATCH_BYTES * 1.01


def test_two_relays_never_lease_the_same_delivery(producer):
    producer.emit(*a_few(300))
    leased: list[list[deliveries.LeasedDelivery]] = []
    both_hold_a_lease = threading.Barrier(2)

    def lease():
        with producer.parts.database.transaction() as session:
            leased.append(deliveries.lease_fresh(session, "routing", limit=150, retry_seconds=10))
            both_hold_a_lease.wait(10)

    with in_background(lease, lease):
        pass

    ids = [row.event_id for rows in leased for row in rows]
    assert [len(rows) for rows in leased] == [150, 150]
    assert len(set(ids)) == 300


def test_two_relays_publish_every_event_once(producer, receiver):
    producer.emit(*a_few(2_000))
    other = producer.another_relay()

    with in_background(producer.relay.tick, other.tick):
        pass

    assert producer.one("SELECT max(attempts) FROM outbox_delivery WHERE subscriber = 'routing'") == 1
    published = [member["id"] for message in receiver.messages() for member in json.loads(message[2])]
    assert len(published) == len(set(published)) == 2_000


def test_a_crash_between_lease_and_publication_is_a_delay_and_no_loss(producer, receiver):
    producer.emit(a_consultation())
    with producer.parts.database.transaction() as session:
        assert deliveries.lease_fresh(session, "routing", limit=10, retry_seconds=10)
    # The relay died here: the delivery says "published", and the broker never saw it.
    producer.relay.tick()
    assert receiver.receive() == 0

    producer.age(seconds=11)
    producer.relay.tick()

    assert receiver.receive() == 1
    assert receiver.effects() == producer.event_ids()


def test_what_the_broker_refuses_is_given_back_as_never_published(producer, receiver, servers):
    """The relay reads, looks and leases, and only the push fails, as it does when the broker is full."""
    producer.emit(*a_few(3))
    with servers.operator() as broker:
        broker.execute_command("ACL", "SETUSER", "intake", "-lpush")
        try:
            with pytest.raises(BrokerError):
                producer.relay.tick()
        finally:
            broker.execute_command("ACL", "SETUSER", "intake", "+lpush")
            broker.execute_command("ACL", "LOG", "RESET")

    assert producer.publications() == 0
    assert producer.one("SELECT count(published_at) FROM outbox_delivery") == 0
    eventually(lambda: producer.relay.tick() and receiver.receive())
    assert receiver.effects() == producer.event_ids()
    assert producer.one("SELECT max(attempts) FROM outbox_delivery") == 1


def test_a_broker_that_dies_under_the_relay_costs_nothing(producer, receiver, servers):
    producer.relay.tick()
    producer.emit(*a_few(3))
    servers.kill_valkey()
    try:
        with pytest.raises(BrokerError):
            producer.relay.tick()
    finally:
        servers.start_valkey()

    eventually(lambda: producer.relay.tick() and receiver.receive())
    assert receiver.effects() == producer.event_ids()


def test_what_another_relay_has_leased_since_is_not_given_back(producer):
    producer.emit(a_consultation())
    with producer.parts.database.transaction() as session:
        mine = deliveries.lease_fresh(session, "routing", limit=10, retry_seconds=10)
    producer.age(seconds=11)
    producer.relay.tick()  # another relay took my lease to be lost, and published

    with producer.parts.database.transaction() as session:
        deliveries.give_back(session, mine, delay_seconds=0)

    assert producer.one("SELECT published_at IS NOT NULL FROM outbox_delivery WHERE subscriber = 'routing'")


def test_a_relay_outlives_a_broker_that_is_away(producer, receiver, servers):
    with running(producer.relay):
        servers.kill_valkey()
        producer.emit(a_consultation())
        servers.start_valkey()
        eventually(lambda: receiver.receive() or receiver.effects(), within=30)

    assert receiver.effects() == producer.event_ids()


def test_a_full_queue_is_not_made_longer(messaging_parts, receiver):
    producer = Producer(messaging_parts("intake", queue_message_cap=2, loss_check_seconds=0.0))
    for _ in range(4):
        producer.emit(a_consultation())
        producer.relay.tick()
    assert producer.one("SELECT count(published_at) FROM outbox_delivery WHERE subscriber = 'routing'") == 2

    assert receiver.receive() == 2
    producer.relay.tick()
    receiver.receive()

    assert receiver.effects() == producer.event_ids()


def test_a_broker_is_never_filled_beyond_three_fifths_of_its_memory(producer, receiver, servers):
    producer.emit(a_consultation())
    with servers.operator() as broker:
        limit = broker.config_get("maxmemory")["maxmemory"]
        used = broker.info("memory")["used_memory"]
        broker.config_set("maxmemory", int(used / 0.7))
        try:
            producer.relay.tick()
            assert producer.publications() == 0
        finally:
            broker.config_set("maxmemory", limit)

    producer.relay.tick()
    receiver.receive()
    assert receiver.effects() == producer.event_ids()


def test_a_forged_or_garbled_reply_confirms_nothing(producer, receiver, servers):
    producer.emit(a_consultation())
    producer.relay.tick()
    body = json.dumps({"published_at": datetime.now(UTC).isoformat(), "ids": [str(producer.event_ids()[0])]})
    with servers.operator() as broker:
        for reply in (
            json.dumps(["routing", "confirm", body, "0" * 64]),
            json.dumps(["routing", "confirm", body, "ñ"]),
            json.dumps(["nobody", "confirm", body, "0" * 64]),
            json.dumps([["routing"], "confirm", body, 7]),
            json.dumps({"a": 1}),
            b"\xff\xfe",
            b"[" * 100_000,
        ):
            broker.lpush(confirm_queue("intake"), reply)

    producer.relay.tick()
    assert producer.owed("routing") == 1


def test_a_subscriber_confirms_for_itself_only(producer, receiver, messaging_parts):
    producer.emit(a_consultation())
    producer.relay.tick()
    messaging_parts("insights").broker.send_confirmation("intake", datetime.now(UTC).isoformat(), producer.event_ids())

    producer.relay.tick()

    assert [producer.owed(name) for name in ("routing", "notifications", "insights")] == [1, 1, 0]


def test_a_confirmation_and_a_lease_that_meet_do_not_deadlock(producer):
    producer.emit(*a_few(400))
    ids = producer.event_ids()

    def confirm():
        for start in range(0, 400, 20):
            with producer.parts.database.transaction() as session:
                deliveries.confirm(session, "routing", ids[start : start + 20][::-1], datetime.now(UTC))

    def lease_and_give_back():
        for _ in range(20):
            with producer.parts.database.transaction() as session:
                leased = deliveries.lease_fresh(session, "routing", limit=100, retry_seconds=10)
            if leased:
                with producer.parts.database.transaction() as session:
                    deliveries.give_back(session, leased[::-1], delay_seconds=0)
            with producer.parts.database.transaction() as session:
                deliveries.notice_incarnation(session, "routing", str(len(leased)))

    with in_background(confirm, lease_and_give_back, lease_and_give_back):
        pass
    assert producer.owed("routing") == 0


def test_nobody_talks_to_the_broker_inside_a_transaction(producer):
    broker = producer.parts.broker
    with producer.parts.database.transaction():
        for talk in (
            broker.incarnation,
            lambda: broker.queue_state("routing"),
            lambda: broker.publish("routing", datetime.now(UTC), ["[]"]),
            lambda: broker.publish_digests("routing", datetime.now(UTC), "{}"),
            lambda: broker.send_confirmation("routing", "", []),
            lambda: broker.send_missing("routing", []),
            lambda: broker.receive_replies(1),
        ):
            with pytest.raises(TransactionOpenError):
                talk()
