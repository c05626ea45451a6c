"""How evenly work is spread: Jain's index."""

from __future__ import annotations

from collections.abc import Iterable


def jain(values: Iterable[float]) -> float:
    """Jain's fairness index of shares, none negative: 1 when all are equal, 1/n when one has everything."""
    shares = list(values)
    squares = sum(share * share for share in shares)
    return sum(shares) ** 2 / (len(shares) * squares) if squares else 1.0
