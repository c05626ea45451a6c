"""What an operator does with events that used up their attempts."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from shared.contracts.consultation import ConsultationSubmitted
from shared.messaging import dead_letters
from tests.support.events import a_consultation


@pytest.fixture
def buried(producer, receiver):
    """Three events that were buried, oldest first; from here on the handler works."""

    def fail(_event, _work):
        raise RuntimeError("boom")

    receiver.when(ConsultationSubmitted, fail)
    for _ in range(3):
        producer.emit(a_consultation())
    producer.relay.tick()
    receiver.receive()
    for _ in range(30):
        receiver.make_due()
        receiver.consumer.sweep()
    receiver.when(ConsultationSubmitted, lambda _event, _work: None)
    return producer.event_ids()


def in_transaction(receiver, act, *arguments, **keywords):
    with receiver.parts.database.transaction() as session:
        return act(session, *arguments, **keywords)


def test_dead_letters_are_listed_with_what_went_wrong(receiver, buried):
    letters = in_transaction(receiver, dead_letters.find)

    assert [letter.event_id for letter in letters] == buried
    assert {(letter.type, letter.source, letter.attempts, letter.last_error) for letter in letters} == {
        ("consultation.submitted/1", "intake", 8, "RuntimeError: boom")
    }
    assert in_transaction(receiver, dead_letters.find, limit=1)[0].event_id == buried[0]
    assert '"consultation.submitted"' in in_transaction(receiver, dead_letters.envelope_of, buried[0])


def test_a_replayed_event_takes_effect_once(producer, receiver, buried):
    assert in_transaction(receiver, dead_letters.replay, [buried[1]]) == 1
    receiver.consumer.sweep()

    assert receiver.effects() == [buried[1]]
    assert in_transaction(receiver, dead_letters.replay, [buried[1]]) == 0, "it is applied; there is nothing to replay"
    assert in_transaction(receiver, dead_letters.replay) == 2
    receiver.consumer.sweep()
    assert receiver.effects() == buried


def test_a_replayed_event_that_fails_again_gets_all_its_attempts_again(receiver, buried):
    def fail(_event, _work):
        raise RuntimeError("still")

    receiver.when(ConsultationSubmitted, fail)
    in_transaction(receiver, dead_letters.replay, [buried[0]])
    for _ in range(7):
        receiver.make_due()
        receiver.consumer.sweep()
        assert {letter.event_id for letter in in_transaction(receiver, dead_letters.find)} == set(buried[1:])
    receiver.make_due()
    receiver.consumer.sweep()

    assert {letter.event_id for letter in in_transaction(receiver, dead_letters.find)} == set(buried)


def test_a_discarded_event_never_takes_effect_even_if_it_arrives_again(producer, receiver, buried):
    assert in_transaction(receiver, dead_letters.discard, buried[:2]) == 2
    assert [letter.event_id for letter in in_transaction(receiver, dead_letters.find)] == buried[2:]

    assert in_transaction(receiver, dead_letters.replay) == 1
    producer.run("INSERT INTO outbox_delivery (event_id, subscriber) SELECT event_id, 'routing' FROM outbox_event"
                 " ON CONFLICT DO NOTHING")  # fmt: skip
    producer.relay.tick()
    receiver.receive()
    receiver.consumer.sweep()

    assert receiver.effects() == buried[2:]


def test_an_event_of_an_unknown_type_can_be_discarded_but_not_replayed(receiver, buried):
    with receiver.parts.database.transaction() as session:
        session.execute(text("UPDATE inbox SET status = 'unknown'"))

    assert in_transaction(receiver, dead_letters.replay) == 0
    assert in_transaction(receiver, dead_letters.discard, [buried[0]]) == 1
