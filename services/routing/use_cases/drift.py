"""The watch over the classifier: whether texts, confidence and corrections are still what they were."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from services.routing.domain.drift import mix_distance, population_stability
from services.routing.store import corrections, drift_source, model_registry

WINDOW = timedelta(days=7)
BEFORE = timedelta(days=28)
FEWEST_FOR_REFERENCE = 200
"""Cases that make the desk's own past a reference; with fewer, the texts that the model was measured on are it."""
SHIFTED = 0.25
"""A population stability index above this is another population."""


@dataclass(frozen=True, slots=True)
class Experience:
    """What a model did in the window: shares between 0 and 1, None without cases."""

    version: str
    cases: int
    mean_confidence: float | None
    triaged: float | None
    corrected: dict[str, float | None]
    handled_wrong: float | None


@dataclass(frozen=True, slots=True)
class Drift:
    """The last seven days beside what came before. `*_psi` are population stability indices of the champion."""

    champion: str | None
    cases: int
    reference_cases: int
    is_reference_own: bool
    confidence_psi: float
    topic_psi: float
    topic_reference_cases: int
    new_corrections: int
    is_training_failed: bool
    champion_since: datetime | None
    experience: list[Experience] = field(default_factory=list)

    def of_champion(self) -> Experience | None:
        """What the champion did in the window, if it decided anything."""
        return next((one for one in self.experience if one.version == self.champion), None)


def read_drift(session: Session) -> Drift:
    """Count the window and its reference."""
    now: datetime = session.execute(text("SELECT clock_timestamp()")).scalar_one()
    since, before = now - WINDOW, now - WINDOW - BEFORE
    choice = model_registry.champion(session)
    champion = None if choice is None else choice.version
    present = drift_source.confidences(session, since, now)
    reference, is_own = _reference(session, champion, before, since)
    shown = present.get(champion or "", [])
    topics_before = drift_source.topics(session, before, since)
    last = model_registry.last_done(session)
    return Drift(
        champion=champion,
        cases=sum(shown),
        reference_cases=sum(reference),
        is_reference_own=is_own,
        confidence_psi=population_stability(reference, shown) if reference and shown else 0.0,
        topic_psi=mix_distance(topics_before, drift_source.topics(session, since, now)),
        topic_reference_cases=sum(topics_before.values()),
        new_corrections=corrections.count_new(session, model_registry.learnt_until(session)),
        is_training_failed=last is not None and last.state == "failed",
        champion_since=None if choice is None else choice.at,
        experience=_experience(session, since),
    )


def _reference(session: Session, champion: str | None, since: datetime, until: datetime) -> tuple[list[int], bool]:
    """The champion's confidences on the desk's own earlier cases if these are many, else on the fixed split."""
    if champion is None:
        return [], False
    own = drift_source.confidences(session, since, until).get(champion, [])
    if sum(own) >= FEWEST_FOR_REFERENCE:
        return own, True
    known = model_registry.version_of(session, champion)
    return (list(known.metrics.get("confidence", [])) if known else []), False


def _experience(session: Session, since: datetime) -> list[Experience]:
    means = drift_source.mean_confidences(session, since)
    return [_of(row, means.get(row["model_version"])) for row in drift_source.outcomes(session, since)]


def _of(row: dict[str, Any], mean: float | None) -> Experience:
    cases, handled = row["cases"], row["cases"] - row["triaged"]
    return Experience(
        version=row["model_version"],
        cases=cases,
        mean_confidence=mean,
        triaged=row["triaged"] / cases if cases else None,
        corrected={what: row[what] / cases if cases else None for what in ("topic", "kind", "urgency")},
        handled_wrong=row["handled_wrong"] / handled if handled else None,
    )
