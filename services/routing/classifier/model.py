"""The classifier as the service uses it: load once, then classify."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from services.routing.classifier import artefact as artefacts
from services.routing.classifier.artefact import Artefact
from services.routing.classifier.explanation import explain
from services.routing.classifier.features import extract
from services.routing.classifier.lexicon import Lexicon, lexicon_hash, load_lexicon
from services.routing.classifier.reading import Reading, read
from services.routing.classifier.taxonomy import Taxonomy, load_taxonomy
from services.routing.classifier.urgency import IsWorkingDay, is_weekday
from services.routing.domain.classification import Candidate, Classification

LIMA = ZoneInfo("America/Lima")
MAX_CANDIDATES = 3
MIN_CANDIDATE = 0.05  # a third topic less likely than this only distracts the person who chooses
NOT_APPLICABLE_CERTAINTY = 1.0


@dataclass(frozen=True, slots=True)
class Classifier:
    """A loaded model. Immutable and safe to share between threads and forked processes."""

    artefact: Artefact
    version: str
    taxonomy: Taxonomy
    lexicon: Lexicon
    is_working_day: IsWorkingDay

    @classmethod
    def load(cls, path: Path, *, is_working_day: IsWorkingDay = is_weekday) -> Classifier:
        """Load the artefact in folder ``path``.

        ``is_working_day`` is the calendar that «5 días hábiles» is counted on. Raises ArtefactError when the folder
        holds no sound model, TaxonomyMismatchError when it was trained for another taxonomy version.
        """
        taxonomy = load_taxonomy()
        loaded = artefacts.load(path, taxonomy_version=taxonomy.version, lexicon_hash=lexicon_hash())
        return cls.of(loaded, is_working_day=is_working_day)

    @classmethod
    def of(cls, artefact: Artefact, *, is_working_day: IsWorkingDay = is_weekday) -> Classifier:
        """A classifier of an artefact already in memory (fresh from training)."""
        return cls(artefact, artefact.version, load_taxonomy(), load_lexicon(), is_working_day)

    def classify(self, subject: str, body: str, *, now: datetime) -> Classification:
        """Topic, kind and urgency of one consultation received at ``now`` (aware). Any text is accepted."""
        today = now.astimezone(LIMA).date()
        reading = read(subject, body, self.lexicon)
        features, signals = extract(reading, self.lexicon, today, self.is_working_day)
        positions, values = self.artefact.vocabulary.vector(features)
        scores = values @ self.artefact.weights[positions] + self.artefact.biases
        topics, kinds = len(self.artefact.topics), len(self.artefact.kinds)
        likely = self.artefact.topic_scaling.probabilities(scores[:topics].astype(np.float64))
        order = np.argsort(-likely, kind="stable")
        topic = self.artefact.topics[order[0]]
        is_outside = topic == self.taxonomy.out_of_scope.code
        kind, kind_confidence = self._kind(scores[topics : topics + kinds], likely, is_outside=is_outside)
        urgent, urgency_confidence = self._urgency(float(scores[-1]), is_outside=is_outside)
        return Classification(
            topic=topic,
            topic_confidence=float(likely[order[0]]),
            candidates=self._candidates(likely, order),
            kind=kind,
            kind_confidence=kind_confidence,
            urgent=urgent,
            urgency_confidence=urgency_confidence,
            reasons=explain(
                self.artefact,
                reading,
                self.lexicon,
                positions,
                values,
                int(order[0]),
                signals if urgent else (),
            ),
            needs_triage=self._needs_triage(reading, float(likely[order[0]]), len(positions)),
            model_version=self.version,
        )

    def classify_many(self, texts: Sequence[tuple[str, str]], *, now: datetime) -> list[Classification]:
        """``classify`` for each (subject, body), in order."""
        return [self.classify(subject, body, now=now) for subject, body in texts]

    def _needs_triage(self, reading: Reading, confidence: float, known_features: int) -> bool:
        return confidence < self.artefact.triage_below or not reading.everything or known_features == 0

    def _candidates(self, likely: NDArray[np.float64], order: NDArray[np.int64]) -> tuple[Candidate, ...]:
        best = [Candidate(self.artefact.topics[one], float(likely[one])) for one in order[:MAX_CANDIDATES]]
        return tuple(best[:2] + [candidate for candidate in best[2:] if candidate.confidence >= MIN_CANDIDATE])

    def _kind(self, scores: NDArray[np.float32], likely: NDArray[np.float64], *, is_outside: bool) -> tuple[str, float]:
        """Out of scope has no kind; there the confidence is that of the topic."""
        if is_outside:
            return self.taxonomy.out_of_scope.kind, float(likely.max())
        chances = self.artefact.kind_scaling.probabilities(scores.astype(np.float64))
        best = int(chances.argmax())
        return self.artefact.kinds[best], float(chances[best])

    def _urgency(self, score: float, *, is_outside: bool) -> tuple[bool, float]:
        """Out of scope is never urgent (taxonomy). The confidence is that of the answer given."""
        if is_outside:
            return False, NOT_APPLICABLE_CERTAINTY
        chance = float(self.artefact.urgency_scaling.probabilities(np.array([0.0, score]))[1])
        is_urgent = chance >= self.artefact.urgent_from
        return is_urgent, chance if is_urgent else 1.0 - chance
