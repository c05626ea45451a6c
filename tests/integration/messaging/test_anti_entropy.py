"""A service that was restored from an old backup heals by itself, through messages alone."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from shared.contracts.catalog import confirm_queue
from shared.contracts.official import OfficialRegistered
from shared.messaging.anti_entropy import digests_of_day
from tests.support.delivery import Producer
from tests.support.events import a_consultation, an_event

DAYS_BACK = 3


def move_to_the_past(parts, table):
    """As if it had happened three days ago: an identifier carries its time in its first 48 bits."""
    with parts.database.transaction() as session:
        for event_id in session.execute(text(f"SELECT DISTINCT event_id FROM {table}")).scalars().all():  # noqa: S608 - ours
            earlier = UUID(int=event_id.int - (DAYS_BACK * 86_400_000 << 80))
            values = {"earlier": earlier, "id": event_id}
            session.execute(text(f"UPDATE {table} SET event_id = :earlier WHERE event_id = :id"), values)  # noqa: S608 - ours


@pytest.fixture
def history(producer, receiver):
    """Five events of three days ago, delivered and confirmed long since; the outbox remembers them."""
    producer.emit(*[a_consultation() for _ in range(3)], *[an_event(OfficialRegistered) for _ in range(2)])
    move_to_the_past(producer.parts, "outbox_delivery")
    move_to_the_past(producer.parts, "outbox_event")
    producer.run("UPDATE outbox_event SET envelope = regexp_replace(envelope, '\"id\":\"[^\"]*\"',"
                 " '\"id\":\"' || event_id || '\"')")  # fmt: skip
    producer.run("INSERT INTO job_run SELECT 'anti_entropy:' || s, date_trunc('day', now() - interval '8 hours')"
                 "  FROM unnest(ARRAY['routing', 'notifications', 'insights']) AS s")  # fmt: skip
    producer.relay.tick()
    receiver.receive()
    producer.relay.tick()
    assert producer.owed("routing") == 0
    return producer.event_ids()


def let_the_night_come(producer):
    producer.run("DELETE FROM job_run")
    producer.relay._next_comparison_check = 0
    producer.relay.tick()


def restore_a_backup_without(receiver, event_ids):
    with receiver.parts.database.transaction() as session:
        for table in ("inbox", "effect"):
            session.execute(text(f"DELETE FROM {table} WHERE event_id = ANY(:ids)"), {"ids": event_ids})  # noqa: S608 - ours


def test_a_subscriber_restored_from_a_backup_heals_by_itself(producer, receiver, history):
    restore_a_backup_without(receiver, history[1:4])
    let_the_night_come(producer)

    receiver.receive()  # the digests: it asks for the day
    producer.relay.tick()  # the day is due again
    receiver.receive()
    producer.relay.tick()

    assert receiver.effects() == history
    assert producer.owed("routing") == 0


def test_a_subscriber_that_holds_everything_asks_for_nothing(producer, receiver, history, servers):
    let_the_night_come(producer)

    assert receiver.receive() == 1
    with servers.operator() as broker:
        assert broker.llen(confirm_queue("intake")) == 0
    assert producer.owed("routing") == 0


def test_the_digests_are_sent_once_a_night(producer, receiver, history):
    let_the_night_come(producer)
    for _ in range(3):
        producer.relay._next_comparison_check = 0
        producer.relay.tick()

    assert receiver.receive() == 1


def test_a_night_in_which_the_broker_was_away_is_made_up_for(producer, receiver, history, servers):
    producer.run("DELETE FROM job_run")
    servers.kill_valkey()
    try:
        with pytest.raises(Exception, match=r"[Cc]onnect"):
            producer.relay.tick()
    finally:
        servers.start_valkey()
    producer.relay._next_comparison_check = 0
    producer.relay.tick()

    assert receiver.receive() == 1


def test_the_present_day_is_not_compared_because_it_is_still_on_its_way(producer, receiver, history):
    producer.emit(a_consultation())
    let_the_night_come(producer)
    digests = [json.loads(arguments[2]) for arguments in receiver.messages() if arguments[2].startswith("{")]

    assert [list(each) for each in digests] == [[(datetime.now(UTC) - timedelta(days=DAYS_BACK)).date().isoformat()]]


def test_forged_digests_and_forged_requests_do_nothing(producer, receiver, history, servers):
    day = (datetime.now(UTC) - timedelta(days=DAYS_BACK)).date().isoformat()
    receiver.consumer.compare("intake", "", json.dumps({day: {}}), "0" * 64)
    with servers.operator() as broker:
        assert broker.llen(confirm_queue("intake")) == 0
        broker.lpush(confirm_queue("intake"), json.dumps(["routing", "missing", json.dumps({"days": [day]}), "0" * 64]))
    producer.relay.tick()

    assert producer.owed("routing") == 0
    with receiver.parts.database.transaction() as session:
        assert session.execute(text("SELECT count(*) FROM quarantine")).scalar() == 1


def test_digests_that_are_not_digests_are_quarantined(producer, receiver):
    for text_ in ("[]", "nothing", '{"2026-13-45": {}}', '{"2026-11-20": {"x": 7}}'):
        signature = producer.parts.signatures.sign("routing", "digests", f"now\n{text_}")
        receiver.consumer.compare("intake", "now", text_, signature)

    with receiver.parts.database.transaction() as session:
        assert session.execute(text("SELECT count(*) FROM quarantine")).scalar() == 4


def test_a_digest_tells_a_missing_event_from_another_of_the_same_number(producer, history):
    day = (datetime.now(UTC) - timedelta(days=DAYS_BACK)).date()
    types = ["consultation.submitted", "official.registered"]
    with producer.parts.database.transaction() as session:
        before = digests_of_day(session, "outbox_event", day, types)
        session.execute(
            text("UPDATE outbox_event SET event_id = uuidv7(interval '-3 days') WHERE event_id = :id"),
            {"id": history[0]},
        )
        after = digests_of_day(session, "outbox_event", day, types)

    assert {name: count for name, (count, _) in before.items()} == {types[0]: 3, types[1]: 2}
    assert {name: count for name, (count, _) in after.items()} == {types[0]: 3, types[1]: 2}
    assert before != after


def test_two_relays_in_one_night_are_one_too_many_and_no_harm(producer, receiver, history):
    restore_a_backup_without(receiver, history)
    for relay in (producer.relay, Producer(producer.parts).relay):
        producer.run("DELETE FROM job_run")
        relay._next_comparison_check = 0
        relay.tick()
    for _ in range(3):
        receiver.receive()
        producer.relay.tick()

    assert receiver.effects() == history
