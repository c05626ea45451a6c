"""Scores to probabilities: all that a prediction needs of calibration."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scaling:
    """Probabilities are softmax(slope * scores + offsets): one slope, one small offset a class."""

    slope: float
    offsets: tuple[float, ...]

    def probabilities(self, scores: Floats) -> Floats:
        """Rows of probabilities for rows of scores."""
        shifted = self.slope * scores + np.asarray(self.offsets)
        shifted -= shifted.max(axis=-1, keepdims=True)
        grown = np.exp(shifted)
        return np.asarray(grown / grown.sum(axis=-1, keepdims=True), dtype=np.float64)
