"""How two texts differ, word by word."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

_WORD = re.compile(r"\S+\s*|\s+")

SAME, REMOVED, ADDED = "same", "removed", "added"


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of words: in both texts (`same`), only in the older (`removed`), or only in the newer (`added`)."""

    kind: str
    text: str


def compare(older: str, newer: str) -> tuple[Piece, ...]:
    """The pieces in reading order. Those that are not `added` make the older text, those not `removed` the newer."""
    before, after = _WORD.findall(older), _WORD.findall(newer)
    pieces: list[Piece] = []
    for tag, from_before, to_before, from_after, to_after in SequenceMatcher(None, before, after).get_opcodes():
        if tag == "equal":
            pieces.append(Piece(SAME, "".join(before[from_before:to_before])))
            continue
        if to_before > from_before:
            pieces.append(Piece(REMOVED, "".join(before[from_before:to_before])))
        if to_after > from_after:
            pieces.append(Piece(ADDED, "".join(after[from_after:to_after])))
    return tuple(pieces)


def older_side(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
    """The older text, with what only it has marked."""
    return tuple(piece for piece in pieces if piece.kind != ADDED)


def newer_side(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
    """The newer text, with what only it has marked."""
    return tuple(piece for piece in pieces if piece.kind != REMOVED)
