"""Texts without what people leave out when they type in a hurry: accents, capitals, punctuation."""

from __future__ import annotations

import re
import unicodedata

_NOT_WORD = re.compile(r"[^a-z0-9]+")


def fold(text: str) -> str:
    """Lower case, no accents (ñ becomes n), words parted by single spaces: «Áncash, HUARAZ» is «ancash huaraz»."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return _NOT_WORD.sub(" ", "".join(c for c in plain if not unicodedata.combining(c))).strip()
