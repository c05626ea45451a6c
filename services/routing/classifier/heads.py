"""The three decisions of the classifier and what each of them reads.

A head is a linear model over some feature blocks. The block weights were chosen by leave-one-author-out on the training
authors; docs/classifier.md has the ablation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.routing.classifier.features import ASK, CHARS, PAIRS, PHRASES, STYLE, TERMS, URGENCY, WORDS

URGENT, NOT_URGENT = "urgente", "no_urgente"


@dataclass(frozen=True, slots=True)
class Head:
    """One decision: the weight of each feature block, the strength of fit (C), and whether classes are balanced."""

    name: str
    blocks: Mapping[str, float]
    strength: float
    is_balanced: bool


TOPIC = Head(
    "topic", {WORDS: 1.0, PAIRS: 0.6, CHARS: 1.0, ASK: 0.7, TERMS: 1.0}, strength=0.5, is_balanced=True
)
KIND = Head(
    "kind", {PHRASES: 1.0, WORDS: 0.4, CHARS: 0.4, STYLE: 0.3, URGENCY: 0.2}, strength=0.5, is_balanced=False
)
URGENCY_HEAD = Head(
    "urgency", {URGENCY: 1.0, PHRASES: 0.5, WORDS: 0.3, CHARS: 0.3}, strength=0.5, is_balanced=True
)
HEADS = (TOPIC, KIND, URGENCY_HEAD)
