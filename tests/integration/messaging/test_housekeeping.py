"""Months come and go; what is still owed to somebody stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from shared.ids import lowest_id_at
from shared.messaging.housekeeping import Job, retention_jobs, run_due_jobs
from shared.messaging.partitions import create_coming_months, drop_old_months
from shared.messaging.replay import redeliver
from tests.support.events import a_consultation

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def partitions(session, table):
    names = session.execute(
        text("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = CAST(:t AS regclass)"), {"t": table}
    ).scalars()
    return {name.removeprefix(f"{table}_") for name in names}


@pytest.fixture
def session(messaging_parts):
    with messaging_parts("intake").database.transaction() as session:
        yield session


def test_a_job_waits_for_a_database_that_is_away_and_says_so_without_alarm(messaging_parts):
    def end_the_session(work):
        work.session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    def take_too_long(work):
        work.session.execute(text("SET LOCAL statement_timeout = '20ms'"))
        work.session.execute(text("SELECT count(*) FROM generate_series(1, 1000000000)"))

    ran = []
    jobs = (
        Job("too slow", timedelta(days=1), take_too_long),
        Job("cut-off", timedelta(days=1), end_the_session),
        Job("mistaken", timedelta(days=1), lambda _work: 1 / 0),
        Job("next", timedelta(days=1), ran.append),
    )
    with capture_logs() as entries:
        run_due_jobs(messaging_parts("intake").units, jobs)

    said = {entry["job"]: entry for entry in entries}
    assert said["cut-off"]["event"] == "job_postponed"
    assert "exc_info" not in said["cut-off"]
    for name in ("mistaken", "too slow"):
        assert said[name]["event"] == "job_failed"
        assert said[name]["exc_info"]
    assert len(ran) == 1


def test_the_coming_months_have_their_partitions(session):
    create_coming_months(session, datetime(2031, 11, 5, tzinfo=UTC))
    create_coming_months(session, datetime(2031, 11, 5, tzinfo=UTC))

    for table in ("outbox_event", "inbox"):
        assert {"2031_11", "2031_12", "2032_01", "2032_02", "default"} <= partitions(session, table)


def test_a_month_whose_rows_fell_into_the_default_partition_stops_nothing(session):
    session.execute(_EVENT, {"id": lowest_id_at(datetime(2031, 12, 5, tzinfo=UTC))})

    create_coming_months(session, datetime(2031, 11, 5, tzinfo=UTC))

    assert {"2031_11", "2032_01", "2032_02"} <= partitions(session, "outbox_event")
    assert "2031_12" not in partitions(session, "outbox_event")


def test_an_old_month_is_dropped_and_a_younger_one_is_not(session):
    create_coming_months(session, datetime(2025, 1, 5, tzinfo=UTC))
    session.execute(_EVENT, {"id": lowest_id_at(datetime(2025, 1, 5, tzinfo=UTC))})

    dropped = drop_old_months(session, "outbox_event", older_than=datetime(2025, 3, 15, tzinfo=UTC))

    assert dropped == ["outbox_event_2025_01", "outbox_event_2025_02"]
    assert {"2025_03", "2025_04", "default"} <= partitions(session, "outbox_event")


def test_a_month_with_an_event_that_somebody_has_not_got_is_never_dropped(session):
    create_coming_months(session, datetime(2025, 1, 5, tzinfo=UTC))
    event_id = lowest_id_at(datetime(2025, 1, 31, 23, 59, 59, tzinfo=UTC))
    session.execute(_EVENT, {"id": event_id})
    session.execute(
        text("INSERT INTO outbox_delivery (event_id, subscriber) VALUES (:id, 'insights')"), {"id": event_id}
    )

    assert "outbox_event_2025_01" not in drop_old_months(session, "outbox_event", older_than=NOW)
    session.execute(text("DELETE FROM outbox_delivery"))
    assert "outbox_event_2025_01" in drop_old_months(session, "outbox_event", older_than=NOW)


@pytest.mark.parametrize(
    ("status", "is_dropped"),
    [
        ("pending", False),
        ("waiting", False),
        ("dead", False),
        ("unknown", False),
        ("applied", True),
        ("discarded", True),
    ],
)
def test_a_month_with_an_event_that_was_not_settled_is_never_dropped(session, status, is_dropped):
    create_coming_months(session, datetime(2025, 1, 5, tzinfo=UTC))
    session.execute(_RECEIVED, {"id": lowest_id_at(datetime(2025, 1, 5, tzinfo=UTC)), "status": status})

    assert ("inbox_2025_01" in drop_old_months(session, "inbox", older_than=NOW)) is is_dropped


def test_retention_runs_once_a_day_whoever_comes_first(messaging_parts):
    parts = messaging_parts("intake")
    with parts.database.transaction() as session:
        create_coming_months(session, datetime(2020, 1, 5, tzinfo=UTC))
        session.execute(
            text("""
                INSERT INTO timer (timer_id, name, subject, generation, due_at, try_at, data, state)
                SELECT uuidv7(), 'x', uuidv7(), 1, now() - interval '1 year', now(), '{}', state
                  FROM unnest(ARRAY['fired', 'cancelled', 'armed']) AS state
            """)
        )
    for _ in range(2):
        run_due_jobs(parts.units, retention_jobs(parts.settings.delivery))

    with parts.database.transaction() as session:
        assert not {name for name in partitions(session, "inbox") if name.startswith("2020")}
        assert session.execute(text("SELECT state FROM timer")).scalars().all() == ["armed"]
        assert session.execute(text("SELECT name FROM job_run")).scalars().all() == ["retention"]


def test_a_job_that_fails_is_due_again_and_holds_up_no_other(messaging_parts):
    parts = messaging_parts("intake")
    runs = []

    def fail(_work):
        raise RuntimeError("boom")

    jobs = (Job("failing", timedelta(days=1), fail), Job("fine", timedelta(days=1), lambda _work: runs.append(1)))
    run_due_jobs(parts.units, jobs)
    run_due_jobs(parts.units, jobs)

    assert runs == [1]
    with parts.database.transaction() as session:
        assert session.execute(text("SELECT name FROM job_run")).scalars().all() == ["fine"]


def test_delivering_a_period_again_changes_nothing_for_who_has_it(producer, receiver):
    producer.emit(*[a_consultation() for _ in range(5)])
    producer.relay.tick()
    receiver.receive()
    producer.relay.tick()
    before = datetime.now(UTC) - timedelta(hours=1)

    with producer.parts.database.transaction() as session:
        assert redeliver(session, "intake", "routing", since=before) == 5
        assert redeliver(session, "intake", "routing", since=before) == 0, "they are due already"
    producer.relay.tick()
    receiver.receive()
    producer.relay.tick()

    assert receiver.effects() == producer.event_ids()
    assert producer.owed("routing") == 0


def test_delivering_again_keeps_to_its_period_and_to_what_the_subscriber_receives(producer):
    producer.emit(a_consultation())
    long_ago, now = datetime(2026, 1, 1, tzinfo=UTC), datetime.now(UTC) + timedelta(seconds=1)
    producer.run("DELETE FROM outbox_delivery")

    with producer.parts.database.transaction() as session:
        assert redeliver(session, "intake", "routing", since=long_ago, until=now - timedelta(hours=1)) == 0
        assert redeliver(session, "intake", "routing", since=now) == 0
        assert redeliver(session, "intake", "routing", since=long_ago, until=now) == 1
        with pytest.raises(LookupError, match="intake receives nothing"):
            redeliver(session, "intake", "intake", since=long_ago)


def test_a_subscriber_that_lost_its_inbox_gets_everything_again(producer, receiver):
    producer.emit(*[a_consultation() for _ in range(5)])
    producer.relay.tick()
    receiver.receive()
    producer.relay.tick()
    with receiver.parts.database.transaction() as session:
        session.execute(text("DELETE FROM inbox"))
        session.execute(text("DELETE FROM effect"))

    with producer.parts.database.transaction() as session:
        redeliver(session, "intake", "routing", since=datetime(2026, 1, 1, tzinfo=UTC))
    producer.relay.tick()
    receiver.receive()

    assert receiver.effects() == producer.event_ids()


_EVENT = text(
    "INSERT INTO outbox_event (event_id, subject, sequence, type, version, envelope)"
    " VALUES (:id, uuidv7(), 1, 'x', 1, '')"
)
_RECEIVED = text(
    "INSERT INTO inbox (event_id, source, subject, sequence, type, version, envelope, status, attempts, next_at)"
    " VALUES (:id, 'intake', uuidv7(), 1, 'x', 1, '', :status, 1, now())"
)
