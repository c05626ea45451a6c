"""axe, with every rule it has for WCAG 2.2 A and AA and all its best practices: whatever it finds is a fault."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],  # what is well is not listed: half the time
}
_SHOWN = 5


def violations(page: Page) -> dict[str, Any]:
    """What keeps somebody out or only makes it harder, by rule: the first elements and what is wrong with them."""
    found = Axe().run(page, options=_RULES).response["violations"]
    return {
        one["id"]: [(node["html"][:200], node["failureSummary"]) for node in one["nodes"][:_SHOWN]] for one in found
    }
