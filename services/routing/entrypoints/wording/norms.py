"""Norms and citations in words: kinds, whether one is in force, and what is told when a citation cannot stand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Flask

from services.routing.domain.norms import KINDS, Validity
from services.routing.entrypoints.refusals.cases import tell
from services.routing.use_cases.citing import MOST_A_TEXT, PLACE, BadCitationsError, TooManyCitationsError
from services.routing.use_cases.norms import NoSuchNormError, RepealedByItselfError, SameNormError, StaleNormError
from shared.http.languages import N_, Phrase, translate
from shared.http.problems import INVALID, NOT_FOUND, STALE, Problem

VALIDITY_NAMES = {
    Validity.IN_FORCE: N_("Vigente"),
    Validity.NOT_YET: N_("Aún no rige"),
    Validity.REPEALED: N_("Derogada"),
}
_TONES = {Validity.IN_FORCE: "good", Validity.NOT_YET: "warn", Validity.REPEALED: "bad"}
_IN_FORCE = N_("vigente")
_AMENDED = N_("vigente, con modificaciones")
_NOT_YET = N_("rige desde el %(day)s")
_REPEALED = N_("derogada desde el %(day)s")
_REPEALED_BY = N_("derogada desde el %(day)s por %(by)s")

_TOO_MANY = N_("Cite %(most)s normas como máximo.")
_SAME = N_("El registro ya tiene esa norma.")
_REPEALED_BY_ITSELF = N_("Una norma no se deroga a sí misma.")


def validity_text(one: Mapping[str, Any]) -> str:
    """Whether a norm, or the norm of a citation, is in force: «derogada desde el 22/04/2025 por Ley N.° 32069»."""
    match one["validity"]:
        case Validity.REPEALED:
            sentence = _REPEALED_BY if one["repealed_by"] else _REPEALED
            return translate(sentence, day=_day(one["valid_until"]), by=one["repealed_by"])
        case Validity.NOT_YET:
            return translate(_NOT_YET, day=_day(one["valid_from"]))
        case _:
            return translate(_AMENDED if one.get("amendments") else _IN_FORCE)


def validity_tone(validity: str) -> str:
    """The colour of the tag."""
    return _TONES[Validity(validity)]


def validity_name(validity: str) -> str:
    """The state in a word."""
    return translate(VALIDITY_NAMES[Validity(validity)])


def norm_kind_name(kind: str) -> str:
    """The kind as laws call it; not translated."""
    return KINDS[kind]


def citation_field(one: Mapping[str, Any]) -> str:
    """A citation for a hidden field of a form."""
    return json.dumps({"norm_id": str(one["norm_id"]), **{name: one[name] for name in PLACE}}, ensure_ascii=False)


def _day(day: date) -> str:
    return day.strftime("%d/%m/%Y")


def _bad_citations(error: BadCitationsError, _mine: Any) -> Problem:
    return Problem(INVALID, fields={"citations": [Phrase(one.sentence, **one.values) for one in error.mistakes]})


def _stale(error: StaleNormError, mine: Any) -> Problem:
    theirs = {
        name: value if isinstance(value, int | str | list | None) else str(value) for name, value in error.norm.items()
    }
    return Problem(STALE, mine=mine, theirs=theirs)


def install(app: Flask) -> None:
    """Give templates the words, and make `refusals` know what is told of norms."""
    for one in (validity_text, validity_tone, validity_name, norm_kind_name, citation_field):
        app.jinja_env.filters[one.__name__] = one
    tell(BadCitationsError, _bad_citations)
    too_many = Phrase(_TOO_MANY, most=MOST_A_TEXT)
    tell(TooManyCitationsError, lambda _error, _mine: Problem(INVALID, fields={"citations": [too_many]}))
    tell(NoSuchNormError, lambda _error, _mine: Problem(NOT_FOUND))
    tell(SameNormError, lambda _error, _mine: Problem(INVALID, fields={"number": [_SAME]}))
    tell(RepealedByItselfError, lambda _error, _mine: Problem(INVALID, fields={"repealed_by": [_REPEALED_BY_ITSELF]}))
    tell(StaleNormError, _stale)
