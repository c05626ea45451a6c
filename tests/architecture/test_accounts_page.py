"""docs/accounts.md shows the table of rights that the code obeys."""

from __future__ import annotations

from pathlib import Path

from services.routing.domain.roles import RIGHTS, ROLES, Right

PAGE = Path(__file__).resolve().parents[2] / "docs" / "accounts.md"


def test_the_page_about_accounts_shows_the_same_table() -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    shown = {}
    for line in lines:
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 1 + 1 + len(ROLES) and cells[0].strip("`") in set(Right):
            shown[cells[0].strip("`")] = tuple(
                role for role, mark in zip(ROLES, cells[2:], strict=True) if mark == "yes"
            )
    assert shown == {str(right): roles for right, roles in RIGHTS.items()}
