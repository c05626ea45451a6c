"""Hints: told after the commit, never instead of looking."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DataError

from shared.contracts.consultation import ConsultationSubmitted
from shared.db.hints import hint
from tests.support.events import an_event
from tests.support.eventually import eventually

GENEROUS = 20.0


@pytest.fixture
def listener(producer):
    listener = producer.parts.database.listener("something")
    listener.wait(0.01, threading.Event())  # listens from here on
    yield listener
    listener.close()


def tell(producer, channel="something"):
    with producer.parts.database.transaction() as session:
        hint(session, channel)


def test_a_hint_comes_with_the_commit(producer, listener):
    tell(producer)
    assert listener.wait(GENEROUS, threading.Event())


def test_whoever_waits_is_woken(producer, listener):
    woken = threading.Event()
    waiter = threading.Thread(target=lambda: woken.set() if listener.wait(GENEROUS, threading.Event()) else None)
    waiter.start()
    tell(producer)
    waiter.join(GENEROUS)
    assert woken.is_set()


def test_a_transaction_that_fails_gives_no_hint(producer, listener):
    def fail() -> None:
        with producer.parts.database.transaction() as session:
            hint(session, "something")
            session.execute(text("SELECT 1 / 0"))

    with pytest.raises(DataError):
        fail()
    assert not listener.wait(0.2, threading.Event())


def test_other_channels_are_not_heard(producer, listener):
    tell(producer, "something_else")
    assert not listener.wait(0.2, threading.Event())


def test_hints_that_came_together_wake_once(producer, listener):
    for _ in range(50):
        tell(producer)
    wakings = 0
    while listener.wait(0.3, threading.Event()):
        wakings += 1
    assert 1 <= wakings < 25


def test_an_emitted_event_is_a_hint_to_the_relay(producer):
    listener = producer.parts.database.listener("outbox")
    listener.wait(0.01, threading.Event())
    producer.emit(an_event(ConsultationSubmitted))
    assert listener.wait(GENEROUS, threading.Event())
    listener.close()


def test_a_listener_whose_connection_was_cut_listens_again(producer, listener):
    with producer.parts.database.transaction() as session:
        session.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'hints:something'")
        )

    def hears() -> bool:
        tell(producer)
        return listener.wait(0.1, threading.Event())

    assert eventually(hears, within=GENEROUS)


def test_without_a_database_waiting_is_only_a_pause(producer):
    listener = producer.parts.database.listener("something")
    listener._connect_at = float("inf")
    assert not listener.wait(0.05, threading.Event())


def test_who_is_told_to_stop_does_not_wait(listener):
    stop = threading.Event()
    stop.set()
    assert not listener.wait(3600, stop)


def test_a_connection_that_died_while_it_rested_is_replaced_unseen(producer):
    database = producer.parts.database
    with database.transaction() as session:
        pid = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
    other = producer.parts.database.listener("something")
    other.wait(0.01, threading.Event())
    other._connection.execute("SELECT pg_terminate_backend(%s)", [pid])
    other.close()
    for record in (entry for entry in list(database.engine.pool._pool.queue)):
        record.info["used_at"] -= 60
    with database.transaction() as session:
        assert session.execute(text("SELECT pg_backend_pid()")).scalar_one() != pid
