"""Doing several things at once in a test, without losing what goes wrong in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager


@contextmanager
def in_background(*actions: Callable[[], object]) -> Iterator[None]:
    """Run actions in threads beside the block; at its end wait for them, and raise what they raised."""
    with ThreadPoolExecutor(len(actions)) as pool:
        running = [pool.submit(action) for action in actions]
        yield
        for action in running:
            action.result(timeout=60)
