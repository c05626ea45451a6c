"""Lengths of working time as people write them: `2 d`, `1 d 4 h`, `30 min`. One day is eight working hours."""

from __future__ import annotations

import re

from services.routing.domain.sla_errors import InvalidPolicyError

WORKDAY_SECONDS = 28_800
_UNITS = {"d": WORKDAY_SECONDS, "h": 3_600, "min": 60, "s": 1}
_PART = re.compile(r"(\d{1,5})\s*(d|h|min|s)", re.ASCII)
LONGEST_SECONDS = 400 * WORKDAY_SECONDS


def parse_work_span(text: str) -> int:
    """Seconds of working time. Raises InvalidPolicyError for what is no length, nothing, or over 400 days."""
    cleaned = text.strip().lower()
    parts = _PART.findall(cleaned)
    seconds = sum(int(number) * _UNITS[unit] for number, unit in parts)
    if _PART.sub("", cleaned).strip(" ,") or not 0 < seconds <= LONGEST_SECONDS:
        raise InvalidPolicyError(
            f"No se entiende el plazo «{text.strip()}»: se espera, por ejemplo, 2 d, 4 h o 1 d 30 min (hasta 400 d).",
            f"The time “{text.strip()}” is not understood: such as 2 d, 4 h or 1 d 30 min is expected (up to 400 d).",
        )
    return seconds


def work_span_text(seconds: int) -> str:
    """The shortest way to write a length, which `parse_work_span` reads back."""
    parts = []
    for unit, size in _UNITS.items():
        number, seconds = divmod(seconds, size)
        if number:
            parts.append(f"{number} {unit}")
    return " ".join(parts) or "0 s"
