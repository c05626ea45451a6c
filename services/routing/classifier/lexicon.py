"""The domain lexicon: shorthand, words of other languages, and names (acronyms, systems, norms) with their topics."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from services.routing.classifier.errors import LexiconError
from services.routing.classifier.taxonomy import DATA_FOLDER, load_taxonomy
from services.routing.classifier.text import plain_words, stem

LEXICON_FILE = DATA_FOLDER / "lexicon.yaml"
MIN_ANDEAN_STEM = 4
ENGLISH_MARKERS = frozenset(
    "the is are was were of to and do does did we our us you your it its this that these for with from at by have has "
    "had will would could i my be been not there their they if or an about please hello thanks into on when which "
    "who how what where".split()
)
ENGLISH_SHARE = 0.18
ENGLISH_MIN_MARKERS = 2
ANDEAN_MIN_WORDS = 2  # one look-alike is chance («manual», «marca»); two are a language


@dataclass(frozen=True, slots=True)
class Term:
    """A name officials use. ``topics`` are hints; how much a hint is worth is learnt."""

    key: str
    expansion: str
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """A term found in a sentence, at ``start`` (token index) over ``length`` tokens."""

    term: Term
    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All tables of ``data/lexicon.yaml``, ready for look-up by normalised words."""

    version: str
    spelling: Mapping[str, str]
    english: Mapping[str, str]
    andean: Mapping[str, str]
    phrases: Mapping[str, tuple[tuple[tuple[str, ...], Term], ...]]

    def find(self, stems: Sequence[str]) -> Iterator[Match]:
        """Every term in a sentence given as stems; the longest form wins at each place, terms do not overlap."""
        position = 0
        while position < len(stems):
            for form, term in self.phrases.get(stems[position], ()):
                if tuple(stems[position : position + len(form)]) == form:
                    yield Match(term, position, len(form))
                    position += len(form) - 1
                    break
            position += 1

    def translations(self, words: Sequence[str]) -> list[str]:
        """Spanish words for the English or Andean words of a text; they are added to the text, never put in place.

        English is only read when the text shows English function words, because «can» or «plan» are Spanish too;
        Andean stems only when there are at least two.
        """
        markers = sum(word in ENGLISH_MARKERS for word in words)
        if markers >= ENGLISH_MIN_MARKERS and markers >= ENGLISH_SHARE * len(words):
            return [part for word in words if word in self.english for part in self.english[word].split()]
        found = [spanish for word in words if (spanish := self._andean(word)) is not None]
        if len(found) < ANDEAN_MIN_WORDS:
            return []
        return [part for spanish in found for part in spanish.split()]

    def _andean(self, word: str) -> str | None:
        if word in self.andean:
            return self.andean[word]
        for length in range(len(word) - 1, MIN_ANDEAN_STEM - 1, -1):
            if (spanish := self.andean.get(word[:length])) is not None:
                return spanish
        return None


def _folded(table: Mapping[str, str]) -> dict[str, str]:
    """Accents and case folded on both sides, so that the file may be written with them."""
    return {"".join(plain_words(key)): " ".join(plain_words(value)) for key, value in table.items()}


def _phrases(terms: Sequence[Mapping[str, Any]]) -> dict[str, tuple[tuple[tuple[str, ...], Term], ...]]:
    known = set(load_taxonomy().topic_codes)
    by_first: dict[str, list[tuple[tuple[str, ...], Term]]] = {}
    for raw in terms:
        if not raw["forms"] or not set(raw["topics"]) <= known:
            raise LexiconError(f"term {raw['key']!r} has no forms or names an unknown topic")
        term = Term(raw["key"], raw["es"], tuple(raw["topics"]))
        for form in raw["forms"]:
            words = tuple(stem(word) for word in plain_words(form))
            by_first.setdefault(words[0], []).append((words, term))
    return {
        first: tuple(sorted(forms, key=lambda entry: -len(entry[0]))) for first, forms in by_first.items()
    }


def parse_lexicon(raw: Mapping[str, Any]) -> Lexicon:
    """Build the lexicon from its parsed YAML. Raises LexiconError for a wrong topic or an entry without forms."""
    try:
        return Lexicon(
            version=str(raw["version"]),
            spelling=_folded(raw["spelling"]),
            english=_folded(raw["english"]),
            andean=_folded(raw["andean"]),
            phrases=_phrases(raw["terms"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise LexiconError(f"lexicon is incomplete: {error}") from error


@cache
def load_lexicon(path: Path = LEXICON_FILE) -> Lexicon:
    """Read the lexicon file (once per path and process)."""
    return parse_lexicon(yaml.safe_load(path.read_text(encoding="utf-8")))


def lexicon_hash(path: Path = LEXICON_FILE) -> str:
    """Hash of the lexicon file: features depend on it, so a model only works with the one it was trained with."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
