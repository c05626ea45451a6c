"""A relay's haste: a few hints are followed at once, a stream of them is gathered, and rest gives the haste back."""

from shared.messaging.relay import Haste


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def followed_at_once(haste: Haste, clock: Clock, *, seconds: float, hints_per_second: int) -> int:
    count = 0
    for _ in range(int(seconds * hints_per_second)):
        clock.now += 1 / hints_per_second
        if haste.is_left():
            haste.spend()
            count += 1
    return count


def test_the_steps_of_one_consultation_are_followed_at_once():
    clock = Clock()
    assert followed_at_once(Haste(clock), clock, seconds=0.2, hints_per_second=20) == 4


def test_a_stream_of_hints_is_gathered():
    clock = Clock()
    assert followed_at_once(Haste(clock), clock, seconds=60, hints_per_second=50) <= 5 + 2 * 60


def test_what_was_spent_comes_back_with_rest_and_is_not_saved_up():
    clock = Clock()
    haste = Haste(clock)
    followed_at_once(haste, clock, seconds=10, hints_per_second=50)
    clock.now += 3600
    assert followed_at_once(haste, clock, seconds=1, hints_per_second=1000) <= 7
