"""A consultation cut into weighted segments: the ask counts fully, the background less, what is set aside hardly.

The taxonomy labels the MAIN ASK: what is told before it (who pays, in which system, during which work) does not count,
and the subject never beats the body. Instead of dropping the background, which terse texts need, it is weighted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from services.routing.classifier.asks import CLEAR_ASK, TURN_SCORE, ask_score, has_turn, is_dismissed, turn_at
from services.routing.classifier.lexicon import Lexicon
from services.routing.classifier.text import clean, sentences, tokens

# Chosen by leave-one-author-out on the training authors; docs/classifier.md has the figures.
ASK_WEIGHT = 1.0
SECOND_ASK_WEIGHT = 0.8
BACKGROUND_WEIGHT = 0.7
LEAD_IN_WEIGHT = 0.4
DISMISSED_WEIGHT = 0.1
BEFORE_TURN_WEIGHT = 0.35
SUBJECT_WEIGHT = 0.8
SUBJECT_BESIDE_DISMISSED_WEIGHT = 0.3
ENOUGH_BODY_TOKENS = 5  # a body shorter than this says too little; then the subject counts fully


@dataclass(frozen=True, slots=True)
class Segment:
    """One sentence as tokens. ``ask_score`` is 0 for plain background; ``weight`` is what its terms count."""

    tokens: tuple[str, ...]
    weight: float
    ask_score: float
    is_subject: bool
    is_question: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """What the model sees of a consultation; ``translated`` are Spanish words for its English or Andean ones."""

    segments: tuple[Segment, ...]
    translated: tuple[str, ...]

    @property
    def body(self) -> tuple[str, ...]:
        """Every token of the body, in order."""
        return tuple(token for segment in self.segments if not segment.is_subject for token in segment.tokens)

    @property
    def subject(self) -> tuple[str, ...]:
        """Every token of the subject line."""
        return tuple(token for segment in self.segments if segment.is_subject for token in segment.tokens)

    @property
    def everything(self) -> tuple[str, ...]:
        """Subject and body tokens, in order."""
        return tuple(token for segment in self.segments for token in segment.tokens)


@dataclass(frozen=True, slots=True)
class _Part:
    words: list[str]
    score: float
    is_question: bool
    is_lead_in: bool
    is_dismissed: bool
    is_turn: bool = False


def _split(words: list[str], *, is_question: bool, is_lead_in: bool) -> Iterator[_Part]:
    """A sentence as one part, or as two where a turn such as «lo único que falta» ends the background."""
    sentence = " ".join(words)
    turn = turn_at(sentence)
    if turn is None:
        score = ask_score(sentence, is_question=is_question)
        is_aside = score == 0 and is_dismissed(sentence)
        yield _Part(words, score, is_question, is_lead_in, is_aside, has_turn(sentence))
        return
    if turn:
        yield _Part(
            words[:turn], 0.0, is_question=False, is_lead_in=True, is_dismissed=is_dismissed(" ".join(words[:turn]))
        )
    after = words[turn:]
    score = ask_score(" ".join(after), is_question=is_question) + TURN_SCORE
    yield _Part(after, score, is_question, is_lead_in=False, is_dismissed=False, is_turn=True)


def _parts(text: str, lexicon: Lexicon) -> Iterator[_Part]:
    is_open = False
    for sentence in sentences(text):
        is_open = is_open or "¿" in sentence
        is_question = is_open or "?" in sentence
        if "?" in sentence:
            is_open = False
        if words := tokens(sentence, lexicon.spelling):
            yield from _split(words, is_question=is_question, is_lead_in=sentence.endswith((":", ",", ";")))


def _weight(part: _Part, best: float, *, is_first_best: bool, is_before_turn: bool) -> float:
    if best <= 0 or (part.score >= best and is_first_best):
        return ASK_WEIGHT
    if part.is_dismissed:
        return DISMISSED_WEIGHT
    if is_before_turn:
        return BEFORE_TURN_WEIGHT
    if part.score >= CLEAR_ASK:
        return SECOND_ASK_WEIGHT
    return LEAD_IN_WEIGHT if part.is_lead_in else BACKGROUND_WEIGHT


def _subject_weight(parts: list[_Part]) -> float:
    if sum(len(part.words) for part in parts) < ENOUGH_BODY_TOKENS:
        return ASK_WEIGHT
    is_aside = any(part.is_dismissed for part in parts) or any(part.is_turn for part in parts[1:])
    return SUBJECT_BESIDE_DISMISSED_WEIGHT if is_aside else SUBJECT_WEIGHT


def read(subject: str, body: str, lexicon: Lexicon) -> Reading:
    """Read one consultation; any string is accepted, also empty, binary-looking or 100 kB long."""
    parts = list(_parts(clean(body), lexicon))
    best = max((part.score for part in parts), default=0.0)
    weight = _subject_weight(parts)
    segments = [
        Segment(tuple(words), weight, 0.0, is_subject=True, is_question=False)
        for sentence in sentences(clean(subject))
        if (words := tokens(sentence, lexicon.spelling))
    ]
    is_best_seen = False
    last_turn = max((place for place, part in enumerate(parts) if part.is_turn), default=0)
    for place, part in enumerate(parts):
        weight = _weight(part, best, is_first_best=not is_best_seen, is_before_turn=place < last_turn)
        is_best_seen = is_best_seen or part.score >= best
        segments.append(Segment(tuple(part.words), weight, part.score, is_subject=False, is_question=part.is_question))
    words = [token for segment in segments for token in segment.tokens]
    return Reading(tuple(segments), tuple(lexicon.translations(words)))
