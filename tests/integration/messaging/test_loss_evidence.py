"""The relay publishes again on evidence that something was lost, and on nothing less."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from shared.contracts.catalog import events_queue
from shared.messaging import deliveries
from tests.support.delivery import Producer, lose_replies
from tests.support.events import a_consultation
from tests.support.eventually import eventually


def a_few(count):
    return [a_consultation() for _ in range(count)]


@pytest.mark.parametrize("disaster", ["emptied", "restarted", "restarted and wiped"])
def test_a_broker_that_lost_its_content_is_noticed_within_a_tick(producer, receiver, servers, disaster):
    producer.emit(*a_few(120))
    producer.relay.tick()
    if disaster == "emptied":
        servers.flushall()
    else:
        servers.restart_valkey(is_wiped="wiped" in disaster)
    eventually(producer.relay.tick)

    receiver.receive()
    producer.relay.tick()

    assert receiver.effects() == producer.event_ids()
    assert producer.owed("routing") == 0
    assert producer.one("SELECT resets FROM relay_state WHERE subscriber = 'routing'") == 1


def test_the_loss_of_a_full_broker_is_made_good_at_the_pace_of_the_ticks(messaging_parts, receiver, servers):
    producer = Producer(messaging_parts("intake", loss_check_seconds=3600))
    producer.emit(*a_few(2_500))
    for _ in range(3):
        producer.relay.tick()
    servers.flushall()
    producer.relay._next_loss_check = 0  # an hour has passed; the checks that follow are the relay's own doing
    for _ in range(3):
        producer.relay.tick()

    receiver.receive()
    assert len(receiver.effects()) == 2_500


def test_an_unchanged_broker_is_no_evidence(producer):
    producer.emit(a_consultation())
    for _ in range(5):
        producer.relay.tick()

    assert producer.publications() == 3, "once for each of the three subscribers"


def test_a_consumer_that_is_away_causes_no_publication_twice(producer, receiver):
    for _ in range(4):
        producer.emit(*a_few(5))
        producer.relay.tick()
        producer.age(seconds=600)
    for _ in range(3):
        producer.relay.tick()
    producer.age(seconds=86_400)
    producer.relay.tick()

    assert producer.one("SELECT max(attempts) FROM outbox_delivery") == 1
    receiver.receive()
    assert receiver.effects() == producer.event_ids()


def test_a_lost_confirmation_is_made_good_and_changes_nothing(producer, receiver, servers):
    producer.emit(a_consultation())
    producer.relay.tick()
    receiver.receive()
    assert lose_replies(servers, "intake") == 1
    producer.relay.tick()
    assert producer.owed("routing") == 1

    producer.age(seconds=11)
    producer.relay.tick()
    assert receiver.receive() == 1
    producer.relay.tick()

    assert producer.owed("routing") == 0
    assert len(receiver.effects()) == 1


def test_a_lost_message_is_made_good_when_a_later_one_is_confirmed(producer, receiver, servers):
    producer.emit(a_consultation())
    producer.relay.tick()
    receiver.messages()  # taken by a worker that was killed at once
    producer.age(seconds=20)
    producer.emit(a_consultation())
    producer.relay.tick()
    later = receiver.messages()
    with servers.operator() as broker:
        broker.lpush(events_queue("routing"), "others keep this queue from ever looking empty")
        producer.relay.tick()
        assert producer.one("SELECT max(attempts) FROM outbox_delivery WHERE subscriber = 'routing'") <= 2
        broker.delete(events_queue("routing"))
    for arguments in later:
        receiver.consumer.deliver(*arguments)

    producer.relay.tick()
    producer.relay.tick()
    receiver.receive()

    assert receiver.effects() == producer.event_ids()


def test_overtaking_alone_is_evidence_when_the_queue_is_never_empty(producer, receiver, servers):
    producer.emit(a_consultation())
    producer.relay.tick()
    receiver.messages()
    producer.age(seconds=20)
    with servers.operator() as broker:
        broker.lpush(events_queue("routing"), "something of others")
    newest = datetime.now(UTC)
    producer.relay.tick()
    assert producer.one("SELECT attempts FROM outbox_delivery WHERE subscriber = 'routing'") == 1

    with producer.parts.database.transaction() as session:
        deliveries.confirm(session, "routing", [], newest)
    producer.relay.tick()

    assert producer.one("SELECT attempts FROM outbox_delivery WHERE subscriber = 'routing'") == 2


def test_a_probe_settles_a_loss_that_nothing_else_would_show(producer, receiver, servers):
    producer.emit(a_consultation())
    producer.relay.tick()
    receiver.messages()
    with servers.operator() as broker:
        broker.lpush(events_queue("routing"), b"x")  # others keep the queue busy, and we have nothing new to say
        producer.age(seconds=61)
        producer.relay.tick()
        broker.rpop(events_queue("routing"))
        assert receiver.receive() == 1, "an empty batch"
        assert receiver.rows() == []
        broker.lpush(events_queue("routing"), b"x")
        producer.relay.tick()
        broker.rpop(events_queue("routing"))

    receiver.receive()
    assert receiver.effects() == producer.event_ids()


def test_a_day_of_silence_costs_a_dozen_probes(producer):
    producer.emit(a_consultation())
    producer.relay.tick()
    probes = 0
    for _ in range(24 * 12):
        producer.age(seconds=300)
        producer.run("UPDATE relay_state SET probed_at = probed_at - interval '5 minutes'")
        with producer.parts.database.transaction() as session:
            probes += deliveries.take_probe(session, "routing", after_seconds=60) is not None

    assert 5 <= probes <= 15


def test_a_confirmation_of_the_future_does_not_make_everything_look_lost(producer):
    producer.emit(a_consultation())
    producer.relay.tick()
    with producer.parts.database.transaction() as session:
        deliveries.confirm(session, "insights", [], datetime.now(UTC) + timedelta(days=365))
        newest = session.execute(text("SELECT max(last_confirmed_publication) <= clock_timestamp() FROM relay_state"))
        assert newest.scalar()
