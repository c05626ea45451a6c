"""Why the model decided so: the words and terms of the text that pulled towards the chosen topic, and the rules read.

The model is linear, so the explanation is the arithmetic itself: value times weight of each feature, against the mean
of the other topics, gathered by the word it came from.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from services.routing.classifier.artefact import Artefact
from services.routing.classifier.features import STOPWORDS, TERMS, word_features
from services.routing.classifier.lexicon import Lexicon
from services.routing.classifier.reading import Reading
from services.routing.classifier.text import stem
from services.routing.classifier.urgency import Signal
from services.routing.classifier.vectors import FloatArray, IntArray
from services.routing.domain.classification import Reason

MAX_REASONS = 5
MIN_SHARE = 0.05  # of the strongest reason; weaker ones explain nothing


def _pulls(artefact: Artefact, positions: IntArray, values: FloatArray, topic: int) -> dict[str, float]:
    weights = artefact.weights[positions][:, : len(artefact.topics)]
    pull = values * (weights[:, topic] - weights.mean(axis=1))
    names = artefact.vocabulary.names
    return {names[position]: float(one) for position, one in zip(positions, pull, strict=True)}


def _by_word(reading: Reading, pulls: dict[str, float]) -> dict[str, float]:
    """The pull of each word: its own features, its n-grams (shared ones divided among the words that have them)."""
    words = [word for word in dict.fromkeys(reading.everything) if word not in STOPWORDS]
    owners: dict[str, list[str]] = defaultdict(list)
    for word in words:
        plain, stemmed, grams = word_features(word)
        for feature in {plain, stemmed, f"a|{stem(word)}", *grams} & pulls.keys():
            owners[feature].append(word)
    gathered: dict[str, float] = defaultdict(float)
    for feature, owning in owners.items():
        for word in owning:
            gathered[word] += pulls[feature] / len(owning)
    return gathered


def _terms(reading: Reading, lexicon: Lexicon, pulls: dict[str, float]) -> dict[str, float]:
    """The pull of each lexicon term, shown as it was written with what it stands for."""
    shown: dict[str, float] = {}
    for segment in reading.segments:
        for match in lexicon.find_terms([stem(word) for word in segment.tokens]):
            written = " ".join(segment.tokens[match.start : match.start + match.length])
            pull = pulls.get(f"{TERMS}|{match.term.key}", 0.0) + pulls.get(f"{TERMS}|?{match.term.key}", 0.0)
            pull += sum(pulls.get(f"{TERMS}|@{topic}", 0.0) for topic in match.term.topics) / 2
            shown[f"{written} ({match.term.expansion})"] = pull
    return shown


def explain(
    artefact: Artefact,
    reading: Reading,
    lexicon: Lexicon,
    positions: IntArray,
    values: FloatArray,
    topic: int,
    urgency_signals: Sequence[Signal],
) -> tuple[Reason, ...]:
    """The strongest reasons first, at most five about the topic, then the urgency rules that were read."""
    pulls = _pulls(artefact, positions, values, topic)
    gathered = {**_by_word(reading, pulls), **_terms(reading, lexicon, pulls)}
    strongest = sorted(gathered.items(), key=lambda item: -item[1])[:MAX_REASONS]
    limit = max((strongest[0][1] if strongest else 0.0) * MIN_SHARE, 0.0)
    reasons = [Reason(text, round(weight, 4)) for text, weight in strongest if weight > limit]
    reasons.extend(
        Reason(f"{signal.rule}: «{signal.words}»", 1.0) for signal in urgency_signals if signal.rule.startswith("U")
    )
    return tuple(reasons)
