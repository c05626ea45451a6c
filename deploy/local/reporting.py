"""Telling the person who waits what is happening."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Protocol


class Reporter(Protocol):
    """Receives the stages of a start or a stop."""

    def stage(self, title: str) -> contextlib.AbstractContextManager[None]:
        """Around one stage: said when it begins, and when it is done or has failed."""

    def note(self, text: str) -> None:
        """Something worth knowing that is not a stage."""


class SilentReporter:
    """Says nothing: for tests and for commands with machine-readable output."""

    @contextlib.contextmanager
    def stage(self, title: str) -> Iterator[None]:
        """Nothing is said."""
        del title
        yield

    def note(self, text: str) -> None:
        """Nothing is said."""
        del text
