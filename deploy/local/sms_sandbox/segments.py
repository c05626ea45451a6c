"""What a phone gets of a text: alphabet and segments (3GPP TS 23.038 and 23.040)."""

from __future__ import annotations

from dataclasses import dataclass

# The GSM 7-bit default alphabet and its extension table; a character of the latter takes two places.
_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = "^{}\\[~]|€\f"
_COSTS = {**dict.fromkeys(_BASIC, 1), **dict.fromkeys(_EXTENDED, 2)}
_SEPTETS = (160, 153)  # alone, and beside the header that joins the parts of a long message
_UCS2_UNITS = (70, 67)
_REPLACEMENT = "?"


@dataclass(frozen=True)
class Segmented:
    """A text as it arrives: in the alphabet it was sent with, and cut into the parts that are paid for."""

    alphabet: str
    segments: tuple[str, ...]


def segment(text: str, *, is_unicode: bool) -> Segmented:
    """Cut `text`. In the 7-bit alphabet a character it does not have arrives as a question mark, as from Kannel."""
    if is_unicode:
        return Segmented("UCS-2", _cut([(char, len(char.encode("utf-16-be")) // 2) for char in text], _UCS2_UNITS))
    arriving = [char if char in _COSTS else _REPLACEMENT for char in text]
    return Segmented("GSM-7", _cut([(char, _COSTS[char]) for char in arriving], _SEPTETS))


def _cut(costs: list[tuple[str, int]], sizes: tuple[int, int]) -> tuple[str, ...]:
    """Fill one part after the other; a character is never split over two."""
    alone, joined = sizes
    if sum(cost for _, cost in costs) <= alone:
        return ("".join(char for char, _ in costs),)
    parts: list[str] = []
    current, used = "", 0
    for char, cost in costs:
        if used + cost > joined:
            parts.append(current)
            current, used = "", 0
        current += char
        used += cost
    return (*parts, current)
