"""The alphabet of SMS: what fits into one message, and how Spanish is written to fit (3GPP TS 23.038, 23.040).

The 7-bit alphabet has ñ, é, ü, ¿ and ¡ but not á, í, ó, ú: one of these turns a text of 160 characters into one of
70. So those four lose their accent, which no reader in Peru stumbles over, and nothing else is changed but
typographic signs that have a plain twin.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = "^{}\\[~]|€\f"  # each takes an escape and a place
_SEPTETS = {**dict.fromkeys(_BASIC, 1), **dict.fromkeys(_EXTENSION, 2)}
_PLAIN = str.maketrans(
    {
        **dict(zip("áíóúÁÍÓÚ", "aiouAIOU", strict=True)),
        **dict.fromkeys("“”„«»″", '"'),
        **dict.fromkeys("‘’‚´`′", "'"),
        **dict.fromkeys("‐‑‒–—―−•·", "-"),
        **dict.fromkeys("\u00a0\u2007\u2009\u202f\t", " "),
        "…": "...", "º": "o", "ª": "a", "°": "o", "\u200b": "", "\u00ad": "",
    }
)  # fmt: skip

GSM7_ALONE, GSM7_JOINED = 160, 153
UCS2_ALONE, UCS2_JOINED = 70, 67
_ELLIPSIS = "..."


@dataclass(frozen=True, slots=True)
class Sized:
    """How a text travels: its alphabet, its length there, and the messages it is paid as."""

    is_unicode: bool
    units: int
    segments: int


def transliterate(text: str) -> str:
    """The text as we write it in an SMS."""
    return text.translate(_PLAIN)


@lru_cache(maxsize=256)
def measure(text: str) -> Sized:
    """The size of a text. A character is never split over two messages, so parts may be left a place short."""
    costs = [_SEPTETS.get(character, 0) for character in text]
    is_unicode = not all(costs)
    if is_unicode:
        costs = [len(character.encode("utf-16-be", "surrogatepass")) // 2 for character in text]
    alone, joined = (UCS2_ALONE, UCS2_JOINED) if is_unicode else (GSM7_ALONE, GSM7_JOINED)
    units = sum(costs)
    return Sized(is_unicode, units, 1 if units <= alone else _count_parts(costs, joined))


def _count_parts(costs: list[int], capacity: int) -> int:
    parts, used = 1, 0
    for cost in costs:
        if used + cost > capacity:
            parts, used = parts + 1, 0
        used += cost
    return parts


def excerpt_that_fits(before: str, text: str, after: str) -> str:
    """The longest beginning of `text` such that `before` + it + `after` is one message; cut at a word, marked so.

    Empty when not even a word fits. All three are transliterated, and line breaks become spaces.
    """
    before, after = transliterate(before), transliterate(after)
    words = transliterate(" ".join(text.split()))
    if measure(before + words + after).segments == 1:
        return words
    low, high = 0, min(len(words), GSM7_ALONE)
    while low < high:  # the size only grows with the length, so the longest fit can be bisected
        middle = (low + high + 1) // 2
        if measure(before + words[:middle] + _ELLIPSIS + after).segments == 1:
            low = middle
        else:
            high = middle - 1
    whole_words, space, _ = words[: low + 1].rpartition(" ")
    cut = whole_words if space else words[:low]
    return cut.rstrip(" ,;:.") + _ELLIPSIS if cut else ""
