"""Where the ask of a consultation is: words that ask, turns that announce the ask, words that set the background aside.

Patterns run on normalised sentences (tokens joined by spaces: no accents, lower case, shorthand written out).
"""

from __future__ import annotations

import re

QUESTION_SCORE = 2.0
REQUEST_SCORE = 1.5
INTERROGATIVE_SCORE = 1.0
OPENING_SCORE = 0.25  # an interrogative that opens the sentence is rarely a relative pronoun
TURN_SCORE = 1.5
CLEAR_ASK = 1.0
MIN_AFTER_TURN = 4  # tokens; a turn at the very end announces nothing


def _any_of(*alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(alternatives)})\b")


_REQUEST = _any_of(
    r"agradec\w+|sirva\w*|srivase|rueg[oa]|solicit[oa]\w*|pide(?:se)?|pido|remitir|absolver|absuelv\w+|opinion",
    r"consult[oa]|consultamos|consulta es|quisiera\w*|(?:quiero|queremos) saber|desea?mos|deseo|desearia\w*",
    r"orient\w+|precis[ae]\w*|indi[qc]\w+|inform[ea](?:n|nos|rnos|r)?|duda|pregunta\w*|explica\w*|expliquen\w*",
    r"digan\w*|diganme|ayud\w+|alcanz\w+ (?:un|el|formato|modelo)|me pasan|pasen|pasame|tienen (?:un|algun)",
    r"necesito|necesitamos|hay algun|algun modelo|please|could you|can you|need",
    r"willa\w+|yanapa\w+|munani|tapuku\w+",
)
_INTERROGATIVE = _any_of(
    r"como|cual(?:es)?|quien(?:es)?|a?donde|a donde|cuando|cuant[oa]s?",
    r"que (?:hago|hacemos|pasos|documentos?|formato|debo|norma|tengo|se|requisitos|corresponde|procede|plazo)",
    r"(?:se )?puede|puedo|pueden|podemos|podria\w*|corresponde|procede|deb[oe]|debemos|deben",
    r"hay que|ten(?:go|emos) que",
    r"es (?:legal|valid[oa]|obligatori[oa]|necesari[oa]|posible|correcto)|esta (?:permitido|prohibido|bien)",
    r"how|what|which|who|where|when|may|must|should|is it|are we|do we|can",
    r"imayna\w*|imata\w*|atiyman\w*|atikun\w*|maypi\w*",
)
# «Lo único que falta», «la duda es», «ahora bien»: what comes after is the ask, what came before is settled.
_TURN = _any_of(
    r"(?:pero |y )?(?:solo|solamente|unicamente|nada mas|lo unico)(?: que)?(?: me| nos| les| lo| yo)? "
    r"(?:falta\w*|queda\w*|necesit\w+|quier\w+|quisier\w+|diga\w*|pregunt\w+|consult\w+|dud\w+|pid\w+|deseo|es|"
    r"respond\w+|indiquen\w*|si|como)",
    r"lo que (?:si )?(?:me |nos )?(?:falta|necesit\w+|pregunto|pido|quiero|preocupa|no se|no sabemos|consulto)",
    r"(?:la|mi|una|nuestra|queda una|unica|sola|duda)(?: unica| sola)? (?:duda|consulta|pregunta|traba|cosa)"
    r"(?: puntual| concreta| es| seria)?",
    r"(?:aqui )?lo mio(?: es| va)?|falta(?:ria)? saber|yo (?:pregunto|consulto|necesito|solo)|pregunto si",
    r"me toca(?: a mi)?",
    r"(?:a mi|a nosotros|lo que) (?:me |nos )(?:falta|toca|interesa|corresponde)",
    r"lo nuestro|a mi pidanme|en mi escritorio",
    r"(?:mi|el|aqui el|aca el) (?:lio|problema|asunto|tema)(?: es| va)?",
    r"lo pendiente|lo que (?:me quema|discuto\w*|toca)",
    r"ahora bien|otra cosa|en concreto|concretamente|necesito que me digan|por ahora d\w+",
    r"my only|only need|just need|the only|my question",
)
_DISMISSED = _any_of(
    r"ya (?:esta|estan|salio|se|lo|la|los|las|tengo|tenemos|hay|vimos|quedo|sabemos|fue|viajo|firmo|tienen)",
    r"list[oa]|resuelt[oa]s?|aparte|dejando|dejemos|no (?:es|pregunto|se trata|va por|tiene que ver)|ni|tampoco",
    r"de eso (?:ya|no)|otros|(?:que )?l[oa]s? (?:ven?|vea|vean|vera|veran|hara)",
    r"se encarga\w*|no (?:discut\w+|importa)|esta (?:aprobad[oa]|pagad[oa]|sanead[oa]|certificad[oa]|list[oa]|bien)",
    r"aunque|ademas de|fuera de|despues|already|settled",
)
_GREETING = re.compile(
    r"^(?:hola\w*|buen[oa]s?(?: dias?| tardes?| noches?)?|estimad[oa]s?|saludos|gracias|atentamente|"
    r"senor\w*|amig[oa]s?)\b[\w ]{0,24}$"
)


def ask_score(sentence: str, *, is_question: bool) -> float:
    """How much a sentence asks: 0 for background or a greeting, above 1 for a clear request or question."""
    if _GREETING.match(sentence):
        return 0.0
    score = QUESTION_SCORE if is_question else 0.0
    if _REQUEST.search(sentence):
        score += REQUEST_SCORE
    if (found := _INTERROGATIVE.search(sentence)) is not None:
        score += INTERROGATIVE_SCORE + (0.0 if found.start() else OPENING_SCORE)
    return score


def turn_at(sentence: str) -> int | None:
    """The token index where a turn announces the ask, or None."""
    words = len(sentence.split())
    for turn in _TURN.finditer(sentence):
        before = len(sentence[: turn.start()].split())
        if words - before >= MIN_AFTER_TURN:
            return before
    return None


def has_turn(sentence: str) -> bool:
    """Whether a sentence announces the ask, also when nothing follows in it («mi duda es otra:»)."""
    return _TURN.search(sentence) is not None


def is_dismissed(sentence: str) -> bool:
    """Whether a background sentence says that its matter is settled, elsewhere, or not what is asked."""
    return _DISMISSED.search(sentence) is not None
