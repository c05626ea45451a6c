"""Waiting in tests: polling with a deadline, never a fixed sleep."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_PAUSE_SECONDS = 0.02


def eventually(probe: Callable[[], T], *, within: float = 5.0) -> T:
    """Call `probe` until its result is true, and return that result.

    An assertion or an error inside `probe` counts as "not yet"; the last one is the cause of the failure.
    :raises AssertionError: `within` seconds have passed.
    """
    deadline = time.monotonic() + within
    pause = threading.Event()
    while True:
        cause: Exception | None = None
        result: T | None = None
        try:
            result = probe()
        except Exception as error:  # noqa: BLE001 - whatever it is, it may be gone at the next look
            cause = error
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within} s; last: {cause or result!r}") from cause
        pause.wait(_PAUSE_SECONDS)
