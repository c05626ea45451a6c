"""The table of the fault plan keeps what this session did not try, and replaces what it did."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.fault_table import FaultTable, Row

PAGE = "before\n<!-- faults:begin -->\n<!-- faults:end -->\nafter\n"


def row(fault: str, **values: float) -> Row:
    usual = {
        "count": 1, "consultations": 10, "events": 60, "lost": 0, "doubled": 0, "repeated_in_doubt": 0,
        "recovery_seconds": 2.0,
    }  # fmt: skip
    return Row(fault, **{**usual, **values})


def page_with(tmp_path: Path, *sessions: list[Row]) -> str:
    page = tmp_path / "reliability.md"
    page.write_text(PAGE)
    for number, rows in enumerate(sessions, start=1):
        table = FaultTable()
        for each in rows:
            table.add(each)
        table.write_into(page, f"run {number}")
    return page.read_text()


def test_trials_of_a_fault_are_added_up_with_the_worst_recovery(tmp_path: Path) -> None:
    text = page_with(tmp_path, [row("relay", recovery_seconds=1.0), row("relay", recovery_seconds=7.25, lost=1)])
    assert "| relay | 2 | 20 | 120 | 1 | 0 | 0 | 7.2 | run 1 |" in text
    assert text.startswith("before\n")
    assert text.endswith("after\n")


def test_a_fault_that_was_not_tried_again_keeps_its_row(tmp_path: Path) -> None:
    text = page_with(tmp_path, [row("relay"), row("clock")], [row("clock", count=9)])
    assert "| relay | 1 | 10 | 60 | 0 | 0 | 0 | 2.0 | run 1 |" in text
    assert "| clock | 9 | 10 | 60 | 0 | 0 | 0 | 2.0 | run 2 |" in text
    assert text.count("| fault |") == 1


def test_a_page_without_markers_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("nothing here")
    with pytest.raises(ValueError, match="faults:begin"):
        FaultTable().write_into(page, "run")
