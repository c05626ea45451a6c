"""From named features to numbers: a pruned vocabulary with idf, and vectors whose blocks each have length 1."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.routing.classifier.features import BLOCKS

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int32]

# Seen in fewer training texts than this, a feature is noise and only makes the artefact larger.
MIN_TEXTS: Mapping[str, int] = {"w": 2, "b": 2, "c": 2, "a": 2, "l": 1, "h": 1, "f": 1, "k": 3, "u": 1}
# Blocks of yes/no facts: frequency says nothing about how telling they are.
PLAIN_BLOCKS = frozenset("hfu")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Feature names with their position, block number and idf; ``names[i]`` sits at position i."""

    names: tuple[str, ...]
    positions: Mapping[str, int]
    blocks: NDArray[np.int8]
    idf: FloatArray

    @classmethod
    def of(cls, names: Sequence[str], idf: FloatArray) -> Vocabulary:
        """The vocabulary of these names; positions and blocks follow from them."""
        order = {block: number for number, block in enumerate(BLOCKS)}
        return cls(
            names=tuple(names),
            positions={name: position for position, name in enumerate(names)},
            blocks=np.array([order[name[0]] for name in names], dtype=np.int8),
            idf=idf,
        )

    def vector(self, features: Mapping[str, float]) -> tuple[IntArray, FloatArray]:
        """Positions and values of one text; features never seen in training are left out."""
        known = [
            (position, value) for name, value in features.items() if (position := self.positions.get(name)) is not None
        ]
        if not known:
            return np.empty(0, np.int32), np.empty(0, np.float32)
        positions = np.fromiter((position for position, _ in known), np.int32, len(known))
        counts = np.fromiter((value for _, value in known), np.float32, len(known))
        values = np.where(counts > 1.0, 1.0 + np.log(np.maximum(counts, 1.0)), counts) * self.idf[positions]
        block = self.blocks[positions]
        length = np.sqrt(np.bincount(block, values * values, minlength=len(BLOCKS)))
        return positions, (values / np.maximum(length, 1e-9)[block]).astype(np.float32)


def build_vocabulary(texts: Sequence[Mapping[str, float]]) -> Vocabulary:
    """The vocabulary of the training texts: names in a fixed order, smoothed idf."""
    seen: Counter[str] = Counter()
    for features in texts:
        seen.update(features.keys())
    names = sorted(name for name, count in seen.items() if count >= MIN_TEXTS[name[0]])
    counts = np.array([seen[name] for name in names], dtype=np.float64)
    idf = np.log((1.0 + len(texts)) / (1.0 + counts)) + 1.0
    plain = np.array([name[0] in PLAIN_BLOCKS for name in names])
    idf[plain] = 1.0
    return Vocabulary.of(names, idf.astype(np.float32))
