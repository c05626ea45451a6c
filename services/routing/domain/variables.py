"""Variables in canned texts: `{{nombre}}` becomes the asker's name. Plain substitution, once; nothing is evaluated."""

from __future__ import annotations

import re
from collections.abc import Mapping

from services.routing.domain.wording import N_

VARIABLES = {
    "nombre": N_("nombre y apellidos de quien pregunta"),
    "cargo": N_("su cargo"),
    "municipalidad": N_("su municipalidad"),
    "codigo": N_("el código del caso"),
    "asunto": N_("el asunto de la consulta"),
    "tema": N_("el tema del caso"),
    "plazo": N_("la fecha prometida, si corre un plazo"),
    "asesor": N_("su propio nombre"),
    "fecha": N_("la fecha de hoy"),
}
"""What a canned text may name, and what each stands for."""

_ALIASES = {"municipio": "municipalidad", "código": "codigo"}
_VARIABLE = re.compile(r"\{\{\s*([a-záéíóúñ_]{1,40})\s*\}\}")


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with every variable that has a value put in; the others stay as they are, to be seen and completed.

    A value is never read again, so what an official typed cannot name a variable.
    """

    def value_of(found: re.Match[str]) -> str:
        name = _ALIASES.get(found[1], found[1])
        return values.get(name) or found[0]

    return _VARIABLE.sub(value_of, text)


def unknown_variables(text: str) -> tuple[str, ...]:
    """What a canned text names that no case can ever give; refused when it is saved."""
    named = (found[1] for found in _VARIABLE.finditer(text))
    return tuple(dict.fromkeys(name for name in named if _ALIASES.get(name, name) not in VARIABLES))
