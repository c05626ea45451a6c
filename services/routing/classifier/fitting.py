"""Fitting one head: linear SVMs whose sum is one matrix of weights in the scale of the unweighted vectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.svm import LinearSVC

from services.routing.classifier.features import BLOCKS
from services.routing.classifier.heads import Head
from services.routing.classifier.vectors import FloatArray, Vocabulary

SEED = 20261123
MAX_ITERATIONS = 3000
RATIO_SMOOTHING = 0.005
RATIO_LIMIT = 6.0
ABSENT_CLASS_BIAS = -1.0  # a class without texts in a fold: as far out as a margin

Fitted = tuple[FloatArray, FloatArray]


def matrix(vocabulary: Vocabulary, texts: Sequence[Mapping[str, float]]) -> sparse.csr_matrix:
    """One row a text, one column a feature of the vocabulary."""
    vectors = [vocabulary.vector(features) for features in texts]
    starts = np.concatenate([[0], np.cumsum([len(positions) for positions, _ in vectors])])
    columns = np.concatenate([positions for positions, _ in vectors]) if vectors else np.empty(0, np.int32)
    values = np.concatenate([part for _, part in vectors]) if vectors else np.empty(0, np.float32)
    built = sparse.csr_matrix((values, columns, starts), shape=(len(vectors), len(vocabulary.names)))
    built.sort_indices()
    return built


def _svm(rows: sparse.csr_matrix, labels: NDArray[Any], strength: float, *, is_balanced: bool) -> Fitted:
    fitted = LinearSVC(
        C=strength,
        class_weight="balanced" if is_balanced else None,
        random_state=SEED,
        max_iter=MAX_ITERATIONS,
    ).fit(rows, labels)
    return np.array(fitted.coef_.T, dtype=np.float32), np.array(fitted.intercept_, dtype=np.float32)


def _log_ratio(rows: sparse.csr_matrix, is_member: NDArray[np.bool_]) -> FloatArray:
    """How much likelier each feature is inside a class than outside it, as a bounded logarithm."""
    inside = np.asarray(rows[is_member].sum(axis=0)).ravel() + RATIO_SMOOTHING
    outside = np.asarray(rows[~is_member].sum(axis=0)).ravel() + RATIO_SMOOTHING
    ratio = np.log((inside / inside.sum()) / (outside / outside.sum()))
    return np.array(np.clip(ratio, -RATIO_LIMIT, RATIO_LIMIT), dtype=np.float32)


def _ratio_svm(rows: sparse.csr_matrix, labels: NDArray[Any], strength: float, *, is_balanced: bool) -> Fitted:
    """One NB-SVM a class (Wang and Manning, 2012), the ratios folded into the weights."""
    weights, biases = [], []
    for one in np.unique(labels):
        is_member = labels == one
        ratio = _log_ratio(rows, is_member)
        weight, bias = _svm(rows @ sparse.diags(ratio), is_member, strength, is_balanced=is_balanced)
        weights.append(weight[:, 0] * ratio)
        biases.append(bias[0])
    return np.column_stack(weights).astype(np.float32), np.array(biases, dtype=np.float32)


def _in_unit_spread(rows: sparse.csr_matrix, fitted: Fitted) -> Fitted:
    """Scores of two models can be added when each spreads by one over the texts."""
    weights, biases = fitted
    spread = float(np.std(rows @ weights + biases))
    return (weights / spread).astype(np.float32), (biases / spread).astype(np.float32)


def fit_head(head: Head, vocabulary: Vocabulary, rows: sparse.csr_matrix, labels: NDArray[Any], classes: int) -> Fitted:
    """Weights (features x classes) and biases of a head; its block weights are folded into the weights.

    ``labels`` are class numbers; with ``classes`` = 1 they are 0 and 1 and there is one column, the score of 1.
    """
    scale = np.array([head.blocks.get(block, 0.0) for block in BLOCKS], dtype=np.float32)[vocabulary.blocks]
    used = np.flatnonzero(scale)
    scaled = (rows @ sparse.diags(scale)).tocsr()[:, used]
    fitted = _svm(scaled, labels, head.strength, is_balanced=head.is_balanced)
    if head.ratio_strength is not None:
        second = _ratio_svm(scaled, labels, head.ratio_strength, is_balanced=head.is_balanced)
        pair = _in_unit_spread(scaled, fitted), _in_unit_spread(scaled, second)
        fitted = pair[0][0] + pair[1][0], pair[0][1] + pair[1][1]
    weights = np.zeros((len(vocabulary.names), classes), dtype=np.float32)
    biases = np.full(classes, ABSENT_CLASS_BIAS, dtype=np.float32)
    columns = np.array([0]) if classes == 1 else np.unique(labels)
    weights[np.ix_(used, columns)] = fitted[0] * scale[used, None]
    biases[columns] = fitted[1]
    return weights, biases
