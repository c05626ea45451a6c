"""The consumer: an event takes effect once, however often, late or mixed up it arrives, and hurts no other."""

from __future__ import annotations

import itertools
import os
import signal
import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from shared.contracts.consultation import ConsultationClarified, ConsultationSubmitted
from shared.contracts.official import OfficialRegistered
from shared.ids import new_id
from shared.messaging import deliveries, inbox
from shared.messaging.retry import NotYet
from tests.support.background import in_background
from tests.support.delivery import Receiver, deliver, raises
from tests.support.events import a_consultation, an_envelope, an_event
from tests.support.eventually import eventually


def statuses(receiver):
    return [row.status for row in receiver.rows()]


def test_every_message_three_times_in_any_order_takes_effect_once(producer, receiver):
    subject = new_id()
    for number in range(5):
        producer.emit(*[a_consultation(consultation_id=subject, body=str(number)) for _ in range(3)])
        producer.relay.tick()
    messages = receiver.messages()
    assert len(messages) == 5

    for arguments in [*messages[::-1], *messages[2:], *messages]:
        receiver.consumer.deliver(*arguments)
    producer.relay.tick()

    assert receiver.effects() == producer.event_ids()
    assert producer.owed("routing") == 0


def test_two_workers_given_the_same_message_at_once_apply_it_once(producer, receiver):
    producer.emit(*[a_consultation() for _ in range(50)])
    producer.relay.tick()
    (arguments,) = receiver.messages()
    workers = [receiver.consumer, receiver.another_consumer()]
    start = threading.Barrier(2)

    def work(consumer):
        start.wait(10)
        consumer.deliver(*arguments)

    with in_background(*[lambda each=each: work(each) for each in workers]):
        pass

    assert receiver.effects() == producer.event_ids()


def test_one_bad_event_of_a_batch_delays_no_other(receiver):
    receiver.when(ConsultationSubmitted, raises(RuntimeError("boom")))
    bad = an_envelope(a_consultation())
    good = [an_envelope(an_event(OfficialRegistered)) for _ in range(4)]

    deliver(receiver, good[0], bad, *good[1:])

    assert sorted(receiver.effects()) == sorted(each.id for each in good)
    assert sorted(statuses(receiver)) == ["applied"] * 4 + ["pending"]
    (row,) = [row for row in receiver.rows() if row.status == "pending"]
    assert (row.attempts, row.last_error) == (1, "RuntimeError: boom")


def test_a_failed_effect_leaves_nothing_behind(receiver):
    def half_way(_event, work):
        work.session.execute(text("INSERT INTO effect VALUES (:id)"), {"id": new_id()})
        raise RuntimeError("after the first half")

    receiver.when(ConsultationSubmitted, half_way)
    deliver(receiver, an_envelope(a_consultation()))

    assert receiver.effects() == []


def test_an_event_is_buried_after_its_attempts_and_not_before(receiver):
    tries = []

    def count(_event, _work):
        tries.append(1)
        raise RuntimeError("always")

    receiver.when(ConsultationSubmitted, count)
    deliver(receiver, an_envelope(a_consultation()))
    for number in range(2, 9):
        assert statuses(receiver) == ["pending"]
        receiver.make_due()
        assert receiver.consumer.sweep() == 1
        assert receiver.rows()[0].attempts == number
    receiver.make_due()

    assert statuses(receiver) == ["dead"]
    assert receiver.consumer.sweep() == 0
    assert len(tries) == 8


def test_a_retry_waits_longer_each_time(receiver):
    receiver.when(ConsultationSubmitted, raises(RuntimeError("always")))
    deliver(receiver, an_envelope(a_consultation()))
    delays = []
    for _ in range(5):
        (row,) = receiver.rows()
        delays.append((row.next_at - datetime.now(UTC)).total_seconds())
        receiver.make_due()
        receiver.consumer.sweep()

    assert all(later > earlier * 1.4 for earlier, later in itertools.pairwise(delays)), delays


def test_data_that_do_not_fit_their_contract_are_buried_at_once(receiver):
    envelope = an_envelope(a_consultation())
    del envelope.data["code"]

    deliver(receiver, envelope)

    (row,) = receiver.rows()
    assert (row.status, row.attempts) == ("dead", 1)
    assert "code" in row.last_error


def test_an_event_that_kills_its_process_ends_dead_and_the_others_are_applied(receiver):
    """Each attempt runs in a child of its own, which SIGKILL ends in the middle of the handler."""
    killer = an_envelope(a_consultation(body="kill"))
    others = [an_envelope(a_consultation()) for _ in range(3)]

    def maybe_die(event, _work):
        if event.body == "kill":
            os.kill(os.getpid(), signal.SIGKILL)

    receiver.when(ConsultationSubmitted, maybe_die)
    assert in_child(receiver, lambda: deliver(receiver, others[0], killer, *others[1:])) == -signal.SIGKILL
    assert statuses(receiver) == ["pending"] * 4, "the batch went with the process"

    deaths = 1
    for _ in range(20):
        receiver.make_due()
        deaths += in_child(receiver, receiver.consumer.sweep) == -signal.SIGKILL

    assert deaths == 8
    assert sorted(receiver.effects()) == sorted(each.id for each in others)
    (row,) = [row for row in receiver.rows() if row.event_id == killer.id]
    assert row.status == "dead"
    assert "did not survive" in row.last_error


def in_child(receiver, act):
    """Run in a forked process, as a pool process of the worker is; returns how it ended."""
    receiver.parts.database.dispose()
    receiver.parts.broker.close()
    pid = os.fork()
    if pid == 0:
        act()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_an_event_that_came_too_early_waits_without_spending_its_attempts_and_is_woken(receiver):
    def needs_the_consultation(event, work):
        found = work.session.execute(
            text("SELECT 1 FROM inbox WHERE subject = :id AND type = 'consultation.submitted' AND status = 'applied'"),
            {"id": event.consultation_id},
        ).first()
        if found is None:
            raise NotYet("the consultation has not arrived")

    subject = new_id()
    receiver.when(ConsultationClarified, needs_the_consultation)
    late = an_envelope(a_consultation(consultation_id=subject))
    early = an_envelope(an_event(ConsultationClarified, consultation_id=subject), sequence=2)
    deliver(receiver, early)
    for _ in range(12):
        receiver.make_due()
        receiver.consumer.sweep(limit=1)
    (row,) = receiver.rows()
    assert (row.status, row.attempts) == ("waiting", 0)
    with receiver.parts.database.transaction() as session:
        session.execute(text("UPDATE inbox SET next_at = clock_timestamp() + interval '1 hour'"))

    deliver(receiver, late)
    assert receiver.consumer.sweep() == 1

    assert set(receiver.effects()) == {early.id, late.id}
    assert statuses(receiver) == ["applied", "applied"]


def test_patience_ends_after_a_week(receiver):
    receiver.when(ConsultationSubmitted, raises(NotYet("never comes")))
    deliver(receiver, an_envelope(a_consultation()))
    with receiver.parts.database.transaction() as session:
        session.execute(text("UPDATE inbox SET received_at = received_at - interval '8 days'"))
    receiver.make_due()
    receiver.consumer.sweep()

    assert statuses(receiver) == ["dead"]


def test_a_worker_that_was_frozen_has_no_effect_when_it_wakes(receiver):
    """It stored the event, was stopped, and another took over when its lease ran out."""
    envelope = an_envelope(a_consultation())
    with receiver.parts.database.transaction() as session:
        inbox.store(session, [envelope], known={envelope.id}, lease_seconds=0)
    assert receiver.consumer.sweep() == 1
    assert receiver.effects() == [envelope.id]

    receiver.consumer._apply_new([envelope])
    receiver.consumer._apply_new([envelope, an_envelope(a_consultation())])

    assert receiver.effects() == [envelope.id]


def test_a_worker_frozen_in_the_middle_of_a_handler_loses_the_event_to_another(messaging_parts, servers):
    """It still holds the row, so nobody else can take it; the server ends its session, and its work is undone."""
    receiver = Receiver(messaging_parts("routing", inbox_lease_seconds=0.0), servers)
    envelope = an_envelope(a_consultation())
    is_inside, may_go_on = threading.Event(), threading.Event()

    def freeze_once(_event, _work):
        if not is_inside.is_set():
            is_inside.set()
            may_go_on.wait(20)

    receiver.when(ConsultationSubmitted, freeze_once)
    with in_background(lambda: deliver(receiver, envelope)):
        assert is_inside.wait(10)
        with receiver.parts.database.transaction() as session:
            assert inbox.take_due(session, lease_seconds=5) is None
            session.execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction'")
            )
        assert eventually(receiver.consumer.sweep_one)
        may_go_on.set()

    assert receiver.effects() == [envelope.id]
    assert statuses(receiver) == ["applied"]


def test_an_event_that_is_confirmed_is_stored(producer, receiver):
    """The confirmation follows the commit; a handler that fails afterwards is the consumer's own business."""
    receiver.when(ConsultationSubmitted, raises(RuntimeError("boom")))
    producer.emit(a_consultation())
    producer.relay.tick()
    receiver.receive()
    producer.relay.tick()

    assert producer.owed("routing") == 0
    assert statuses(receiver) == ["pending"]


def test_a_batch_is_held_while_the_database_restarts(producer, receiver, servers):
    producer.emit(a_consultation())
    producer.relay.tick()
    (arguments,) = receiver.messages()
    servers.kill_postgres()
    try:
        with in_background(lambda: receiver.consumer.deliver(*arguments)):
            servers.start_postgres()
    finally:
        servers.start_postgres()

    eventually(lambda: receiver.effects() == producer.event_ids())


def test_a_batch_is_let_go_when_the_database_stays_away(producer, receiver, messaging_parts, servers):
    impatient = messaging_parts("routing", hold_seconds=0.1)
    receiver.parts = impatient
    consumer = receiver.another_consumer()
    producer.emit(a_consultation())
    producer.relay.tick()
    (arguments,) = receiver.messages()
    servers.kill_postgres()
    try:
        with pytest.raises(OperationalError):
            consumer.deliver(*arguments)
    finally:
        servers.start_postgres()

    eventually(lambda: producer.age(seconds=11) is None)
    producer.relay.tick()
    assert receiver.receive() == 1
    assert receiver.effects() == producer.event_ids()


def test_a_broker_that_is_away_does_not_keep_an_event_from_taking_effect(producer, receiver, servers):
    producer.emit(a_consultation())
    producer.relay.tick()
    (arguments,) = receiver.messages()
    servers.kill_valkey()
    try:
        receiver.consumer.deliver(*arguments)
    finally:
        servers.start_valkey()

    assert receiver.effects() == producer.event_ids()


def test_confirmations_close_exactly_what_was_delivered(producer, receiver):
    producer.emit(a_consultation())
    producer.relay.tick()
    receiver.receive()
    producer.emit(a_consultation())
    producer.relay.tick()

    assert producer.owed("routing") == 1
    with producer.parts.database.transaction() as session:
        assert deliveries.confirm(session, "routing", [new_id()], datetime.now(UTC)) == 0
