"""The whole retry policy, in one table."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.contracts.event import ContractError
from shared.messaging.retry import Decision, NotYet, RetryPolicy, UnknownEventError

FAILURE, NOT_YET, UNREADABLE, UNKNOWN = RuntimeError("x"), NotYet("x"), ContractError("x"), UnknownEventError("x")


@pytest.mark.parametrize(
    ("error", "attempts", "age_seconds", "status", "delay_seconds", "spends_attempt"),
    [
        # a failure: again after a second, then after twice as long each time, and buried after the eighth attempt
        (FAILURE, 1, 0, "pending", 1, True),
        (FAILURE, 2, 0, "pending", 2, True),
        (FAILURE, 3, 0, "pending", 4, True),
        (FAILURE, 7, 0, "pending", 64, True),
        (FAILURE, 8, 0, "dead", 0, True),
        (FAILURE, 9, 0, "dead", 0, True),
        (FAILURE, 1, 10**9, "pending", 1, True),
        # something has not arrived: a tenth of the age, between 0.2 s and 15 s, for a week, at no cost
        (NOT_YET, 1, 0, "waiting", 0.2, False),
        (NOT_YET, 1, 1, "waiting", 0.2, False),
        (NOT_YET, 1, 30, "waiting", 3, False),
        (NOT_YET, 99, 3600, "waiting", 15, False),
        (NOT_YET, 1, 7 * 86_400 - 1, "waiting", 15, False),
        (NOT_YET, 1, 7 * 86_400, "dead", 0, False),
        # what does not fit its contract never will
        (UNREADABLE, 1, 0, "dead", 0, True),
        # what this release does not know waits for one that does
        (UNKNOWN, 1, 0, "unknown", 0, False),
        (UNKNOWN, 99, 10**9, "unknown", 0, False),
    ],
)
def test_the_policy(error, attempts, age_seconds, status, delay_seconds, spends_attempt):
    decision = RetryPolicy().decide(error, attempts=attempts, age=timedelta(seconds=age_seconds))

    assert decision == Decision(status, timedelta(seconds=delay_seconds), spends_attempt)


def test_no_delay_is_longer_than_five_minutes():
    decision = RetryPolicy(max_attempts=60).decide(FAILURE, attempts=50, age=timedelta(0))

    assert decision.delay == timedelta(minutes=5)
