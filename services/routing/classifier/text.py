"""Reading a consultation as officials write it: cleaned, bounded, spelled alike, and cut into sentences.

Nothing here knows topics. The aim is that «¿Cómo conpro?», «KOMO COMPRO» and «cómo compro» give the same tokens, that a
100 kB paste costs no more than a long letter, and that markup, control characters and emoji leave no trace.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

# Long texts keep their head and their tail: officials explain first and ask at the end.
RAW_HEAD_CHARS, RAW_TAIL_CHARS = 16_000, 8_000
READ_HEAD_CHARS, READ_TAIL_CHARS = 3_500, 2_000
MAX_TOKEN_CHARS = 24

_TAG = re.compile(r"<(script|style)\b.*?</\1\s*>|<!--.*?-->|</?[a-zA-Z][^<>]{0,300}>", re.DOTALL | re.IGNORECASE)
_LINK = re.compile(r"(?:https?://|www\.)\S+")
_MAIL = re.compile(r"\b[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{2,64}\b")
# Identifiers of programs, the codes of our own taxonomy among them: nobody decides a label by typing it.
_IDENTIFIER = re.compile(r"\b\w+(?:_\w+)+\b")
_REPEATED = re.compile(r"([a-z])\1{2,}")
_DOTTED_ACRONYM = re.compile(r"\b((?:[a-z]\.){2,})(?=[a-z]?)")
_LEGISLATIVE_DECREE = re.compile(
    r"\b(?:d\.?\s?leg\.?|decreto legislativo|dleg|d\.?l\.?)\s*(?:n[°ºo.]*\s*)?(?=\d{3,4}\b)"
)
_SUPREME_DECREE = re.compile(r"\b(?:d\.\s?s\.?|decreto supremo|ds)\s*(?:n[°ºo.]*\s*)?(?=\d)")
_LAW_NUMBER = re.compile(r"\bley\s*(?:n[°ºo.]*\s*)(?=\d)")
_ARTICLE = re.compile(r"\bart(?:iculo|s|\.)?\.?\s*(?=\d)")
_NUMBER_SIGN = re.compile(r"\bn\s?[°º]\s?\.?|\bnro\.?\s")
_FORM_LETTER = re.compile(r"\b(\d{1,2})\s?-\s?([a-z])\b")
_LETTER_WORD = re.compile(r"\b([a-z])-([a-z]{3,})|\b([a-z]{3,})-([a-z])\b")
_THOUSANDS = re.compile(r"(?<=\d)[.,](?=\d{3}\b)")
_APOSTROPHE = re.compile(r"(?<=[a-z])['’`´](?=[a-z])")
_SENTENCE_END = re.compile(r"(?<=[?!;\n])|(?<=[.:])(?=\s|$)|(?=[¿¡])")
_TOKEN = re.compile(r"[a-z0-9]+")


def _bounded(text: str, head: int, tail: int) -> str:
    if len(text) <= head + tail:
        return text
    return f"{text[:head]}\n{text[-tail:]}"


@lru_cache(maxsize=4096)
def _bare_character(character: str) -> str:
    """One character without accents; emoji, control and private characters become a space."""
    if character in "\n¿¡°º’´":
        return character
    category = unicodedata.category(character)
    if category[0] in "CSZ" and character not in "+$=<>`":
        return " "
    decomposed = unicodedata.normalize("NFKD", character)
    return "".join(part for part in decomposed if unicodedata.category(part) != "Mn").lower()


def clean(text: str) -> str:
    """Lower-case text without accents, markup, links, control characters or emoji, at most about 5,500 characters."""
    text = _bounded(text, RAW_HEAD_CHARS, RAW_TAIL_CHARS)
    if "<" in text:
        text = _TAG.sub(" ", text)
    if "&" in text:
        text = html.unescape(text)
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    if not text.isascii() or not text.isprintable():
        text = "".join(map(_bare_character, text))
    text = _LINK.sub(" enlaceweb ", text.lower())
    text = _MAIL.sub(" correoweb ", text)
    text = _IDENTIFIER.sub(" ", text)
    text = _REPEATED.sub(r"\1", text)
    return _bounded(text, READ_HEAD_CHARS, READ_TAIL_CHARS)


def _joined_names(text: str) -> str:
    """Write norms, articles, forms and dotted acronyms in one way («D.Leg. N° 1252» and «dl 1252» alike)."""
    text = _LEGISLATIVE_DECREE.sub("dleg ", text)
    text = _SUPREME_DECREE.sub("ds ", text)
    text = _LAW_NUMBER.sub("ley ", text)
    text = _ARTICLE.sub("articulo ", text)
    text = _DOTTED_ACRONYM.sub(lambda match: match[1].replace(".", "") + " ", text)
    text = _NUMBER_SIGN.sub(" ", text)
    text = _FORM_LETTER.sub(r"\1\2", text)
    text = _LETTER_WORD.sub(lambda match: (match[1] or match[3]) + (match[2] or match[4]), text)
    text = _THOUSANDS.sub("", text)
    return _APOSTROPHE.sub("", text)


def sentences(text: str) -> list[str]:
    """Cut cleaned text into sentences; each keeps its closing mark, a list item is a sentence of its own."""
    return [part for piece in _SENTENCE_END.split(_joined_names(text)) if (part := piece.strip(" -•*\n"))]


def tokens(sentence: str, spelling: Mapping[str, str]) -> list[str]:
    """Words of one cleaned sentence with shorthand written out (``spelling`` maps a word to one or more words)."""
    words: list[str] = []
    for raw in _TOKEN.findall(sentence):
        word = raw[:MAX_TOKEN_CHARS]
        replacement = spelling.get(word)
        if replacement is None:
            words.append(word)
        else:
            words.extend(replacement.split())
    return words


_PHONETIC_STEPS = (
    (re.compile(r"qu(?=[ei])|q"), "k"),
    (re.compile(r"ch|sh"), "X"),
    (re.compile(r"h"), ""),
    (re.compile(r"c(?=[eiy])|[zx]"), "s"),
    (re.compile(r"c"), "k"),
    (re.compile(r"gu(?=[ei])"), "g"),
    (re.compile(r"g(?=[ei])"), "j"),
    (re.compile(r"[vw]"), "b"),
    (re.compile(r"ll"), "y"),
    (re.compile(r"y\b"), "i"),
    (re.compile(r"m(?=[bp])"), "n"),
    (re.compile(r"([a-zX])\1+"), r"\1"),
)


@lru_cache(maxsize=32_768)
def phonetic(word: str) -> str:
    """How a Peruvian ear hears the word: b/v, c/s/z/x, ll/y, g/j, qu/k and silent h are written in one way."""
    for pattern, replacement in _PHONETIC_STEPS:
        word = pattern.sub(replacement, word)
    return word


MIN_STEM_CHARS = 4


@lru_cache(maxsize=32_768)
def stem(word: str) -> str:
    """The phonetic form without plural, gender and diminutive endings («regidoras» and «regidor» alike)."""
    heard = phonetic(word)
    if heard[:1].isdigit():
        return heard
    if len(heard) > MIN_STEM_CHARS + 1 and heard.endswith("es"):
        heard = heard[:-2]
    elif len(heard) > MIN_STEM_CHARS and heard.endswith("s"):
        heard = heard[:-1]
    if len(heard) > MIN_STEM_CHARS and heard[-1] in "aoe":
        heard = heard[:-1]
    for ending in ("sit", "it"):  # ordencita, papelito: Andean Spanish puts a diminutive on anything
        if heard.endswith(ending) and len(heard) - len(ending) >= MIN_STEM_CHARS:
            return heard[: -len(ending)]
    return heard


def plain_words(text: str) -> list[str]:
    """Tokens of any text without the lexicon's replacements: what the lexicon file itself is read with."""
    return [word for sentence in sentences(clean(text)) for word in tokens(sentence, {})]
