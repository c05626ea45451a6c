"""From scores to probabilities that mean what they say, and the threshold above which nobody has to look.

Everything here is fitted on *out-of-author* scores: each text was scored by a model that had seen no text of its
author, which is how far a new official is from the corpus. In-sample scores would promise far too much.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from services.routing.classifier.scaling import Floats, Scaling

Labels = NDArray[np.int64]
SHRINK = 1.0  # pull of the per-class offsets towards zero, in pseudo-observations of the loss
CERTAIN = 1.0


def fit_scaling(scores: Floats, labels: Labels) -> Scaling:
    """The slope and offsets that make out-of-author scores most likely (maximum likelihood, offsets shrunk)."""
    classes = scores.shape[1]

    def loss(parameters: Floats) -> tuple[float, Floats]:
        scaling = Scaling(float(np.exp(parameters[0])), tuple(parameters[1:]))
        likely = scaling.probabilities(scores)
        rows = np.arange(len(labels))
        value = -np.log(np.maximum(likely[rows, labels], 1e-12)).sum() + SHRINK * (parameters[1:] ** 2).sum()
        error = likely.copy()
        error[rows, labels] -= 1.0
        gradient = np.concatenate([[float((error * scores).sum()) * scaling.slope], error.sum(axis=0)])
        gradient[1:] += 2 * SHRINK * parameters[1:]
        return float(value), gradient

    start = np.zeros(classes + 1)
    start[0] = np.log(2.0)
    best = minimize(loss, start, jac=True, method="L-BFGS-B").x
    return Scaling(float(np.exp(best[0])), tuple(float(offset) for offset in best[1:]))


def expected_calibration_error(confidence: Floats, is_right: NDArray[np.bool_], bins: int = 10) -> float:
    """Mean gap between stated confidence and accuracy over equal-width bins, weighted by bin size."""
    if not len(confidence):
        return 0.0
    which = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        abs(float(confidence[which == one].mean()) - float(is_right[which == one].mean())) * int((which == one).sum())
        for one in np.unique(which)
    ]
    return sum(gaps) / len(confidence)


def coverage_threshold(confidence: Floats, is_right: NDArray[np.bool_], precision: float) -> tuple[float, float]:
    """The lowest confidence from which on ``precision`` of the answers are right, and the share of texts above it.

    Returns (1.0, 0.0) when no threshold reaches it: then everything goes to a person.
    """
    order = np.argsort(-confidence, kind="stable")
    right = np.cumsum(is_right[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(right >= precision)
    if not len(good):
        return CERTAIN, 0.0
    last = int(good[-1])
    return float(confidence[order][last]), (last + 1) / len(order)


EVEN_ODDS = (0.35, 0.65)


def best_f1_threshold(probability: Floats, is_positive: NDArray[np.bool_]) -> float:
    """The probability from which on calling a text positive gives the best F1, kept near even odds.

    The F1 curve is flat there; a threshold far out would call texts urgent that the model itself thinks are not.
    """
    order = np.argsort(-probability, kind="stable")
    hits = np.cumsum(is_positive[order])
    called = np.arange(1, len(order) + 1)
    f1 = 2 * hits / (called + is_positive.sum())
    best = int(np.argmax(f1))
    following = probability[order][best + 1] if best + 1 < len(order) else 0.0
    return float(np.clip((probability[order][best] + following) / 2, *EVEN_ODDS))
