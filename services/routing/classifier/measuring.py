"""What is kept of a model's performance: figures, matrix and curve as JSON, small enough for a row of a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from services.routing.classifier.corpus import Record
from services.routing.classifier.evaluation import Evaluation, Share, compare
from services.routing.domain.classification import Classification
from services.routing.domain.drift import histogram

CURVE_POINTS = 40


def measures(records: Sequence[Record], given: Sequence[Classification]) -> dict[str, Any]:
    """Everything that pages and comparisons show of ``given`` against the labels of ``records``; JSON-ready."""
    found = compare(records, given)
    return {
        "texts": len(records),
        **_figures(found),
        "recall": {share.name: [share.right, share.total] for share in found.by_topic},
        "confusion": _confusion(records, given),
        "curve": curve(records, given),
        "confidence": histogram([one.topic_confidence for one in given]),
        "topics": dict(Counter(one.topic for one in given)),
    }


def _figures(found: Evaluation) -> dict[str, Any]:
    def share(one: Share) -> dict[str, float]:
        low, high = one.interval
        return {"value": round(one.value, 4), "low": round(low, 4), "high": round(high, 4)}

    return {
        "topic": share(found.topic),
        "kind": share(found.kind),
        "urgency": share(found.urgency),
        "macro_f1": round(found.macro_f1, 4),
        "urgency_f1": round(found.urgency_f1, 4),
        "calibration_error": round(found.topic_calibration_error, 4),
        "coverage_at_95": round(found.coverage_at_precision, 4),
        "handled": share(found.handled),
        "precision_of_handled": share(found.precision_of_handled),
    }


def _confusion(records: Sequence[Record], given: Sequence[Classification]) -> dict[str, dict[str, int]]:
    """Counts by true topic, then by given topic; zeros left out."""
    table: dict[str, Counter[str]] = {}
    for record, one in zip(records, given, strict=True):
        table.setdefault(record.topic, Counter())[one.topic] += 1
    return {true: dict(row) for true, row in sorted(table.items())}


def curve(records: Sequence[Record], given: Sequence[Classification]) -> list[list[float]]:
    """[coverage, precision, threshold]: the share of texts at least so confident, and how many of them are right."""
    if not records:
        return []
    confidence = np.array([one.topic_confidence for one in given])
    is_right = np.array([record.topic == one.topic for record, one in zip(records, given, strict=True)])
    order = np.argsort(-confidence, kind="stable")
    precision = np.cumsum(is_right[order]) / np.arange(1, len(order) + 1)
    ends = np.unique(np.linspace(len(order) / CURVE_POINTS, len(order), CURVE_POINTS).astype(int).clip(1))
    return [
        [
            round(int(end) / len(order), 4),
            round(float(precision[end - 1]), 4),
            round(float(confidence[order[end - 1]]), 4),
        ]
        for end in ends
    ]
