"""What the fault plan found, as a table in docs/reliability.md between two markers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from pathlib import Path

BEGIN, END = "<!-- faults:begin -->", "<!-- faults:end -->"
_HEAD = (
    "fault", "faults", "consultations", "events", "lost", "doubled", "repeated in recorded doubt", "worst recovery (s)",
    "run",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One trial: how often the fault struck, and what the books said afterwards."""

    fault: str
    count: int
    consultations: int
    events: int
    lost: int
    doubled: int
    repeated_in_doubt: int
    recovery_seconds: float


class FaultTable:
    """The rows of one test session; trials of the same fault are added up, with the worst recovery of all."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}

    def add(self, row: Row) -> None:
        """Take one trial in."""
        known = self.rows.get(row.fault)
        self.rows[row.fault] = row if known is None else _sum(known, row)

    def write_into(self, page: Path, run: str) -> None:
        """Replace the table between the markers; faults that this session did not try keep their old rows.

        :raises ValueError: the page has no markers.
        """
        text = page.read_text(encoding="utf-8")
        head, begin, rest = text.partition(BEGIN)
        old, end, tail = rest.partition(END)
        if not begin or not end:
            raise ValueError(f"{page.name} has no {BEGIN} … {END}")
        lines = _old_lines(old) | {row.fault: _line(row, run) for row in self.rows.values()}
        table = "\n".join([_markdown(_HEAD), _markdown(["---"] * len(_HEAD)), *lines.values()])
        page.write_text(f"{head}{begin}\n{table}\n{end}{tail}", encoding="utf-8")

    def text(self) -> str:
        """The rows of this session for the terminal."""
        width = max((len(fault) for fault in self.rows), default=0)
        return "\n".join(
            f"{row.fault:<{width}}  ×{row.count:<4} {row.consultations:>5} consultations {row.events:>6} events"
            f"  lost {row.lost}  doubled {row.doubled}  in doubt {row.repeated_in_doubt}  {row.recovery_seconds:5.1f} s"
            for row in self.rows.values()
        )


def run_label(seed: int) -> str:
    """How a row says which run it is from."""
    return f"{datetime.now(UTC):%Y-%m-%d}, seed {seed}"


def _sum(one: Row, other: Row) -> Row:
    _, *counts, first = astuple(one)
    _, *more, second = astuple(other)
    return Row(one.fault, *(a + b for a, b in zip(counts, more, strict=True)), max(first, second))


def _line(row: Row, run: str) -> str:
    _, *counts, seconds = astuple(row)
    return _markdown([row.fault, *counts, f"{seconds:.1f}", run])


def _markdown(cells: Iterable[object]) -> str:
    return "| " + " | ".join(map(str, cells)) + " |"


def _old_lines(table: str) -> dict[str, str]:
    """The rows that stand there, by fault."""
    rows = [line for line in table.strip().splitlines()[2:] if line.startswith("| ")]
    return {line.split(" | ")[0].removeprefix("| "): line for line in rows}
