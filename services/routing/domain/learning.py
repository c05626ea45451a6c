"""What learning from corrections means: which of them teach, which of them judge, and what a label is."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

HELD_BACK_PERCENT = 25
"""Share of corrected texts that no model learns from, so that they can judge the next one."""

_SALT = b"held-back-corrections-1:"


@dataclass(frozen=True, slots=True)
class Label:
    """What a consultation is about: the codes of topic and kind, and whether it is urgent."""

    topic: str
    kind: str
    is_urgent: bool


def text_digest(subject: str, body: str) -> str:
    """SHA-256 of a consultation's text, blind to case and spacing: the same text gets the same digest."""
    plain = " ".join(f"{subject}\n{body}".casefold().split())
    return hashlib.sha256(plain.encode()).hexdigest()


def is_held_back(digest: str) -> bool:
    """Whether corrections of this text judge models instead of teaching them.

    It hangs on the text alone: a case stays on its side for ever, on every host, and two cases with one text are on
    the same side, or the judge would have read the lesson.
    """
    return int.from_bytes(hashlib.sha256(_SALT + digest.encode()).digest()[:4]) % 100 < HELD_BACK_PERCENT
