"""Emitting: an event exists if and only if the change it tells of was committed."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from shared.contracts.case import CaseAnswered
from shared.contracts.event import ContractError
from shared.contracts.official import OfficialRegistered
from shared.ids import new_id
from shared.messaging import deliveries
from tests.support.background import in_background
from tests.support.delivery import Producer
from tests.support.events import a_consultation, an_answer, an_event


def test_an_event_is_committed_with_the_change_it_tells_of(producer):
    with producer.parts.units.begin() as work:
        work.session.execute(text("CREATE TABLE state (id uuid)"))
        work.emit(a_consultation())

    assert producer.one("SELECT count(*) FROM state") == 0, "the table exists: the change was committed"
    assert len(producer.event_ids()) == 1
    assert [producer.owed(subscriber) for subscriber in ("routing", "notifications", "insights")] == [1, 1, 1]


def test_a_rolled_back_change_emits_nothing(producer):
    def stumble():
        with producer.parts.units.begin() as work:
            work.emit(a_consultation())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stumble()

    assert producer.event_ids() == []
    assert producer.owed("routing") == 0


def test_a_commit_that_fails_emits_nothing(producer):
    producer.run("CREATE TABLE parent (id int PRIMARY KEY)")
    producer.run("CREATE TABLE child (id int REFERENCES parent DEFERRABLE INITIALLY DEFERRED)")

    def orphan():
        with producer.parts.units.begin() as work:
            work.emit(a_consultation())
            work.session.execute(text("INSERT INTO child VALUES (1)"))

    with pytest.raises(IntegrityError):
        orphan()

    assert producer.event_ids() == []


def test_a_transaction_that_commits_late_is_not_skipped(producer):
    has_written, may_commit = threading.Event(), threading.Event()

    def write_and_linger():
        with producer.parts.units.begin() as late:
            late.emit(a_consultation())
            late.finish()  # it has its numbers, and is not committed
            has_written.set()
            may_commit.wait(10)

    with in_background(write_and_linger):
        assert has_written.wait(10)
        producer.emit(a_consultation())
        producer.relay.tick()
        assert producer.one("SELECT count(*) FROM outbox_delivery WHERE published_at IS NOT NULL") == 3
        may_commit.set()

    producer.relay.tick()

    assert producer.one("SELECT count(*) FROM outbox_delivery WHERE published_at IS NULL") == 0
    assert producer.one("SELECT min(attempts) FROM outbox_delivery") == 1
    assert len(producer.event_ids()) == 2


def test_the_events_of_a_subject_are_numbered_without_a_gap_by_concurrent_writers(producer):
    subject = new_id()

    def write():
        for _ in range(10):
            producer.emit(a_consultation(consultation_id=subject))

    with in_background(write, write, write):
        pass

    assert producer.all("SELECT sequence FROM outbox_event ORDER BY sequence") == list(range(1, 31))


def test_writers_of_the_same_subjects_in_opposite_order_do_not_deadlock(producer):
    one, other = new_id(), new_id()
    start = threading.Barrier(2)

    def write(*subjects):
        start.wait()
        for _ in range(30):
            producer.emit(*[a_consultation(consultation_id=subject) for subject in subjects])

    with in_background(lambda: write(one, other), lambda: write(other, one)):
        pass

    assert producer.one("SELECT sum(sequence) FROM outbox_stream") == 120


def test_an_event_that_no_consumer_could_read_is_refused_where_it_is_emitted(producer):
    with producer.parts.units.begin() as work:
        with pytest.raises(ContractError, match="submitted_at"):
            work.emit(a_consultation(submitted_at=datetime.now()))  # noqa: DTZ005 - a time without a zone is the point
        with pytest.raises(ContractError, match="body"):
            work.emit(a_consultation(body="x" * 20_001))

    assert producer.event_ids() == []


def test_a_service_cannot_publish_what_is_not_its_to_say(producer):
    with producer.parts.units.begin() as work, pytest.raises(ValueError, match=CaseAnswered.TYPE):
        work.emit(an_answer())


def test_events_carry_who_and_what_they_follow_from(producer, receiver):
    receiver.when(OfficialRegistered, lambda event, work: work.emit(an_answer(official_id=event.official_id)))
    producer.emit(an_event(OfficialRegistered))
    producer.relay.tick()
    receiver.receive()

    (cause,) = receiver.rows()
    follower = Producer(receiver.parts)
    assert follower.one("SELECT envelope::jsonb ->> 'causationid' FROM outbox_event") == str(cause.event_id)
    assert follower.one("SELECT envelope::jsonb ->> 'correlationid' FROM outbox_event") == producer.one(
        "SELECT envelope::jsonb ->> 'correlationid' FROM outbox_event"
    )


def test_the_events_of_one_transaction_keep_their_order(producer):
    subject = new_id()
    producer.emit(*[a_consultation(consultation_id=subject, body=str(number)) for number in range(50)])

    with producer.parts.database.transaction() as session:
        leased = deliveries.lease_fresh(session, "routing", limit=50, retry_seconds=10)

    assert [row.event_id for row in leased] == producer.event_ids()
    assert producer.all("SELECT sequence FROM outbox_event ORDER BY event_id") == list(range(1, 51))
    assert all(row.published_at <= datetime.now(UTC) for row in leased)
