"""What does not balance, counted, with a few examples."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Kind = Literal["lost", "doubled", "wrong"]
_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Difference:
    """`count` things of one kind that break one invariant of docs/reliability.md (I1 to I11)."""

    invariant: str
    kind: Kind
    count: int
    text: str

    def __str__(self) -> str:
        return f"{self.invariant} {self.kind} {self.count}: {self.text}"


def differences(invariant: str, kind: Kind, what: str, items: Iterable[object]) -> list[Difference]:
    """One difference that stands for all `items`, or none when there are none."""
    found = sorted(map(str, items))
    if not found:
        return []
    shown = ", ".join(found[:_EXAMPLES]) + (", …" if len(found) > _EXAMPLES else "")
    return [Difference(invariant, kind, len(found), f"{what} ({shown})")]
