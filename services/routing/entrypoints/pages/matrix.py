"""The confusion matrix as rows for a table: counts, and how dark each cell is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.routing.use_cases import topics
from services.routing.use_cases.topics import Named

_SHADES = ((0.5, 4), (0.2, 3), (0.08, 2), (0.0, 1))
_MOST_CONFUSIONS = 8


@dataclass(frozen=True, slots=True)
class Cell:
    """How often a topic was taken for another. `shade` is 0 (never) to 4 (half of the row or more)."""

    count: int
    shade: int
    is_right: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A true topic: its number in the table, its name, a cell for each given topic, its recall."""

    number: int
    topic: Named
    cells: Sequence[Cell]
    right: int
    total: int


@dataclass(frozen=True, slots=True)
class Confusion:
    """A pair that is often mixed up."""

    true: Named
    given: Named
    count: int
    total: int


def matrix_of(confusion: Mapping[str, Mapping[str, int]]) -> list[Row]:
    """A row for each true topic, in the taxonomy's order, cells in the same order; codes it lost come last."""
    known = [*topics.topics(), topics.out_of_scope().code]
    given = {code for row in confusion.values() for code in row}
    order = [code for code in known if code in confusion or code in given]
    order += sorted((confusion.keys() | given) - set(known))
    return [_row(number, code, confusion.get(code, {}), order) for number, code in enumerate(order, 1)]


def _row(number: int, code: str, counts: Mapping[str, int], order: Sequence[str]) -> Row:
    total = sum(counts.values())
    cells = [_cell(counts.get(other, 0), total, is_right=other == code) for other in order]
    return Row(number, topics.named(code), cells, counts.get(code, 0), total)


def _cell(count: int, total: int, *, is_right: bool) -> Cell:
    share = count / total if total else 0.0
    shade = next((depth for least, depth in _SHADES if share >= least), 0) if count else 0
    return Cell(count, shade, is_right)


def worst_confusions(confusion: Mapping[str, Mapping[str, Any]]) -> list[Confusion]:
    """The pairs mixed up most often, worst first."""
    pairs = [
        Confusion(topics.named(true), topics.named(given), count, sum(row.values()))
        for true, row in confusion.items()
        for given, count in row.items()
        if true != given
    ]
    return sorted(pairs, key=lambda pair: (-pair.count, pair.true.code, pair.given.code))[:_MOST_CONFUSIONS]
