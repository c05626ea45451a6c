"""What people type in the search box, and where it stands in a text: words compared without accents or capitals."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

MOST_PIECES = 12
_PIECE = re.compile(r'(?P<minus>(?<!\S)-)?(?:"(?P<phrase>[^"]+)"|(?P<word>[^\s"]+))')
_CODE = re.compile(r"V-?[0-9A-Z]{4}-?[0-9A-Z]{4}", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")
_ACTION = re.compile(r"([cs])ion\b")
_BEFORE, _AROUND = 60, 220


@dataclass(frozen=True, slots=True)
class Piece:
    """A word or a quoted phrase that cases must have, or must not have. `is_code`: it looks like a case's code."""

    text: str
    is_excluded: bool = False
    is_code: bool = False


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a text, and whether it is what was looked for."""

    text: str
    is_hit: bool


def pieces_of(query: str) -> list[Piece]:
    """The words and quoted phrases of a query; a leading minus excludes. More than a dozen are not looked at."""
    found = []
    for match in _PIECE.finditer(query):
        given = match["phrase"] or match["word"]
        if any(map(str.isalnum, given)):
            found.append(Piece(given, bool(match["minus"]), bool(_CODE.fullmatch(given))))
    return found[:MOST_PIECES]


def fold(word: str) -> str:
    """A word as the search documents have it before stemming: the database's own rule (`fold_words`), in Python."""
    bare = "".join(one for one in unicodedata.normalize("NFKD", word) if not unicodedata.combining(one))
    return _ACTION.sub("\\1ión", bare.lower())


def words_of(text: str) -> Iterator[tuple[str, int, int]]:
    """(folded word, start, end) of every word."""
    for match in _WORD.finditer(text):
        yield fold(match[0]), match.start(), match.end()


def marked(text: str, hits: Collection[str]) -> list[Segment]:
    """A text cut where the words of `hits` (folded) stand in it."""
    segments: list[Segment] = []
    done = 0
    for word, start, end in words_of(text):
        if word in hits:
            if start > done:
                segments.append(Segment(text[done:start], is_hit=False))
            segments.append(Segment(text[start:end], is_hit=True))
            done = end
    if done < len(text):
        segments.append(Segment(text[done:], is_hit=False))
    return _joined(segments)


def excerpt(texts: Iterable[str], hits: Collection[str]) -> list[Segment]:
    """The stretch of the first of `texts` with a hit, around the place where most hits stand close together."""
    texts = [" ".join(text.split()) for text in texts]
    for text in texts:
        places = [start for word, start, _ in words_of(text) if word in hits]
        if places:
            best = max(places, key=lambda place: sum(place <= other < place + _AROUND for other in places))
            return marked(_window(text, max(best - _BEFORE, 0)), hits)
    return marked(_window(texts[0], 0), hits) if texts else []


def _window(text: str, start: int) -> str:
    if start:
        start = text.rfind(" ", 0, start + 1) + 1
    end = start + _AROUND + _BEFORE
    if end < len(text):
        end = max(text.rfind(" ", start, end), start + _AROUND)
    return ("…" if start else "") + text[start:end] + ("…" if end < len(text) else "")


def _joined(segments: list[Segment]) -> list[Segment]:
    """Hits with nothing but a space between them are one."""
    joined: list[Segment] = []
    for one in segments:
        if one.is_hit and len(joined) > 1 and joined[-2].is_hit and joined[-1].text == " ":
            gap, before = joined.pop(), joined.pop()
            joined.append(Segment(before.text + gap.text + one.text, is_hit=True))
        else:
            joined.append(one)
    return joined
