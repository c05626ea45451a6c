"""The three decisions of the classifier and what each of them reads.

A head is a linear model over some feature blocks. The block weights were chosen by leave-one-author-out on the training
authors; docs/classifier.md has the ablation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.routing.classifier.features import ASK, CHARS, HINTS, PAIRS, PHRASES, STYLE, TERMS, URGENCY, WORDS


@dataclass(frozen=True, slots=True)
class Head:
    """One decision: the weight of each feature block and how it is fitted.

    ``strength`` is C of the linear SVM. With ``ratio_strength`` a second SVM (with that C), on features scaled by their
    naive-Bayes log-count ratio (NB-SVM), is averaged in; both are linear, so the sum is one row of weights.
    """

    name: str
    blocks: Mapping[str, float]
    strength: float
    is_balanced: bool
    ratio_strength: float | None = None


TOPIC = Head(
    "topic",
    {WORDS: 1.4, PAIRS: 0.5, CHARS: 2.0, ASK: 0.2, TERMS: 0.4, HINTS: 0.3},
    strength=0.3,
    is_balanced=True,
    ratio_strength=0.05,
)
KIND = Head("kind", {PHRASES: 1.0, WORDS: 0.4, CHARS: 1.0, STYLE: 0.3, URGENCY: 0.2}, strength=0.5, is_balanced=False)
URGENCY_HEAD = Head("urgency", {URGENCY: 2.0, PHRASES: 1.0, WORDS: 0.3, CHARS: 0.3}, strength=0.5, is_balanced=True)
