"""Citing a part of a norm: «Ley N.° 27972, art. 41, num. 3», written out in one way whatever way it was typed.

Reading what people type is domain/citation_reading.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from services.routing.domain.wording import N_

_WRONG_ARTICLE = N_("El artículo se escribe como 41, 41-A o, en el Título Preliminar, IV.")
_WRONG_ORDINAL = N_("La disposición complementaria se escribe con su número, o «única».")
_WRONG_NUMERAL = N_("El numeral se escribe como 3 o 41.3.")
_WRONG_LITERAL = N_("El literal es una sola letra.")
_WRONG_PARAGRAPH = N_("El párrafo se escribe con su número.")
_OF_WHAT = N_("Diga de qué artículo o numeral es.")

ARTICLE = re.compile(r"[1-9]\d{0,3}(-[A-ZÑ])?\Z")
ROMAN = re.compile(r"(?=[IVXLC])(XC|XL|L?X{0,3})(IX|IV|V?I{0,3})\Z")
_ORDINAL = re.compile(r"([1-9]\d?|única)\Z")
NUMERAL = re.compile(r"[1-9]\d{0,3}(\.\d{1,3}){0,4}\Z")
_LITERAL = re.compile(r"[a-zñ]\Z")
_PARAGRAPH = re.compile(r"[1-9]\d?\Z")


class Section(StrEnum):
    """The part of a norm that numbers its articles by itself."""

    BODY = "body"
    PRELIMINARY = "preliminary"
    FINAL = "final"
    TRANSITORY = "transitory"
    AMENDING = "amending"
    REPEALING = "repealing"


DISPOSITIONS = {
    Section.FINAL: "final",
    Section.TRANSITORY: "transitoria",
    Section.AMENDING: "modificatoria",
    Section.REPEALING: "derogatoria",
}
"""Complementary provisions, as they are called in Spanish; they are counted, not numbered as articles."""


class CitationSyntaxError(ValueError):
    """Something that is no reference to a part of a norm; `sentence` (Spanish) says how it is written."""

    def __init__(self, sentence: str, **values: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.values = values


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in a norm; all empty: the norm as a whole.

    :param article: «41», «41-A»; Roman in the Título Preliminar; of a complementary provision its count or «única».
    :raises CitationSyntaxError: no norm has such a place.
    """

    section: Section = Section.BODY
    article: str = ""
    numeral: str = ""
    literal: str = ""
    paragraph: str = ""

    def __post_init__(self) -> None:
        if self.section in DISPOSITIONS:
            _require(_ORDINAL, self.article, _WRONG_ORDINAL)
        elif self.section == Section.PRELIMINARY:
            _require(ROMAN, self.article, _WRONG_ARTICLE)
        elif self.article:
            _require(ARTICLE, self.article, _WRONG_ARTICLE)
        for pattern, value, sentence in (
            (NUMERAL, self.numeral, _WRONG_NUMERAL),
            (_LITERAL, self.literal, _WRONG_LITERAL),
            (_PARAGRAPH, self.paragraph, _WRONG_PARAGRAPH),
        ):
            if value:
                _require(pattern, value, sentence)
        if (self.literal or self.paragraph) and not (self.article or self.numeral):
            raise CitationSyntaxError(_OF_WHAT)

    @property
    def text(self) -> str:
        """The place in words: «art. 41, num. 3, lit. b»; empty for the norm as a whole."""
        parts = [_article_text(self.section, self.article)] if self.article else []
        for word, value in (("num.", self.numeral), ("lit.", self.literal), ("párr.", self.paragraph)):
            if value:
                parts.append(f"{word} {value}")
        return ", ".join(parts)


def citation_text(norm: str, place: Place) -> str:
    """The reference as a line: «Ley N.° 27972, art. 41, num. 3»."""
    return f"{norm}, {place.text}" if place.text else norm


def _article_text(section: Section, article: str) -> str:
    if section == Section.BODY:
        return f"art. {article}"
    if section == Section.PRELIMINARY:
        return f"art. {article} del Título Preliminar"
    count = article if article == "única" else f"{article}.ª"
    return f"{count} disposición complementaria {DISPOSITIONS[section]}"


def _require(pattern: re.Pattern[str], value: str, sentence: str) -> None:
    if not pattern.match(value):
        raise CitationSyntaxError(sentence)
