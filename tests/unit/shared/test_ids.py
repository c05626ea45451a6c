"""Identifiers: their time, their order, and that no two processes make the same."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.ids import lowest_id_at, new_id, time_of

moments = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone


def test_identifiers_of_one_process_are_in_the_order_in_which_they_were_made():
    ids = [new_id() for _ in range(5_000)]

    assert ids == sorted(ids)
    assert len(set(ids)) == 5_000
    assert {each.version for each in ids} == {7}


def test_an_identifier_carries_its_moment():
    before = datetime.now(UTC) - timedelta(milliseconds=1)

    assert before <= time_of(new_id()) <= datetime.now(UTC)


@given(moments)
def test_the_lowest_identifier_of_a_moment_bounds_a_range(moment):
    lowest = lowest_id_at(moment)

    assert lowest.version == 7
    assert lowest.variant == "specified in RFC 4122"
    assert timedelta(0) <= moment - time_of(lowest) < timedelta(milliseconds=1)
    assert lowest_id_at(moment + timedelta(milliseconds=1)) > lowest


@given(st.integers(min_value=0, max_value=2**74 - 1))
def test_no_identifier_of_a_moment_is_below_its_lowest(randomness):
    lowest = lowest_id_at(datetime(2026, 11, 23, tzinfo=UTC))
    made = UUID(int=lowest.int | (randomness >> 62 << 64) | (randomness & (2**62 - 1)))

    assert made >= lowest
    assert time_of(made) == time_of(lowest)


def test_an_identifier_of_another_kind_carries_no_time():
    with pytest.raises(ValueError, match="carries no time"):
        time_of(UUID("6f2f1b1e-8d1e-4c3a-9d6a-0123456789ab"))


def test_processes_forked_at_the_same_moment_make_different_identifiers():
    new_id()
    pipes = []
    for _ in range(20):
        read, write = os.pipe()
        if os.fork() == 0:
            os.write(write, b" ".join(str(new_id()).encode() for _ in range(20)))
            os._exit(0)
        os.close(write)
        pipes.append(read)
    made = [each for read in pipes for each in os.read(read, 65_536).split()]
    for read in pipes:
        os.close(read)
        os.wait()

    assert len(made) == len(set(made)) == 400
