"""Corrections as records: those that teach, and those that judge and must not resemble a lesson."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.routing.classifier.corpus import Record, label_errors
from services.routing.classifier.likeness import near_copies
from services.routing.classifier.taxonomy import Taxonomy


@dataclass(frozen=True, slots=True)
class Lessons:
    """``taught`` goes into training, ``judging`` is held back from every model; ``left_out`` counts the unusable."""

    taught: tuple[Record, ...]
    judging: tuple[Record, ...]
    left_out: int


def lessons_of(taught: Sequence[Record], held_back: Sequence[Record], taxonomy: Taxonomy) -> Lessons:
    """What can be used of corrections.

    Left out are labels that the taxonomy no longer has, texts without words, and held-back texts that are near-copies
    of a lesson or of another held-back one: the first would flatter a candidate, the second count one opinion twice.
    """
    sound = [record for record in taught if not label_errors([record], taxonomy)]
    judges = [record for record in held_back if not label_errors([record], taxonomy)]
    alike = {pair.first for pair in near_copies([*judges, *sound])} if judges else set()
    # Pairs are ordered as the records are, so of two alike the first is a judge whenever either is.
    judging = [record for record in judges if record.id not in alike]
    return Lessons(
        tuple(replace(record, author="", style="", subtopic="") for record in sound),
        tuple(judging),
        len(taught) + len(held_back) - len(sound) - len(judging),
    )
