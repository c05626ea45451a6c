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
VOCABULARY_FILE = DATA_FOLDER / "vocabulary.yaml"
MIN_ANDEAN_STEM = 4
_ENGLISH_MARKER_LINES = (
    "the is are was were of to and do does did we our us you your it its this that these for with from at by",
    "have has had will would could i my be been not there their they if or an about please hello thanks into",
    "on when which who how what where",
)
ENGLISH_MARKERS = frozenset(word for line in _ENGLISH_MARKER_LINES for word in line.split())
ENGLISH_SHARE = 0.18
ENGLISH_MIN_MARKERS = 2
ENGLISH_ENDINGS = ("", "s", "es", "d", "ed", "ing", "ly")
ANDEAN_MIN_WORDS = 2  # one look-alike is chance («manual», «marca»); two are a language


PhraseTable = Mapping[str, tuple[tuple[tuple[str, ...], "Term"], ...]]


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
    """The tables of ``data/lexicon.yaml`` and ``data/vocabulary.yaml``, ready for look-up by normalised words."""

    version: str
    spelling: Mapping[str, str]
    english: Mapping[str, str]
    andean: Mapping[str, str]
    terms: PhraseTable
    vocabulary: PhraseTable

    def find_terms(self, stems: Sequence[str]) -> Iterator[Match]:
        """Every name (acronym, system, norm, synonym) in a sentence given as stems."""
        return _find(self.terms, stems)

    def find_vocabulary(self, stems: Sequence[str]) -> Iterator[Match]:
        """Every word or turn of some topic's daily work in a sentence given as stems."""
        return _find(self.vocabulary, stems)

    def translations(self, words: Sequence[str]) -> list[str]:
        """Spanish words for the English or Andean words of a text; they are added to the text, never put in place.

        English is only read when the text shows English function words, because «can» or «plan» are Spanish too;
        Andean stems only when there are at least two.
        """
        markers = sum(word in ENGLISH_MARKERS for word in words)
        if markers >= ENGLISH_MIN_MARKERS and markers >= ENGLISH_SHARE * len(words):
            return [part for word in words for part in self._english(word).split()]
        found = [spanish for word in words if (spanish := self._andean(word)) is not None]
        if len(found) < ANDEAN_MIN_WORDS:
            return []
        return [part for spanish in found for part in spanish.split()]

    def _english(self, word: str) -> str:
        """The Spanish for an English word or its base form; empty when unknown."""
        for ending in ENGLISH_ENDINGS:
            if word.endswith(ending) and (spanish := self.english.get(word[: len(word) - len(ending)])):
                return spanish
        return ""

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


def _find(table: PhraseTable, stems: Sequence[str]) -> Iterator[Match]:
    """The longest form wins at each place; matches do not overlap."""
    position = 0
    while position < len(stems):
        for form, term in table.get(stems[position], ()):
            if tuple(stems[position : position + len(form)]) == form:
                yield Match(term, position, len(form))
                position += len(form) - 1
                break
        position += 1


def _stems(form: str) -> tuple[str, ...]:
    return tuple(stem(word) for word in plain_words(form))


def _by_first_stem(forms: Mapping[tuple[str, ...], Term]) -> PhraseTable:
    table: dict[str, list[tuple[tuple[str, ...], Term]]] = {}
    for words, term in forms.items():
        table.setdefault(words[0], []).append((words, term))
    return {first: tuple(sorted(entries, key=lambda entry: -len(entry[0]))) for first, entries in table.items()}


def _terms(raw_terms: Sequence[Mapping[str, Any]]) -> PhraseTable:
    known = set(load_taxonomy().topic_codes)
    forms: dict[tuple[str, ...], Term] = {}
    for raw in raw_terms:
        if not raw["forms"] or not set(raw["topics"]) <= known:
            raise LexiconError(f"term {raw['key']!r} has no forms or names an unknown topic")
        term = Term(raw["key"], raw["es"], tuple(raw["topics"]))
        forms.update({_stems(form): term for form in raw["forms"]})
    return _by_first_stem(forms)


def _vocabulary(raw_topics: Mapping[str, str]) -> PhraseTable:
    """A phrase listed under several topics hints at each of them."""
    if not set(raw_topics) <= set(load_taxonomy().topic_codes):
        raise LexiconError("the vocabulary names an unknown topic")
    topics: dict[tuple[str, ...], list[str]] = {}
    for topic, phrases in raw_topics.items():
        for phrase in phrases.split(","):
            if (words := _stems(phrase)) and topic not in topics.setdefault(words, []):
                topics[words].append(topic)
    return _by_first_stem({words: Term(" ".join(words), "", tuple(names)) for words, names in topics.items()})


def parse_lexicon(raw: Mapping[str, Any], vocabulary: Mapping[str, Any]) -> Lexicon:
    """Build the lexicon from its two parsed files. Raises LexiconError for a wrong topic or an entry without forms."""
    try:
        return Lexicon(
            version=str(raw["version"]),
            spelling=_folded(raw["spelling"]),
            english=_folded(raw["english"]),
            andean=_folded(raw["andean"]),
            terms=_terms(raw["terms"]),
            vocabulary=_vocabulary(vocabulary["topics"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise LexiconError(f"lexicon is incomplete: {error}") from error


@cache
def load_lexicon(lexicon: Path = LEXICON_FILE, vocabulary: Path = VOCABULARY_FILE) -> Lexicon:
    """Read the lexicon and the vocabulary (once per process)."""
    read = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in (lexicon, vocabulary)]
    return parse_lexicon(read[0], read[1])


def lexicon_hash() -> str:
    """Hash of both files: features depend on them, so a model only works with the ones it was trained with."""
    return hashlib.sha256(LEXICON_FILE.read_bytes() + VOCABULARY_FILE.read_bytes()).hexdigest()
