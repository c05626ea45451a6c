"""The urgency rules U1 to U4 of the taxonomy, read from the text against the working calendar.

A rule gives *signals*: which rule, the words that show it, and a strength. The model weighs signals with the rest of the
text, because «mañana» may be a time of day and «5 días» the term of the norm consulted; an explicit date or limit that
lies beyond five working days is a signal too, against urgency.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

IsWorkingDay = Callable[[date], bool]
SOON_WORKING_DAYS = 5  # taxonomy, U1: due or happening within five working days
LOOK_AHEAD_DAYS = 400
FAR = "far"
PAST = "past"


@dataclass(frozen=True, slots=True)
class Signal:
    """One sign for (``U1``-``U4``) or against (``far``, ``past``, ``norm``) urgency, with the words that show it."""

    rule: str
    name: str
    words: str


def is_weekday(day: date) -> bool:
    """Monday to Friday: the calendar used where no better one is given."""
    return day.weekday() < 5  # noqa: PLR2004 - Saturday is 5 in datetime


def working_days_until(day: date, today: date, is_working_day: IsWorkingDay) -> int:
    """Working days after ``today`` up to and with ``day``; negative when ``day`` is past."""
    if day < today:
        return -1
    span = min((day - today).days, LOOK_AHEAD_DAYS)
    return sum(is_working_day(today + timedelta(days=offset)) for offset in range(1, span + 1))


_MONTHS = {
    name: index
    for index, names in enumerate(
        (
            "enero ene january",
            "febrero feb february",
            "marzo mar march",
            "abril abr april",
            "mayo may",
            "junio jun june",
            "julio jul july",
            "agosto ago august",
            "setiembre septiembre set sep sept september",
            "octubre oct october",
            "noviembre nov november",
            "diciembre dic december",
        ),
        start=1,
    )
    for name in names.split()
}
_NUMBERS = {
    "un": 1,
    "una": 1,
    "uno": 1,
    "dos": 2,
    "tres": 3,
    "cuatro": 4,
    "cinco": 5,
    "seis": 6,
    "siete": 7,
    "ocho": 8,
    "nueve": 9,
    "diez": 10,
    "quince": 15,
    "veinte": 20,
    "treinta": 30,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "ten": 10,
    "kimsa": 3,
    "iskay": 2,
}
_NUMBER = r"(\d{1,3}|" + "|".join(_NUMBERS) + ")"
_WEEKDAY = (
    "(?:lunes|martes|miercoles|jueves|viernes|sabado|domingo|monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
)

_PATTERNS: tuple[tuple[str, str, re.Pattern[str]], ...] = tuple(
    (rule, name, re.compile(pattern))
    for rule, name, pattern in (
        (
            "U1",
            "hoy",
            r"\b(?:hoy(?: mismo| dia| termina| vence)?|today|tonight|esta (?:noche|tarde|manana)|kunan punchaw|jichhuru|this (?:morning|afternoon|evening))\b",
        ),
        (
            "U1",
            "manana",
            r"(?<!la )(?<!de )(?<!por )(?<!cada )\b(?:pasado )?manana\b(?! por manana)|\btomorrow\b|\bpaqarin\w*",
        ),
        (
            "U1",
            "en_horas",
            r"\b(?:en|dentro de|quedan?|faltan?|unas?|in|within|plazo de|nos dan|dan|dio|dieron)\s+(?:menos de )?"
            + _NUMBER
            + r"\s+(?:horas?|hours?|minutos)\b|\b(?:24|48|72) (?:horas|hours)\b",
        ),
        (
            "U1",
            "este_dia",
            r"\b(?:este|para el|hasta el|antes del|mismo|el|this|by|on|until|next)\s+(?:proximo |dia )?"
            + _WEEKDAY
            + r"\b(?! (?:pasad[oa]|de cada|siguiente al))",
        ),
        (
            "U1",
            "vence_ya",
            r"\b(?:vence|vencia|vencio|caduca|cierra|cierran|se cierra|termina|expira|se acaba|expires?|closes?)\s+(?:el plazo )?(?:hoy|manana|ayer|pasado|este|el "
            + _WEEKDAY
            + r"|en "
            + _NUMBER
            + r" dias?)\b",
        ),
        (
            "U1",
            "en_curso",
            r"\b(?:ya estan aqui|estan en (?:la|el) (?:puerta|despacho)|en este momento|ahorita|ahora mismo|en plena sesion|right now|acaban de|acaba de|recien)\b",
        ),
        ("U1", "ayer", r"\b(?:ayer|anoche|yesterday|last night|anteayer|antes de ayer)\b"),
        (
            "U2",
            "servicio_cortado",
            r"\b(?:sin (?:agua|luz|servicio|recojo|recoger|internet|sistema|energia|desague|combustible)|no hay (?:agua|luz|sistema|servicio)|cort(?:aron|ado) (?:el |la |de )?(?:agua|luz|servicio|energia)|no (?:llega|sale) agua|without water|no water)\b",
        ),
        (
            "U2",
            "sistema_caido",
            r"\b(?:sistema|siaf|seace|pladicop|siga|modulo|plataforma|portal|aplicativo|pagina|servidor|system)\b[\w ]{0,20}\b(?:caid[oa]|se cayo|colgad[oa]|no (?:abre|carga|responde|funciona|deja)|bloquead[oa]|down)\b",
        ),
        (
            "U2",
            "planilla_impaga",
            r"\b(?:planilla|sueldos?|haberes|jornales|pensiones|pensionistas|obreros|trabajadores)\b[\w ]{0,40}\b(?:impag[oa]s?|sin (?:pagar|cobrar)|no (?:han |se ha |les han |se )?(?:cobr\w+|pag\w+)|reclaman|protest\w+|paro)\b",
        ),
        (
            "U2",
            "dias_sin",
            r"\b(?:hace|llevamos|llevan|van|ya|desde hace) " + _NUMBER + r" dias?\b[\w ]{0,20}\bsin\b",
        ),
        (
            "U3",
            "desastre",
            r"\b(?:huaico|huayco|sismo|temblor|terremoto|incendio|inundacion|inundad[oa]s?|inundo|desborde|desbordo|desbordand\w+|deslizamiento|derrumbe|helada|friaje|granizada|nevada|alud|lluvias? torrencial\w*|riada|damnificad[oa]s?|crecida|landslide|flood\w*|earthquake|fire|lluqlla|lloqlla)\b",
        ),
        (
            "U3",
            "desastre_ahora",
            r"\b(?:hace (?:una|1|dos|2|\d+|un rato|unas) ?(?:horas?|minutos|momento)?|esta madrugada|anoche|ahora|ahorita|en este momento|sigue|siguen|continua|avanza|acaba de|subiendo|subio|se llevo|arraso|arrastro)\b",
        ),
        (
            "U4",
            "persona_en_riesgo",
            r"\b(?:nin[oa]s?|bebe|menor(?:es)?|senora|anciana?|adult[oa] mayor|abuelit[oa]|mujer|joven|trabajador|obrero|familias?|vecinos|alumnos|escolares|child|children|wawa)\b[\w ]{0,60}\b(?:golpea\w*|golpiza|sangr\w+|herid[oa]s?|abandonad[oa]s?|sol[oa]s?|perdid[oa]s?|desaparecid[oa]s?|intoxicad[oa]s?|amenaz\w+|agred\w+|atrapad[oa]s?|enferm[oa]s?|hospital|muri\w+|fallec\w+|peligro|violenta\w*|maltrat\w*|encerrad[oa]s?)\b",
        ),
        (
            "U4",
            "peligro",
            r"\b(?:intoxic\w+|envenenad\w+|va a colapsar|por caerse|se va a caer|esta por caer|a punto de (?:caer|colapsar)|peligro de vida|riesgo de muerte|heridos?|atrapad[oa]s|desangr\w+|convulsion\w*|agonizando|linchar\w*|linchamiento|rehen\w*|bala\w*|disparos?)\b",
        ),
        (
            "norm",
            "plazo_de_norma",
            r"\b(?:la ley|la norma|el reglamento|el tuo|articulo|el plazo (?:legal|de ley|es|que))\b[\w ]{0,40}\bdias\b|\bcual es el plazo\b|\bcuantos dias\b|\bque plazo\b|\bhabiles o calendario\b|\ben cuantos dias\b",
        ),
        (
            "far",
            "sin_apuro",
            r"\b(?:fin de mes|fin de ano|proxim[oa] (?:semana|mes|ano)|siguiente (?:semana|mes|ano)|que viene|este ano|el otro mes|next (?:week|month|year)|sin apuro|no hay apuro|con tiempo|proximo trimestre|el mes entrante)\b",
        ),
        (
            "past",
            "hace_tiempo",
            r"\b(?:hace|desde) (?:varios |mas de |casi )?(?:"
            + _NUMBER
            + r" )?(?:meses|mes|anos?|semanas)\b|\bel ano pasado\b|\bel mes pasado\b",
        ),
        (
            "weak",
            "dice_urgente",
            r"\b(?:urgente\w*|urgencia|urge\w*|a la brevedad|cuanto antes|lo antes posible|apoyo inmediato|urgent\w*|asap|rapido|por favor pronto|de inmediato|ya ya)\b",
        ),
    )
)
_LIMIT = re.compile(
    r"\b(?P<cue>queda\w*|falta\w*|tenemos|tengo|nos (?:dan|dieron|da|dio)|me (?:dan|dieron|da|dio)|dieron|dio|dan|plazo(?: de)?|vence en|vencen en|en|dentro de|within|in|otorg\w+|solo|apenas|left)\s+"
    r"(?:plazo |plazo de |solo |apenas |nada mas |unos )?"
    + _NUMBER
    + r"\s+(?:dias?|days?|working days?)\b(?P<kind> habiles| utiles| calendario)?"
)
_DATE_WORDS = re.compile(
    r"\b(\d{1,2})\s+(?:de\s+)?("
    + "|".join(sorted(_MONTHS, key=len, reverse=True))
    + r")\b(?:\s+(?:de[l]?\s+)?(20\d\d))?"
)


def _number(text: str) -> int:
    return int(text) if text.isdigit() else _NUMBERS[text]


def _limits(text: str) -> Iterator[Signal]:
    for found in _LIMIT.finditer(text):
        soon = _number(found[2]) <= SOON_WORKING_DAYS
        yield Signal("U1" if soon else FAR, "quedan_dias" if soon else "quedan_muchos_dias", found[0])


def _dates(text: str, today: date, is_working_day: IsWorkingDay) -> Iterator[Signal]:
    for found in _DATE_WORDS.finditer(text):
        try:
            year = int(found[3]) if found[3] else today.year
            day = date(year, _MONTHS[found[2]], int(found[1]))
        except ValueError:  # 31 de febrero: a slip of the pen, not a date
            continue
        if not found[3] and (today - day).days > LOOK_AHEAD_DAYS // 2:
            day = day.replace(year=year + 1) if (day.month, day.day) != (2, 29) else day
        left = working_days_until(day, today, is_working_day)
        if left < 0:
            yield Signal(PAST, "fecha_pasada", found[0])
        elif left <= SOON_WORKING_DAYS:
            yield Signal("U1", "fecha_cercana", found[0])
        else:
            yield Signal(FAR, "fecha_lejana", found[0])


def signals(words: str, today: date, is_working_day: IsWorkingDay = is_weekday) -> list[Signal]:
    """Every sign for or against urgency in the normalised text ``words`` (tokens joined by spaces)."""
    found = [
        Signal(rule, name, match[0].strip())
        for rule, name, pattern in _PATTERNS
        if (match := pattern.search(words)) is not None
    ]
    found.extend(_limits(words))
    found.extend(_dates(words, today, is_working_day))
    return found
