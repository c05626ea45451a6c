"""Reading a citation as people type it: «art. 41 numeral 3 de la Ley 27972», «LOM, art. 9 inc. 8», «3.ª DCF Ley 32069».

What is not understood is never passed over: the word that was left is named, because it may be the one that matters
(«del Reglamento de la Ley 32069» is another norm).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from services.routing.domain.citations import DISPOSITIONS, CitationSyntaxError, Place, Section
from services.routing.domain.norms import KINDS, fold
from services.routing.domain.wording import N_

_NO_NORM = N_("Falta la norma: escriba, por ejemplo, «art. 41 de la Ley 27972».")
_ONE_ARTICLE = N_("Cite un artículo por vez; agregue los demás como otras citas.")
_TWICE = N_("Hay dos veces lo mismo (%(what)s): cite un lugar por vez.")
_LEFT_OVER = N_("No entendimos «%(words)s». Cite la norma por su clase y número, como «D.S. 004-2019-JUS».")
_ROMAN_OUTSIDE = N_("Los artículos en romanos son del Título Preliminar: añádalo, o escriba el número.")

_LAST_LEGISLATIVE_DECREE = 9_999
"""Legislative decrees have up to four digits; «D.L.» with five is one of the decree laws, which stopped in 1992."""

_WORDS_OF_KINDS = (
    (r"decreto legislativo|d\.? ?leg(?:islativo)?\.?", "decreto_legislativo"),
    (r"decreto de urgencia|d\.? ?u\.?", "decreto_urgencia"),
    (r"decreto supremo|d\.? ?s\.?", "decreto_supremo"),
    (r"decreto ley|d\. ?ley", "decreto_ley"),
    (r"d\.? ?l\.?", ""),
    (r"resolucion suprema|r\.? ?s\.?", "resolucion_suprema"),
    (r"resolucion ministerial|r\.? ?m\.?", "resolucion_ministerial"),
    (r"resolucion viceministerial|r\.? ?v\.? ?m\.?", "resolucion_viceministerial"),
    (r"resolucion directoral|r\.? ?d\.?", "resolucion_directoral"),
    (r"resolucion jefatural|r\.? ?j\.?", "resolucion_jefatural"),
    (r"resolucion de contraloria|r\.? ?c\.?", "resolucion_contraloria"),
    (r"resolucion de superintendencia", "resolucion_superintendencia"),
    (r"resolucion", "resolucion"),
    (r"directiva", "directiva"),
    (r"ordenanza(?: municipal| regional)?", "ordenanza"),
    (r"codigo", "codigo"),
    (r"norma", "otra"),
    (r"ley", "ley"),
)
_NORM = re.compile(
    r"(?<![\w.])(?:" + "|".join(f"(?P<k{at}>{words})" for at, (words, _) in enumerate(_WORDS_OF_KINDS)) + ")"
    r",? *(?:(?:n|no|nro|numero)\b\.? *)?(?P<number>\d[0-9a-zñ]*(?:[-/.][0-9a-zñ]+)*)"
)
_APPROVED_BY = re.compile(r"aprobad[oa] (?:por|mediante|con) (?:el |la )?$")
_APPROVABLE = re.compile(r"\b(?:tuo|texto unico ordenado|reglamento|directiva|ley)\b")

_COUNT = ("primer", "segund", "tercer", "cuart", "quint", "sext", "septim", "octav", "noven", "decim")
_ORDINALS = {
    **{f"{word}{end}": str(at) for at, word in enumerate(_COUNT, 1) for end in ("", "o", "a")},
    **{f"decimo{word}{end}": str(at + 10) for at, word in enumerate(_COUNT[:9], 1) for end in ("", "o", "a")},
    "undecima": "11", "duodecima": "12", "vigesima": "20", "unica": "única",
}  # fmt: skip
_ORDINAL_WORDS = "|".join(sorted(_ORDINALS, key=len, reverse=True))
_SECTIONS = "|".join(f"(?P<{section.name}>{word}(?:es|s)?)" for section, word in DISPOSITIONS.items())
_DISPOSITION = re.compile(
    rf"\b(?P<count>{_ORDINAL_WORDS}|\d{{1,2}}\.?) *(?:disposicion(?:es)? complementarias? (?:{_SECTIONS})"
    r"|dc(?P<short>[ftmd]))\b"
)
_SHORT_SECTIONS = {"f": Section.FINAL, "t": Section.TRANSITORY, "m": Section.AMENDING, "d": Section.REPEALING}
_PRELIMINARY = re.compile(r"\btitulo preliminar\b|\bt\. ?p\.|\btp\b")
_SEVERAL = re.compile(r"\b(?:articulos?|arts?\.?) *[\divxl.-]+(?:-?[a-z])?(?: *, *| y | e | al? )[\divxl]+\b")
_ARTICLE = re.compile(
    r"\b(?:articulo|art\b\.?) *(?P<number>\d{1,4})(?P<deep>(?:\.\d+)*)\.?(?:-? ?(?P<letter>[a-zñ])(?![a-zñ)]))?"
)
_ROMAN_ARTICLE = re.compile(r"\b(?:articulo|art\b\.?) *(?P<number>[ivxlc]+)\b")
_NUMERAL = re.compile(r"\b(?:numeral|num\b\.?|inciso|inc\b\.?) *(?P<number>\d{1,4}(?:\.\d+)*)\)?")
_LITERAL = re.compile(r"\b(?:literal|lit\b\.?|inciso|inc\b\.?|letra) *[\"'«“]?(?P<letter>[a-zñ])(?![a-zñ])\)?[\"'»”]?")
_PARAGRAPH = re.compile(rf"\b(?P<word>{_ORDINAL_WORDS}) parrafo\b|\bparr(?:afo)?\b\.? *(?P<number>\d{{1,2}})")
_SHORTEST_NAME = 3
_KIND_WORDS = frozenset({"art", "articulo", "tuo", "reglamento"} | {fold(word) for word in KINDS.values()}) - {
    "constitucion"
}
_SAID_BESIDE = frozenset(
    {
        "de", "del", "la", "el", "los", "las", "y", "en", "segun", "conforme", "a", "lo", "al", "que", "su", "con",
        "por", "mediante", "peru",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reference:
    """A norm as somebody named it: by kind and number, or by a name that is `known` (what the names given call it)."""

    kind: str = ""
    number: str = ""
    known: str = ""

    @property
    def text(self) -> str:
        """As it was named, for telling that nobody knows it."""
        return f"{KINDS[self.kind]} N.° {self.number.upper()}" if self.kind else self.known


@dataclass(frozen=True, slots=True)
class ReadCitation:
    """What somebody typed. Several references must turn out to be one norm («Ley 27972, Orgánica de …»)."""

    references: tuple[Reference, ...]
    place: Place


def is_name(folded: str) -> bool:
    """Whether a folded name tells a norm: three characters at least, and not the word for a kind of norm."""
    return len(folded) >= _SHORTEST_NAME and folded not in _KIND_WORDS


def read_citation(typed: str, names: Mapping[str, str]) -> ReadCitation:
    """Read what somebody typed.

    :param names: folded names of norms («lom») to what they are known by; the longest that fits counts.
    :raises CitationSyntaxError: it names no norm, several places, or holds words that are not understood.
    """
    rest = fold(typed)
    references, rest, is_approved = _take_numbered(*_take_names(rest, names))
    place, rest = _take_place(rest)
    if is_approved:
        rest = _APPROVABLE.sub(" ", rest).replace("aprobado", " ").replace("aprobada", " ")
    left = [word for word in re.findall(r"[\wñ]+", rest) if word not in _SAID_BESIDE]
    if left:
        raise CitationSyntaxError(_LEFT_OVER, words=" ".join(left))
    if not references:
        raise CitationSyntaxError(_NO_NORM)
    return ReadCitation(references, place)


def _take_names(rest: str, names: Mapping[str, str]) -> tuple[tuple[Reference, ...], str]:
    found: list[Reference] = []
    for name in sorted(names, key=len, reverse=True):
        taken, count = re.subn(rf"(?<!\w){re.escape(name)}(?!\w)", " ", rest)
        if count:
            rest = taken
            found.append(Reference(known=names[name]))
    return tuple(dict.fromkeys(found)), rest


def _take_numbered(named: tuple[Reference, ...], rest: str) -> tuple[tuple[Reference, ...], str, bool]:
    """The norms named by number; where one approves («TUO de la Ley …, aprobado por D.S. …»), that one is meant."""
    found: list[Reference] = []
    approving: list[Reference] = []
    for match in _NORM.finditer(rest):
        reference = _reference(match)
        found.append(reference)
        if _APPROVED_BY.search(rest[: match.start()]):
            approving.append(reference)
    rest = _NORM.sub(" ", rest)
    meant = approving or found
    return tuple(dict.fromkeys((*named, *meant))), rest, bool(approving)


def _reference(match: re.Match[str]) -> Reference:
    at = next(at for at in range(len(_WORDS_OF_KINDS)) if match[f"k{at}"])
    kind, number = _WORDS_OF_KINDS[at][1], match["number"]
    if not kind:
        first = re.match(r"\d+", number)
        is_legislative = first is None or int(first[0]) <= _LAST_LEGISLATIVE_DECREE
        kind = "decreto_legislativo" if is_legislative else "decreto_ley"
    return Reference(kind, number)


def _take_place(rest: str) -> tuple[Place, str]:
    if _SEVERAL.search(rest):
        raise CitationSyntaxError(_ONE_ARTICLE)
    section, article, numeral, rest = _take_article(rest)
    numerals, rest = _take(_NUMERAL, rest, "numeral")
    literals, rest = _take(_LITERAL, rest, "literal")
    paragraphs, rest = _take(_PARAGRAPH, rest, "párrafo")
    if numeral and numerals:
        raise CitationSyntaxError(_TWICE, what="numeral")
    paragraph = "" if paragraphs is None else paragraphs["number"] or _ORDINALS[paragraphs["word"]]
    place = Place(
        section=section, article=article, numeral=numerals["number"] if numerals else numeral,
        literal=literals["letter"] if literals else "", paragraph=paragraph.lstrip("0"),
    )  # fmt: skip
    return place, rest


def _take_article(rest: str) -> tuple[Section, str, str, str]:
    """Section, article, the numeral that «art. 10.2» names along with it, and what is left."""
    disposition, rest = _take(_DISPOSITION, rest, "disposición")
    if disposition is not None:
        named = [section for section in DISPOSITIONS if disposition[section.name]]
        section = named[0] if named else _SHORT_SECTIONS[disposition["short"]]
        count = disposition["count"]
        return section, _ORDINALS.get(count) or count.rstrip("."), "", rest
    rest, is_preliminary = _PRELIMINARY.subn(" ", rest)
    roman, rest = _take(_ROMAN_ARTICLE, rest, "artículo")
    if roman is not None:
        if not is_preliminary:
            raise CitationSyntaxError(_ROMAN_OUTSIDE)
        return Section.PRELIMINARY, roman["number"].upper(), "", rest
    found, rest = _take(_ARTICLE, rest, "artículo")
    section = Section.PRELIMINARY if is_preliminary else Section.BODY
    if found is None:
        return section, "", "", rest
    article = found["number"] + (f"-{found['letter'].upper()}" if found["letter"] else "")
    return section, article, f"{found['number']}{found['deep']}" if found["deep"] else "", rest


def _take(pattern: re.Pattern[str], rest: str, what: str) -> tuple[re.Match[str] | None, str]:
    matches = list(pattern.finditer(rest))
    if len(matches) > 1:
        raise CitationSyntaxError(_TWICE, what=what)
    return (matches[0], pattern.sub(" ", rest)) if matches else (None, rest)


def read_partly(typed: str) -> tuple[Place, tuple[str, ...]]:
    """What somebody is still typing: the place so far, and the words of the norm they look for.

    The place is the norm as a whole while it cannot be read.
    """
    folded = fold(typed)
    try:
        place, rest = _take_place(folded)
    except CitationSyntaxError:
        place, rest = Place(), folded
    words = re.findall(r"[\wñ]+(?:[-/.][\wñ]+)*", rest)
    return place, tuple(word for word in words if word not in _SAID_BESIDE | _SIGNS_OF_NUMBER)


_SIGNS_OF_NUMBER = frozenset({"n", "no", "nro", "numero", "art", "articulo", "num", "numeral", "lit", "literal", "inc"})
