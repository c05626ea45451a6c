"""In which language a consultation is written: Spanish, English, or one of the Quechuas, by its small words.

A hint, not a verdict: it prefers an advisor who speaks the language, it never keeps a case from anybody. What is short
or mixed counts as Spanish, in which nearly all of them are written and which every advisor reads.
"""

from __future__ import annotations

import re
import unicodedata

SPANISH, ENGLISH, QUECHUA = "es", "en", "qu"
LANGUAGES = (SPANISH, ENGLISH, QUECHUA, "ay")
"""What an advisor may speak; Aymara (`ay`) can be said of an advisor, and is not yet recognised in texts."""

_LEAST_HITS = 3
_LEAST_SHARE = 0.15
_WORD = re.compile(r"[^\W\d_]+")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SPANISH = _words("""
    el la los las un una de del en y o que se por para con no es al lo como su sus si cual cuales donde esta
    este nos nuestra nuestro sobre cuando puede debe ha son
""")
_ENGLISH = _words("""
    the of and is to we our how what which does do can should are for with that this it in on by an must may
    when please whether have has been from their was not there who
""")
_QUECHUA = _words("""
    nuqa noqa qam qan pay nuqanchik noqanchis kay chay wak ima imayna imaynata imata mayqin maypi haykaq hayka
    mana manam manan kachkan kashan kachkani kani kanki allin llaqta llaqtaypi llaqtanchik munani munayku
    yanapay yanapaway yanapawayku tapukuy tapukuni tapuyki hinaspa chaymanta chaypaq runa runakuna wasi yaku
    wata punchaw punchay qullqi qolqe kamachiq kamachikuy sutiy ari icha hukmanta lliw llapan llankay llamkay
    ruway ruwani ruwayku kunan paqarin nispa nin niwaykuman allinmi atiykuman atinikuchu pitaq imaraykutaq
""")
_QUECHUA_ENDINGS = (
    "kunata",
    "kunapaq",
    "kunaman",
    "kunapi",
    "nchikpa",
    "nchispa",
    "yuqta",
    "manta",
    "kamaqa",
    "ykichik",
)


def language_of(text: str) -> str:
    """`es`, `en` or `qu`, for the whole text."""
    words = _WORD.findall(_plain(text))
    spanish = sum(word in _SPANISH for word in words)
    english = sum(word in _ENGLISH for word in words)
    quechua = sum(word in _QUECHUA or word.endswith(_QUECHUA_ENDINGS) for word in words)
    needed = max(_LEAST_HITS, len(words) * _LEAST_SHARE)
    if quechua >= needed and quechua > max(spanish, english):
        return QUECHUA
    if english >= needed and english > spanish:
        return ENGLISH
    return SPANISH


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.lower())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
