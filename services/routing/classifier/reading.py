"""A consultation cut into weighted segments: the ask counts fully, the background less, the subject line least.

The taxonomy labels the MAIN ASK: what is told before it (who pays, in which system, during which work) does not count,
and the subject never beats the body. Instead of dropping the background, which terse texts need, it is weighted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.routing.classifier.lexicon import Lexicon
from services.routing.classifier.text import clean, sentences, tokens

ASK_WEIGHT = 1.0
SECOND_ASK_WEIGHT = 0.8
BACKGROUND_WEIGHT = 0.7
DISMISSED_WEIGHT = 0.1
SUBJECT_WEIGHT = 0.8
ENOUGH_BODY_TOKENS = 5  # a body shorter than this says too little; then the subject counts fully

_EXPLICIT = re.compile(
    r"\b(agradec\w+|sirva\w*|srivase|ruego|ruega|solicit[oa]\w*|pide(?:se)?|pido|consult[oa]|consultamos|consulta es|se consulta|quisiera\w*|"
    r"quiero saber|queremos saber|deseo|deseamos|desearia\w*|orient\w+|precis[ae]\w*|indi[qc]\w+|indiquen\w*|opinion|absolver|absuelv\w+|"
    r"inform[ea](?:n|nos|rnos|r)?|duda|pregunta\w*|expliquen\w*|explica\w*|digan\w*|diganme|ayud\w+|alcanz\w+ (?:un|el|formato|modelo)|remitir|"
    r"me pasan|pasen|pasame|tienen (?:un|algun)|necesito|necesitamos|hay algun|algun modelo|please|could you|can you|need|"
    r"willa\w+|yanapa\w+|munani|tapuku\w+)\b"
)
_INTERROGATIVE = re.compile(
    r"\b(como|cual|cuales|que (?:hago|hacemos|pasos|documentos?|formato|debo|norma|tengo|se|requisitos|corresponde|procede|plazo)|quien|quienes|"
    r"donde|a donde|cuando|cuant[oa]s?|puedo|puede|pueden|podemos|podria\w*|se puede|corresponde|procede|debo|debe|debemos|deben|"
    r"es (?:legal|valido|valida|obligatori[oa]|necesari[oa]|posible|correcto)|esta (?:permitido|prohibido|bien)|hay que|tengo que|tenemos que|"
    r"que hago|how|what|which|who|where|when|may|must|should|is it|are we|do we|can|imayna\w*|imata\w*|atiyman\w*|atikun\w*|maypi\w*)\b"
)
# «Lo único que falta», «la duda es», «ahora bien»: what comes after is the ask, what came before is settled.
_PIVOT = re.compile(
    r"\b(?:(?:pero |y )?(?:solo|solamente|unicamente|nada mas|lo unico)(?: que)?(?: me| nos| les| lo| yo)? (?:falta\w*|queda\w*|necesit\w+|quier\w+|quisier\w+|diga\w*|digan\w*|"
    r"pregunt\w+|consult\w+|dud\w+|pid\w+|deseo|es|respond\w+|indiquen\w*|si|como)|lo que (?:si )?(?:me |nos )?(?:falta|necesit\w+|pregunto|pido|quiero|preocupa|no se|no sabemos|consulto)|"
    r"(?:la|mi|una|nuestra|queda una|unica|sola|duda)(?: unica| sola)? (?:duda|consulta|pregunta|traba|cosa)(?: puntual| concreta| es| seria)?|lo mio(?: es| va)?|"
    r"falta(?:ria)? saber|yo (?:pregunto|consulto|necesito|solo)|pregunto si|me toca(?: a mi)?|ahora bien|otra cosa|en concreto|concretamente|necesito que me digan|por ahora d\w+|"
    r"aqui lo mio|my only|only need|just need|the only|my question)\b"
)
_DISMISSED = re.compile(
    r"\b(?:ya (?:esta|estan|salio|se|lo|la|los|las|tengo|tenemos|hay|vimos|quedo|sabemos|se sabe|fue|viajo|firmo|tienen)|listo|lista|resuelt[oa]s?|aparte|dejando|dejemos|no (?:es|pregunto|se trata|va por|tiene que ver)|"
    r"ni|tampoco|de eso (?:ya|no)|otros|ven otros|lo ve|la ve|los ve|esta (?:aprobad[oa]|pagad[oa]|sanead[oa]|certificad[oa]|listo|lista|bien)|aunque|ademas de|fuera de|already|settled)\b"
)
_POLITE_FILLER = re.compile(
    r"^(hola\w*|buen[oa]s?( dias?| tardes?| noches?)?|estimad[oa]s?|saludos|gracias|atentamente|senor\w*|amig[oa]s?)\b[\w ]{0,24}$"
)


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
    """What the model sees of a consultation. ``ask`` holds the tokens of the sentence(s) that carry the ask."""

    segments: tuple[Segment, ...]
    translated: tuple[str, ...]
    upper_share: float
    exclamations: int

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


def _ask_score(words: list[str], *, is_question: bool) -> float:
    sentence = " ".join(words)
    score = 2.0 if is_question else 0.0
    if _EXPLICIT.search(sentence):
        score += 1.5
    if (found := _INTERROGATIVE.search(sentence)) is not None:
        score += 1.0 if found.start() else 1.25
    if _POLITE_FILLER.match(sentence):
        return 0.0
    return score


MIN_AFTER_PIVOT = 4  # tokens; a pivot at the very end introduces nothing
PIVOT_SCORE = 1.5


def _parts(words: list[str], is_question: bool) -> list[tuple[list[str], float, bool]]:  # noqa: FBT001 - a fact of the sentence
    """A sentence as one part, or as two where a turn such as «lo único que falta» ends the background."""
    sentence = " ".join(words)
    for turn in _PIVOT.finditer(sentence):
        before = len(sentence[: turn.start()].split())
        if len(words) - before < MIN_AFTER_PIVOT:
            continue
        after = words[before:]
        asked = (after, _ask_score(after, is_question=is_question) + PIVOT_SCORE, is_question)
        return [(words[:before], 0.0, False), asked] if before else [asked]
    return [(words, _ask_score(words, is_question=is_question), is_question)]


def _cut(text: str, lexicon: Lexicon) -> list[tuple[list[str], float, bool]]:
    parts: list[tuple[list[str], float, bool]] = []
    is_open = False
    for sentence in sentences(text):
        is_open = is_open or "¿" in sentence
        is_question = is_open or "?" in sentence
        if "?" in sentence:
            is_open = False
        words = tokens(sentence, lexicon.spelling)
        if words:
            parts.extend(_parts(words, is_question))
    return parts


def _weight(words: list[str], score: float, best: float, *, is_first_best: bool) -> float:
    if best <= 0 or (score >= best and is_first_best):
        return ASK_WEIGHT
    if score >= 1.0:
        return SECOND_ASK_WEIGHT
    return DISMISSED_WEIGHT if _DISMISSED.search(" ".join(words)) else BACKGROUND_WEIGHT


def read(subject: str, body: str, lexicon: Lexicon) -> Reading:
    """Read one consultation; any string is accepted, also empty, binary-looking or 100 kB long."""
    parts = _cut(clean(body), lexicon)
    size = sum(len(words) for words, _, _ in parts)
    best = max((score for _, score, _ in parts), default=0.0)
    segments: list[Segment] = []
    for words in (tokens(sentence, lexicon.spelling) for sentence in sentences(clean(subject))):
        if words:
            weight = SUBJECT_WEIGHT if size >= ENOUGH_BODY_TOKENS else ASK_WEIGHT
            segments.append(Segment(tuple(words), weight, 0.0, is_subject=True, is_question=False))
    is_best_seen = False
    for words, score, is_question in parts:
        weight = _weight(words, score, best, is_first_best=not is_best_seen)
        is_best_seen = is_best_seen or score >= best
        segments.append(Segment(tuple(words), weight, score, is_subject=False, is_question=is_question))
    raw = (subject + body)[:4000]
    letters = sum(character.isalpha() for character in raw)
    reading = Reading(
        segments=tuple(segments),
        translated=(),
        upper_share=sum(character.isupper() for character in raw) / letters if letters else 0.0,
        exclamations=raw.count("!"),
    )
    return Reading(
        reading.segments,
        tuple(lexicon.translations(reading.everything)),
        reading.upper_share,
        reading.exclamations,
    )
