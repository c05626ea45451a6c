"""Whether a candidate may replace the champion (docs/adr/0020-promotion-rule.md). Pure arithmetic on paired answers.

Two proofs are asked of a candidate. On cases of the desk that no model learnt from (corrected by people, or answered
without correction) it must be right significantly more often than the champion; on the fixed split, texts of an author
nobody trained on, it must not have become worse.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import comb
from typing import Any

ALPHA = 0.05
MOST_LOST = 0.01
"""Accuracy or macro-F1 (0 to 1) that may be lost on the fixed split even if chance could explain it."""
MOST_RECALL_LOST = 0.10
FEWEST_TEXTS_OF_TOPIC = 20
CALIBRATION_PROMISE = 0.05
MOST_CALIBRATION_LOST = 0.01


@dataclass(frozen=True, slots=True)
class Paired:
    """Answers of two models to the same texts: how many only one of them got right."""

    texts: int
    both_right: int
    only_champion: int
    only_candidate: int

    @classmethod
    def of(cls, champion: Sequence[bool], candidate: Sequence[bool]) -> Paired:
        """From who was right, text by text."""
        pairs = list(zip(champion, candidate, strict=True))
        return cls(len(pairs), pairs.count((True, True)), pairs.count((True, False)), pairs.count((False, True)))

    @property
    def p_value(self) -> float:
        """McNemar's exact test, two-sided: how likely so uneven a split is when neither model is better."""
        return exact_p(self.only_champion, self.only_candidate)

    @property
    def is_better(self) -> bool:
        """The candidate is right significantly more often."""
        return self.only_candidate > self.only_champion and self.p_value < ALPHA

    @property
    def is_worse(self) -> bool:
        """The candidate is right significantly less often."""
        return self.only_candidate < self.only_champion and self.p_value < ALPHA

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, with the p-value."""
        return {**asdict(self), "p_value": round(self.p_value, 6)}


def exact_p(first: int, second: int) -> float:
    """Two-sided exact binomial p-value of `first` against `second` out of their sum, at even odds."""
    total, more = first + second, max(first, second)
    tail = sum(comb(total, hits) for hits in range(more, total + 1))
    return float(min(2 * tail / 2**total, 1.0))


@dataclass(frozen=True, slots=True)
class Standing:
    """A model on the fixed split: shares between 0 and 1; `recall` is (right, texts) by topic."""

    accuracy: float
    macro_f1: float
    calibration_error: float
    recall: Mapping[str, tuple[int, int]]

    @classmethod
    def of(cls, measures: Mapping[str, Any]) -> Standing:
        """From measures as they are stored."""
        recall = {topic: (right, total) for topic, (right, total) in measures["recall"].items()}
        return cls(measures["topic"]["value"], measures["macro_f1"], measures["calibration_error"], recall)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a candidate was refused or taken: a code of `CODES` and the figures that go into its sentence."""

    code: str
    values: Mapping[str, Any]


CODES = (
    "better_on_desk", "not_better_on_desk", "no_desk_cases", "worse_on_fixed", "accuracy_lost",
    "macro_f1_lost", "recall_lost", "calibration_lost", "kind_worse", "urgency_worse", "same_model",
    "held_after_rollback", "champion_changed",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Comparison:
    """A candidate beside the champion: paired answers on held-back cases and on the fixed split."""

    desk: Paired
    fixed: Paired
    fixed_kind: Paired
    fixed_urgency: Paired
    champion: Standing
    candidate: Standing


def objections(found: Comparison) -> list[Reason]:
    """Everything that speaks against promoting the candidate; empty when it won."""
    reasons = []
    judged = found.desk
    if not judged.texts:
        reasons.append(Reason("no_desk_cases", {}))
    elif not judged.is_better:
        reasons.append(Reason("not_better_on_desk", judged.to_dict()))
    for code, pair in (
        ("worse_on_fixed", found.fixed),
        ("kind_worse", found.fixed_kind),
        ("urgency_worse", found.fixed_urgency),
    ):
        if pair.is_worse:
            reasons.append(Reason(code, pair.to_dict()))
    return [*reasons, *_losses(found.champion, found.candidate)]


def praise(found: Comparison) -> Reason:
    """Why a candidate without objections is better."""
    return Reason("better_on_desk", found.desk.to_dict())


def _losses(champion: Standing, candidate: Standing) -> list[Reason]:
    reasons = []
    for code, before, after in (
        ("accuracy_lost", champion.accuracy, candidate.accuracy),
        ("macro_f1_lost", champion.macro_f1, candidate.macro_f1),
    ):
        if before - after > MOST_LOST:
            reasons.append(Reason(code, {"champion": before, "candidate": after}))
    for topic, (right, total) in sorted(champion.recall.items()):
        now_right, now_total = candidate.recall.get(topic, (0, 0))
        if min(total, now_total) < FEWEST_TEXTS_OF_TOPIC:
            continue
        before, after = right / total, now_right / now_total
        if before - after > MOST_RECALL_LOST:
            reasons.append(
                Reason("recall_lost", {"topic": topic, "champion": round(before, 4), "candidate": round(after, 4)})
            )
    allowed = max(CALIBRATION_PROMISE, champion.calibration_error + MOST_CALIBRATION_LOST)
    if candidate.calibration_error > allowed:
        reasons.append(
            Reason(
                "calibration_lost",
                {"champion": champion.calibration_error, "candidate": candidate.calibration_error},
            )
        )
    return reasons
