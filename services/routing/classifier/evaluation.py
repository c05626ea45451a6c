"""How good a classifier is on labelled texts it has not seen: shares right, their uncertainty, its confusions."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from services.routing.classifier.calibration import coverage_threshold, expected_calibration_error
from services.routing.classifier.corpus import Record
from services.routing.classifier.model import Classifier
from services.routing.domain.classification import Classification

Z_95 = 1.959964
WORST = 10
WANTED_PRECISION = 0.95


@dataclass(frozen=True, slots=True)
class Share:
    """A share of right answers with its 95 % confidence interval (Wilson), all between 0 and 1."""

    name: str
    right: int
    total: int

    @property
    def value(self) -> float:
        """Right out of total; 0 when there is nothing to count."""
        return self.right / self.total if self.total else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's score interval: honest also for small totals and shares near 1."""
        if not self.total:
            return 0.0, 1.0
        square = Z_95 * Z_95 / self.total
        centre = (self.value + square / 2) / (1 + square)
        spread = math.sqrt(self.value * (1 - self.value) / self.total + square / (4 * self.total)) * Z_95 / (1 + square)
        return max(centre - spread, 0.0), min(centre + spread, 1.0)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All measures of one run. ``confusions`` counts (true topic, given topic) pairs, most frequent first."""

    topic: Share
    kind: Share
    urgency: Share
    macro_f1: float
    urgency_f1: float
    topic_calibration_error: float
    kind_calibration_error: float
    coverage_at_precision: float
    handled: Share
    precision_of_handled: Share
    by_topic: tuple[Share, ...]
    by_kind: tuple[Share, ...]
    by_style: tuple[Share, ...]
    by_urgency: tuple[Share, ...]
    confusions: tuple[tuple[str, str, int], ...]


def f1(true: Sequence[object], given: Sequence[object], label: object) -> float:
    """Harmonic mean of precision and recall of one label; 0 when it neither occurs nor is given."""
    hits = sum(one == label and other == label for one, other in zip(true, given, strict=True))
    total = sum(one == label for one in true) + sum(one == label for one in given)
    return 2 * hits / total if total else 0.0


def _shares(records: Sequence[Record], is_right: Sequence[bool], group: Callable[[Record], str]) -> tuple[Share, ...]:
    total: Counter[str] = Counter(map(group, records))
    right = Counter(group(record) for record, good in zip(records, is_right, strict=True) if good)
    return tuple(Share(name, right[name], total[name]) for name in sorted(total))


def evaluate(classifier: Classifier, records: Sequence[Record], *, now: datetime) -> Evaluation:
    """Classify every record as received at ``now`` and compare with its labels. ``records`` must not be empty."""
    given = classifier.classify_many([(record.subject, record.body) for record in records], now=now)
    return compare(records, given)


def compare(records: Sequence[Record], given: Sequence[Classification]) -> Evaluation:
    """The measures of ``given`` against the labels of ``records``, in the same order."""
    pairs = list(zip(records, given, strict=True))
    topic = [record.topic == one.topic for record, one in pairs]
    kind = [record.kind == one.kind for record, one in pairs]
    urgent = [record.urgent == one.urgent for record, one in pairs]
    true_topics, given_topics = [record.topic for record in records], [one.topic for one in given]
    handled = [index for index, one in enumerate(given) if not one.needs_triage]
    confidence = np.array([one.topic_confidence for one in given])
    confusions = Counter((record.topic, one.topic) for record, one in pairs if record.topic != one.topic)
    labels = sorted(set(true_topics))
    return Evaluation(
        topic=Share("topic", sum(topic), len(topic)),
        kind=Share("kind", sum(kind), len(kind)),
        urgency=Share("urgency", sum(urgent), len(urgent)),
        macro_f1=sum(f1(true_topics, given_topics, label) for label in labels) / len(labels),
        urgency_f1=f1([record.urgent for record in records], [one.urgent for one in given], label=True),
        topic_calibration_error=expected_calibration_error(confidence, np.array(topic)),
        kind_calibration_error=expected_calibration_error(
            np.array([one.kind_confidence for one in given]), np.array(kind)
        ),
        coverage_at_precision=coverage_threshold(confidence, np.array(topic), WANTED_PRECISION)[1],
        handled=Share("without triage", len(handled), len(given)),
        precision_of_handled=Share("right of these", sum(topic[index] for index in handled), len(handled)),
        by_topic=_shares(records, topic, lambda record: record.topic),
        by_kind=_shares(records, kind, lambda record: record.kind),
        by_style=_shares(records, topic, lambda record: record.style or "-"),
        by_urgency=_shares(records, urgent, lambda record: "urgent" if record.urgent else "not urgent"),
        confusions=tuple((one, other, count) for (one, other), count in confusions.most_common(WORST)),
    )


def _line(share: Share) -> str:
    low, high = share.interval
    return f"  {share.name:26} {share.value:6.1%}  [{low:6.1%}, {high:6.1%}]  {share.right}/{share.total}"


def report(evaluation: Evaluation) -> Iterator[str]:
    """The evaluation as lines for a terminal."""
    yield "overall (share right, 95 % confidence interval)"
    yield from map(_line, (evaluation.topic, evaluation.kind, evaluation.urgency))
    yield f"  {'topic macro-F1':26} {evaluation.macro_f1:6.3f}"
    yield f"  {'urgency F1':26} {evaluation.urgency_f1:6.3f}"
    yield f"  {'topic calibration error':26} {evaluation.topic_calibration_error:6.3f}"
    yield f"  {'kind calibration error':26} {evaluation.kind_calibration_error:6.3f}"
    yield f"  {'coverage at 95 % precision':26} {evaluation.coverage_at_precision:6.1%}"
    yield "with the model's own threshold"
    yield from map(_line, (evaluation.handled, evaluation.precision_of_handled))
    for title, shares in (
        ("topic", evaluation.by_topic),
        ("kind", evaluation.by_kind),
        ("urgency", evaluation.by_urgency),
        ("style (topic right)", evaluation.by_style),
    ):
        yield f"by {title}"
        yield from map(_line, shares)
    yield "worst confusions (true -> given)"
    for true, given, count in evaluation.confusions:
        yield f"  {count:4}  {true} -> {given}"
