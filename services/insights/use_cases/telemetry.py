"""Keeping the newest look at the processes."""

from __future__ import annotations

from collections.abc import Sequence

from services.insights.domain.telemetry import Look
from services.insights.store import telemetry
from shared.messaging.work import Work


def take_turn(work: Work, every_seconds: float) -> bool:
    """Whether this process should look now; any number of clocks may ask."""
    return telemetry.take_turn(work.session, every_seconds)


def record(work: Work, looks: Sequence[Look]) -> None:
    """Keep what a round of looking gave; targets that are no longer listed are forgotten."""
    telemetry.replace(work.session, looks)
