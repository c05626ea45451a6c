"""Random case logs over three weeks of the desk's calendar, Fiestas Patrias among them."""

import random
from datetime import timedelta

from services.routing.domain.sla import CaseEvent, EventKind
from tests.support.sla_cases import LEGAL, TRAMITE, URGENT, lima

KINDS = (
    *(EventKind.OFFICIAL_MESSAGE,) * 4,
    *(EventKind.CLARIFICATION_REQUESTED,) * 4,
    *(EventKind.ANSWER_SENT,) * 3,
    EventKind.CLOSED,
    EventKind.CLOSED,
    EventKind.REOPENED,
    EventKind.REOPENED,
    EventKind.WITHDRAWN,
    EventKind.RECLASSIFIED,
    EventKind.ABSORBED,
    EventKind.MERGED_INTO,
    EventKind.INTERNAL_NOTE,
    EventKind.REASSIGNED,
)


def seeded(seed: int) -> random.Random:
    """A replayable source of chance."""
    return random.Random(seed)  # noqa: S311 - chooses test data, keeps no secret


def random_event(chooser: random.Random, sequence: int, at, earliest) -> CaseEvent:
    """Any event at a moment; `earliest` bounds the start of an absorbed case."""
    kind = chooser.choice(KINDS)
    span = int((at - earliest).total_seconds())
    return CaseEvent(
        id=f"event-{sequence}",
        sequence=sequence,
        kind=kind,
        at=at,
        classification=chooser.choice((TRAMITE, LEGAL, URGENT)) if kind is EventKind.RECLASSIFIED else None,
        is_final=chooser.random() < 0.3,
        absorbed_started_at=earliest + timedelta(seconds=chooser.randint(0, span))
        if kind is EventKind.ABSORBED
        else None,
    )


def random_log(chooser: random.Random, most: int = 10) -> list[CaseEvent]:
    """A case submitted in the week of 20 July 2026 and up to `most` further events within three weeks."""
    earliest = lima("2026-07-20 00:00")
    at = earliest + timedelta(seconds=chooser.randint(0, 5 * 86_400))
    log = [CaseEvent("event-1", 1, EventKind.SUBMITTED, at, classification=chooser.choice((TRAMITE, LEGAL, URGENT)))]
    for sequence in range(2, 2 + chooser.randint(0, most)):
        at += timedelta(seconds=chooser.choice((0, 1, 60, 3600, 20_000, 90_000)) + chooser.randint(0, 5000))
        log.append(random_event(chooser, sequence, at, earliest))
    return log
