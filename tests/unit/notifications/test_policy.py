"""The whole policy of sending, as a table."""

from datetime import UTC, datetime, timedelta

import pytest

from services.notifications.domain.breaker import Breaker
from services.notifications.domain.message import MOVES, NOT_DELIVERED, RESENDABLE, Channel, State, may_move, sources_of
from services.notifications.domain.policy import (
    MOST_TRIES,
    OnUncertain,
    Outcome,
    Progress,
    Verdict,
    after_doubt,
    after_send,
    after_waiting,
)
from services.notifications.domain.receipts import meaning_of

WAIT = timedelta(seconds=20)
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def progress(channel=Channel.EMAIL, policy=OnUncertain.RESEND, **values):
    return Progress(channel, policy, **{"tries": 0, "doubts": 0, "age": timedelta(0), **values})


@pytest.mark.parametrize(
    ("tries", "seconds"), [(0, 10), (1, 20), (2, 40), (3, 80), (4, 160), (5, 320), (6, 640), (7, 900), (10, 900)]
)
def test_refusals_for_now_back_off_up_to_a_quarter_of_an_hour(tries, seconds):
    verdict = after_send(Outcome.DEFERRED, progress(tries=tries), receipt_wait=WAIT)
    assert verdict == Verdict(State.PENDING, timedelta(seconds=seconds), tries + 1, 0)


@pytest.mark.parametrize("outcome", [Outcome.DEFERRED, Outcome.UNAVAILABLE])
def test_the_twelfth_refusal_is_the_last(outcome):
    verdict = after_send(outcome, progress(tries=MOST_TRIES - 1), receipt_wait=WAIT)
    assert (verdict.state, verdict.tries) == (State.FAILED, 12)


@pytest.mark.parametrize(("tries", "seconds"), [(0, 10), (1, 20), (5, 20), (11, 20)])
def test_an_outage_costs_no_try_and_no_long_wait(tries, seconds):
    found = after_send(Outcome.UNAVAILABLE, progress(tries=tries, is_blameless=True), receipt_wait=WAIT)
    assert found == Verdict(State.PENDING, timedelta(seconds=seconds), tries, 0)


def test_an_outage_of_three_days_is_the_end():
    found = after_send(Outcome.UNAVAILABLE, progress(age=timedelta(days=3), is_blameless=True), receipt_wait=WAIT)
    assert found.state is State.FAILED


def test_a_refusal_for_good_fails_at_once():
    assert after_send(Outcome.REFUSED, progress(), receipt_wait=WAIT) == Verdict(State.FAILED, tries=1)


def test_an_accepted_message_is_submitted():
    assert after_send(Outcome.ACCEPTED, progress(tries=3), receipt_wait=WAIT).state is State.SUBMITTED


@pytest.mark.parametrize(
    ("doubts", "expected"),
    [
        (0, Verdict(State.PENDING, timedelta(seconds=10), 0, 1)),
        (1, Verdict(State.PENDING, timedelta(seconds=20), 0, 2)),
        (2, Verdict(State.HELD, tries=0, doubts=3)),
    ],
)
def test_an_e_mail_in_doubt_is_repeated_but_not_for_ever(doubts, expected):
    assert after_send(Outcome.UNCERTAIN, progress(doubts=doubts), receipt_wait=WAIT) == expected


def test_a_link_in_doubt_is_held():
    found = after_send(Outcome.UNCERTAIN, progress(policy=OnUncertain.HOLD), receipt_wait=WAIT)
    assert found.state is State.HELD


def test_the_message_of_a_dead_sender_is_repeated_at_once():
    assert after_doubt(progress(), receipt_wait=WAIT) == Verdict(State.PENDING, timedelta(0), 0, 1)


def test_an_sms_in_doubt_waits_for_its_receipt():
    assert after_doubt(progress(Channel.SMS), receipt_wait=WAIT) == Verdict(State.UNCERTAIN, WAIT, 0, 1)


def test_silence_means_not_sent_where_receipts_come():
    found = after_waiting(progress(Channel.SMS, doubts=1), do_receipts_come=True)
    assert found == Verdict(State.PENDING, timedelta(0), 0, 1)


def test_silence_means_nothing_where_no_receipts_come():
    assert after_waiting(progress(Channel.SMS, doubts=1), do_receipts_come=False).state is State.HELD


# --- breaker ---------------------------------------------------------------------------------------------------


def fail(breaker, seconds, *, is_unreachable=False):
    return breaker.after_failure(NOW + timedelta(seconds=seconds), is_unreachable=is_unreachable)


def test_five_failures_open_the_breaker():
    breaker = Breaker()
    for second in range(4):
        breaker = fail(breaker, second)
        assert not breaker.is_open
    assert fail(breaker, 4).is_open


def test_half_a_minute_of_nothing_but_failure_opens_the_breaker():
    breaker = fail(fail(Breaker(), 0), 10)
    assert not breaker.is_open
    assert fail(breaker, 30).is_open


def test_a_provider_that_cannot_be_reached_opens_it_at_once():
    assert fail(Breaker(), 0, is_unreachable=True).is_open


def test_a_failed_probe_puts_the_next_one_off_by_five_seconds():
    breaker = fail(fail(Breaker(), 0, is_unreachable=True), 5)
    assert breaker.is_open
    assert breaker.probe_at == NOW + timedelta(seconds=10)


# --- states ----------------------------------------------------------------------------------------------------


def test_every_move_has_its_sentence_and_stands_once():
    assert all(move.why.endswith(".") and len(move.why) > 15 for move in MOVES)
    assert len({(move.source, move.to) for move in MOVES}) == len(MOVES)


def test_what_arrived_stays_so():
    assert not any(may_move(State.DELIVERED, state) for state in State)


def test_a_submitted_message_is_never_sent_again():
    assert not may_move(State.SUBMITTED, State.PENDING)
    assert not may_move(State.SUBMITTED, State.SENDING)
    assert sources_of(State.SENDING) == [State.PENDING]


def test_a_person_may_resend_exactly_what_may_go_back_into_the_line_and_rests():
    assert set(RESENDABLE) == set(sources_of(State.PENDING)) - {State.SENDING}
    assert set(RESENDABLE) <= set(NOT_DELIVERED)


# --- receipts --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("report_type", "state"),
    [
        (1, State.DELIVERED),
        (2, State.FAILED),
        (4, State.SUBMITTED),
        (8, State.SUBMITTED),
        (16, State.FAILED),
        (0x22, State.FAILED),
        (0x42, State.FAILED),
        (32 | 4, State.SUBMITTED),
        (0, None),
        (64, None),
        (130, None),
        (255, None),
    ],
)
def test_reports_mean_what_kannel_says(report_type, state):
    assert meaning_of(report_type) is state
