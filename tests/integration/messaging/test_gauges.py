"""What an operator sees of delivery: read from the rows, so that a process that does nothing shows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from sqlalchemy import text

from shared.messaging import gauges, heartbeat
from shared.messaging.gauges import DeliveryCollector
from tests.support.events import a_consultation
from tests.support.explaining import explained


def scrape(parts):
    registry = CollectorRegistry()
    registry.register(DeliveryCollector(parts))
    lines = generate_latest(registry).decode().splitlines()
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}


def test_what_is_owed_and_since_when(producer, receiver):
    producer.emit(a_consultation(), a_consultation())
    producer.relay.tick()
    receiver.receive()
    producer.relay.tick()
    producer.emit(a_consultation())
    producer.run("UPDATE outbox_event SET created_at = created_at - interval '1 hour'")

    seen = scrape(producer.parts)

    assert seen['ventanilla_intake_outbox_unpublished{subscriber="routing"}'] == 1
    assert seen['ventanilla_intake_outbox_unconfirmed{subscriber="routing"}'] == 0
    assert seen['ventanilla_intake_outbox_unconfirmed{subscriber="insights"}'] == 2
    assert seen['ventanilla_intake_outbox_oldest_seconds{subscriber="insights"}'] == pytest.approx(3600, abs=60)
    assert seen['ventanilla_intake_queue_messages{subscriber="insights"}'] == 1


def test_nothing_owed_is_shown_as_nothing_and_not_left_out(producer):
    seen = scrape(producer.parts)

    for subscriber in ("routing", "notifications", "insights"):
        for name in ("outbox_unpublished", "outbox_unconfirmed", "outbox_oldest_seconds", "queue_messages"):
            assert seen[f'ventanilla_intake_{name}{{subscriber="{subscriber}"}}'] == 0
    assert seen["ventanilla_intake_inbox_oldest_seconds"] == 0
    assert seen["ventanilla_intake_timers_overdue_seconds"] == 0


def test_the_inbox_by_what_became_of_events(receiver):
    with receiver.parts.database.transaction() as session:
        session.execute(
            text("""
                INSERT INTO inbox
                       (event_id, source, subject, sequence, type, version, envelope, status, attempts, next_at)
                SELECT uuidv7(), 'intake', uuidv7(), 1, 'x', 1, '', status, 1, now()
                  FROM unnest(ARRAY['pending', 'dead', 'dead', 'applied', 'unknown']) AS status
            """)
        )
        session.execute(text("UPDATE inbox SET received_at = now() - interval '1 minute' WHERE status = 'pending'"))
    seen = scrape(receiver.parts)

    found = {status: seen[f'ventanilla_routing_inbox_events{{status="{status}"}}'] for status in
             ("pending", "waiting", "dead", "unknown")}  # fmt: skip
    assert found == {"pending": 1, "waiting": 0, "dead": 2, "unknown": 1}
    assert seen["ventanilla_routing_inbox_oldest_seconds"] == pytest.approx(60, abs=10)


def test_a_timer_that_keeps_failing_shows_as_overdue_between_its_attempts(producer):
    with producer.parts.units.begin() as work:
        work.arm("warning", producer.event_ids()[0] if producer.event_ids() else a_consultation().subject,
                 datetime.now(UTC) - timedelta(minutes=5))  # fmt: skip
    producer.run("UPDATE timer SET try_at = now() + interval '1 minute'")

    assert scrape(producer.parts)["ventanilla_intake_timers_overdue_seconds"] == pytest.approx(300, abs=10)


def test_processes_that_share_a_name_are_told_apart_by_their_kind(producer):
    for kind in ("relay", "clock"):
        heartbeat.beat(producer.parts.database, "intake-1", kind, datetime.now(UTC))
    seen = scrape(producer.parts)

    assert {line for line in seen if "heartbeat" in line} == {
        'ventanilla_intake_process_heartbeat_age_seconds{instance="intake-1",kind="clock"}',
        'ventanilla_intake_process_heartbeat_age_seconds{instance="intake-1",kind="relay"}',
    }


def test_a_broker_that_is_away_leaves_the_rows_to_be_seen(producer, servers):
    producer.emit(a_consultation())
    servers.kill_valkey()
    try:
        seen = scrape(producer.parts)
    finally:
        servers.start_valkey()

    assert seen['ventanilla_intake_outbox_unpublished{subscriber="routing"}'] == 1
    assert not [name for name in seen if "queue_messages" in name]


def test_a_database_that_is_away_is_no_error_of_the_scrape(producer, servers):
    servers.kill_postgres()
    try:
        assert scrape(producer.parts) == {}
    finally:
        servers.start_postgres()


def test_a_scrape_does_not_read_the_tables_from_end_to_end(producer):
    producer.run(
        "INSERT INTO inbox (event_id, source, subject, sequence, type, version, envelope, status, attempts, next_at)"
        " SELECT uuidv7(), 'x', uuidv7(), 1, 'x', 1, repeat('x', 300), 'applied', 1, now()"
        "  FROM generate_series(1, 20000)"
    )
    producer.run("ANALYZE inbox, outbox_delivery, timer")
    with producer.parts.database.transaction() as session, explained(session) as statements:
        for _name, _help, _labels, query in gauges._QUESTIONS:
            session.execute(text(query), {"peers": ["routing"]} if ":peers" in query else {})

    assert sum(statement.blocks for statement in statements) < 100
