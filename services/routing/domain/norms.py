"""Norms of Peruvian law: how each is called, what tells it from every other, and whether it is in force on a day."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

CONSTITUTION, LAW, ORDINANCE, OTHER = "constitucion", "ley", "ordenanza", "otra"

KINDS: dict[str, str] = {
    CONSTITUTION: "Constitución",
    LAW: "Ley",
    "decreto_legislativo": "Decreto Legislativo",
    "decreto_ley": "Decreto Ley",
    "decreto_urgencia": "Decreto de Urgencia",
    "decreto_supremo": "Decreto Supremo",
    "resolucion_suprema": "Resolución Suprema",
    "resolucion_ministerial": "Resolución Ministerial",
    "resolucion_viceministerial": "Resolución Viceministerial",
    "resolucion_directoral": "Resolución Directoral",
    "resolucion_jefatural": "Resolución Jefatural",
    "resolucion_contraloria": "Resolución de Contraloría",
    "resolucion_superintendencia": "Resolución de Superintendencia",
    "resolucion": "Resolución",
    "directiva": "Directiva",
    ORDINANCE: "Ordenanza",
    "codigo": "Código",
    OTHER: "Norma",
}
"""Kinds of norms with the word that stands before their number; names of norms are not translated."""

NUMBERLESS = frozenset({CONSTITUTION, "codigo", OTHER})
"""Kinds that may be known by their title alone."""
LOCAL = frozenset({ORDINANCE, "directiva", "resolucion", OTHER})
"""Kinds that many bodies number for themselves, so that who issued one is part of what tells it apart."""

_FIRST_NUMBER = re.compile(r"^0+(?=\d)")


class Validity(StrEnum):
    """Whether a norm is in force on a day."""

    IN_FORCE = "in_force"
    NOT_YET = "not_yet"
    REPEALED = "repealed"


def fold(text: str) -> str:
    """A text for comparing: small letters, no accents (ñ stays), no signs of degree, single spaces."""
    plain = re.sub(r"[°ºª]", "", unicodedata.normalize("NFC", text)).lower().replace("ñ", "\0")
    plain = "".join(one for one in unicodedata.normalize("NFD", plain) if not unicodedata.combining(one))
    return " ".join(plain.replace("\0", "ñ").split())


def number_key(kind: str, number: str) -> str:
    """A number for comparing: «004-2019-jus» and «4-2019-JUS» are one, and so are «27.972» and «27972» of laws."""
    plain = re.sub(r"\s+", "", fold(number))
    if kind in (LAW, "decreto_legislativo", "decreto_ley"):
        plain = plain.replace(".", "")
    return _FIRST_NUMBER.sub("", plain)


def identity(kind: str, number: str, issuer: str, title: str) -> str:
    """What tells a norm from every other in the register."""
    parts = [kind, number_key(kind, number)]
    if kind in LOCAL:
        parts.append(fold(issuer))
    if not number:
        parts.append(fold(title))
    return "/".join(parts)


def norm_name(kind: str, number: str, title: str) -> str:
    """A norm as texts cite it: «Ley N.° 27972»; by its title where it has no number."""
    return f"{KINDS[kind]} N.° {number}" if number else title


@dataclass(frozen=True, slots=True)
class Force:
    """When a norm is in force: from `begins_on` (None: longer than anybody asks) up to and without `ends_on`."""

    begins_on: date | None = None
    ends_on: date | None = None

    def on(self, day: date) -> Validity:
        """Whether it is in force on a day."""
        if self.ends_on is not None and day >= self.ends_on:
            return Validity.REPEALED
        if self.begins_on is not None and day < self.begins_on:
            return Validity.NOT_YET
        return Validity.IN_FORCE
