"""From a reading to named features. A feature is ``<block>|<text>``; its value is how much it was said.

Blocks are normalised apart (each has length 1 before its weight), so that the many character n-grams of a long letter
do not drown the two lexicon terms that decide. Which blocks a head (topic, kind, urgency) reads, and how much, is in
``heads.py``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from itertools import pairwise

from services.routing.classifier.lexicon import Lexicon
from services.routing.classifier.reading import Reading, Segment
from services.routing.classifier.text import phonetic, stem
from services.routing.classifier.urgency import IsWorkingDay, Signal, is_weekday, signals

WORDS, PAIRS, CHARS, ASK, TERMS, HINTS, STYLE, PHRASES, URGENCY = "w", "b", "c", "a", "l", "h", "f", "k", "u"
BLOCKS = (WORDS, PAIRS, CHARS, ASK, TERMS, HINTS, STYLE, PHRASES, URGENCY)

CHAR_SIZES = (4, 5)
TRANSLATION_WEIGHT = 0.8
MAX_PHRASE = 3
ASK_OPENING = 4  # tokens from the start of the ask that carry its mood («se puede», «como hago»)
LONG_TEXT, MIDDLE_TEXT, SHORT_TEXT = 60, 15, 5

# Words that carry no topic; kept for kind and urgency, whose phrases live on them.
_STOPWORD_LINES = (
    "a al ante con de del desde e el ella ellas ellos en entre es esa ese eso esta este esto ha han hasta hay",
    "la las le les lo los me mi mis no nos nuestra nuestro nuestros o para pero por que se ser si sin sobre su",
    "sus te tiene tienen tengo tenemos un una uno unos unas y ya yo muy mas hola buenos buenas dias tardes",
    "noches saludos gracias favor the is are of to and in for it we our",
)
STOPWORDS = frozenset(word for line in _STOPWORD_LINES for word in line.split())


@lru_cache(maxsize=32_768)
def word_features(word: str) -> tuple[str, str, tuple[str, ...]]:
    """Word, stem and character n-gram features of one word; cached, since officials share a vocabulary."""
    heard = f"<{phonetic(word)}>"
    grams = tuple(
        f"{CHARS}|{heard[start : start + size]}" for size in CHAR_SIZES for start in range(len(heard) - size + 1)
    )
    return f"{WORDS}|{word}", f"{WORDS}|~{stem(word)}", grams


def _add_words(segment: Segment | None, words: Sequence[str], weight: float, found: dict[str, float]) -> None:
    for word in words:
        plain, stemmed, grams = word_features(word)
        if word not in STOPWORDS:
            found[plain] += weight
            found[stemmed] += weight
        for gram in grams:
            found[gram] += weight
    if segment is None:
        return
    stems = [stem(word) for word in words if word not in STOPWORDS]
    for first, second in pairwise(stems):
        found[f"{PAIRS}|{first} {second}"] += weight


def _add_terms(words: Sequence[str], weight: float, lexicon: Lexicon, found: dict[str, float], *, is_ask: bool) -> None:
    stems = [stem(word) for word in words]
    for match in lexicon.find_terms(stems):
        found[f"{TERMS}|{match.term.key}"] += weight
        for topic in match.term.topics:
            found[f"{TERMS}|@{topic}"] += weight / len(match.term.topics)
        if is_ask:
            found[f"{TERMS}|?{match.term.key}"] += weight
    for match in lexicon.find_vocabulary(stems):
        share = match.length**0.5 / len(match.term.topics)  # a longer phrase is a surer hint
        for topic in match.term.topics:
            found[f"{HINTS}|{topic}"] += weight * share
            if is_ask:
                found[f"{HINTS}|?{topic}"] += weight * share


def _add_ask(words: Sequence[str], found: dict[str, float]) -> None:
    stems = [stem(word) for word in words if word not in STOPWORDS]
    for one in stems:
        found[f"{ASK}|{one}"] += 1.0
    for first, second in pairwise(stems):
        found[f"{ASK}|{first} {second}"] += 1.0


def _phrases(words: Sequence[str], prefix: str) -> Iterable[str]:
    for size in range(1, MAX_PHRASE + 1):
        for start in range(len(words) - size + 1):
            yield f"{PHRASES}|{prefix}{' '.join(words[start : start + size])}"


def _add_phrases(reading: Reading, found: dict[str, float]) -> None:
    for segment in reading.segments:
        prefix = "s:" if segment.is_subject else ("?" if segment.ask_score > 0 else "")
        for phrase in _phrases(segment.tokens, prefix):
            found[phrase] += 1.0
        if prefix != "s:":
            for phrase in _phrases(segment.tokens, "*"):
                found[phrase] += 1.0
        if prefix == "?":
            opening = segment.tokens[:ASK_OPENING]
            for size in range(1, len(opening) + 1):
                found[f"{PHRASES}|^{' '.join(opening[:size])}"] += 1.0
    for phrase in _phrases(reading.translated, "*"):
        found[phrase] += TRANSLATION_WEIGHT


def _add_style(reading: Reading, found: dict[str, float]) -> None:
    size = len(reading.body)
    questions = sum(segment.is_question for segment in reading.segments)
    asks = sum(segment.ask_score > 0 for segment in reading.segments)
    background = sum(segment.ask_score == 0 and not segment.is_subject for segment in reading.segments)
    facts = {
        "largo": size > LONG_TEXT,
        "medio": MIDDLE_TEXT < size <= LONG_TEXT,
        "corto": SHORT_TEXT < size <= MIDDLE_TEXT,
        "muy_corto": size <= SHORT_TEXT,
        "sin_pregunta": questions == 0,
        "varias_preguntas": questions > 1,
        "sin_pedido": asks == 0,
        "con_antecedente": background > 0,
        "mucho_antecedente": background > 2,  # noqa: PLR2004 - three sentences tell a story
        "sin_asunto": not reading.subject,
    }
    found.update({f"{STYLE}|{name}": 1.0 for name, is_so in facts.items() if is_so})


def _add_urgency(found_signals: Sequence[Signal], found: dict[str, float]) -> None:
    rules: set[str] = set()
    for signal in found_signals:
        found[f"{URGENCY}|{signal.name}"] = 1.0
        rules.add(signal.rule)
    for rule in rules:
        found[f"{URGENCY}|={rule}"] = 1.0
    ordered = sorted(rules)
    for position, first in enumerate(ordered):
        for second in ordered[position + 1 :]:
            found[f"{URGENCY}|={first}&{second}"] = 1.0
    if not rules & {"U1", "U2", "U3", "U4"}:
        found[f"{URGENCY}|nada"] = 1.0


def extract(
    reading: Reading, lexicon: Lexicon, today: date, is_working_day: IsWorkingDay = is_weekday
) -> tuple[dict[str, float], list[Signal]]:
    """Features of one reading and the urgency signals found, for ``today`` in the working calendar given."""
    found: dict[str, float] = defaultdict(float)
    for segment in reading.segments:
        _add_words(segment, segment.tokens, segment.weight, found)
        is_ask = segment.ask_score > 0
        _add_terms(segment.tokens, segment.weight, lexicon, found, is_ask=is_ask)
        if is_ask:
            _add_ask(segment.tokens, found)
    if reading.translated:
        _add_words(None, reading.translated, TRANSLATION_WEIGHT, found)
        _add_terms(reading.translated, TRANSLATION_WEIGHT, lexicon, found, is_ask=False)
    _add_phrases(reading, found)
    _add_style(reading, found)
    found_signals = signals(" ".join((*reading.everything, *reading.translated)), today, is_working_day)
    _add_urgency(found_signals, found)
    return dict(found), found_signals
