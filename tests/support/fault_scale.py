"""Each fault at two sizes: a few blows in every test run, as many as the plan promises in the full one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

_SHORT_SECONDS, _FULL_SECONDS = 300, 3600


def at_scale(short: int, full: int) -> pytest.MarkDecorator:
    """Parametrize `times`: how often the fault strikes."""
    return pytest.mark.parametrize(
        "times",
        [
            pytest.param(short, id="short", marks=pytest.mark.timeout(_SHORT_SECONDS)),
            pytest.param(full, id="full", marks=[pytest.mark.slow, pytest.mark.timeout(_FULL_SECONDS)]),
        ],
    )


def in_full_only() -> list[pytest.MarkDecorator]:
    """Marks of a test, or a case of one, that has no short form."""
    return [pytest.mark.slow, pytest.mark.timeout(_FULL_SECONDS)]


def rounds(times: int, most: int) -> Iterator[int]:
    """`times` blows in rounds of at most `most`, so that the books are read after each round."""
    while times > 0:
        yield min(times, most)
        times -= most
