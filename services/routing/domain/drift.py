"""Whether what arrives is still what the model was made for: distances between distributions, without any I/O."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

BINS = 10
_FLOOR = 1e-4
_PRIOR = 0.5


def histogram(confidences: Iterable[float]) -> list[int]:
    """How many confidences (0 to 1) fall into each tenth."""
    counts = [0] * BINS
    for one in confidences:
        counts[min(int(one * BINS), BINS - 1)] += 1
    return counts


def population_stability(reference: Sequence[float], present: Sequence[float]) -> float:
    """Population stability index of two histograms over the same bins; 0 when either is empty.

    Below 0.1 nothing happened, above 0.25 the populations differ (the usual reading in credit scoring, where the
    index comes from). Half a case is added to every bin, or one rare topic in a small sample would shout.
    """
    before, after = sum(reference), sum(present)
    if not before or not after:
        return 0.0
    bins = len(reference)
    total = 0.0
    for old, new in zip(reference, present, strict=True):
        expected = max((old + _PRIOR) / (before + _PRIOR * bins), _FLOOR)
        actual = max((new + _PRIOR) / (after + _PRIOR * bins), _FLOOR)
        total += (actual - expected) * math.log(actual / expected)
    return total


def mix_distance(reference: Mapping[str, float], present: Mapping[str, float]) -> float:
    """Population stability index of two counts by name."""
    names = sorted(reference.keys() | present.keys())
    return population_stability([reference.get(name, 0) for name in names], [present.get(name, 0) for name in names])
