"""The wording of urgency: which turns show rules U1 to U4 of the taxonomy, and which speak against urgency.

Patterns run on normalised text (no accents, lower case, «ñ» as «n»). ``U1`` a limit or official act within five working
days, ``U2`` a service or a living wage interrupted now, ``U3`` a disaster, ``U4`` people at risk; ``norm`` the term
of the norm consulted, ``far`` time enough, ``past`` long ago, ``weak`` only says that it is urgent.
"""

from __future__ import annotations

import re

NUMBERS = {
    "un": 1, "una": 1, "uno": 1, "one": 1, "dos": 2, "two": 2, "iskay": 2, "tres": 3, "three": 3, "kimsa": 3,
    "cuatro": 4, "four": 4, "cinco": 5, "five": 5, "seis": 6, "siete": 7, "ocho": 8, "nueve": 9, "diez": 10, "ten": 10,
    "quince": 15, "veinte": 20, "treinta": 30,
}  # fmt: skip
NUMBER = r"(\d{1,3}|" + "|".join(NUMBERS) + ")"
_HOURS = NUMBER + r" (?:horas?|hours?|minutos)"
_WEEKDAY = (
    "(?:lunes|martes|miercoles|jueves|viernes|sabado|domingo|monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
)
_NOT_PAST = r"(?! (?:pasad[oa]|de cada|siguiente al))"
_ENDS = r"(?:vence|vencia|vencio|caduca|cierran?|se cierra|termina|expira|se acaba|expires?|closes?)"
_PEOPLE = (
    r"(?:nin[oa]s?|bebe|menor(?:es)?|senora|anciana?|adult[oa] mayor|abuelit[oa]|mujer|joven|trabajador|obrero|"
    r"familias?|vecinos|alumnos|escolares|child|children|wawa)"
)
_HARM = (
    r"(?:golpea\w*|golpiza|sangr\w+|herid[oa]s?|abandonad[oa]s?|sol[oa]s?|perdid[oa]s?|desaparecid[oa]s?|"
    r"intoxicad[oa]s?|amenaz\w+|agred\w+|atrapad[oa]s?|enferm[oa]s?|hospital|muri\w+|fallec\w+|peligro|violenta\w*|"
    r"maltrat\w*|encerrad[oa]s?)"
)
_SYSTEM = r"(?:sistema|siaf|seace|pladicop|siga|modulo|plataforma|portal|aplicativo|pagina|servidor|system)"
_STAFF = r"(?:planilla|sueldos?|haberes|jornales|pensiones|pensionistas|obreros|trabajadores)"
_SPAN = rf"(?:varios |mas de |casi )?(?:{NUMBER} )?(?:meses|mes|anos?|semanas)"

_WORDING: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("U1", "hoy", (
        r"hoy(?: mismo| dia| termina| vence)?|today|tonight|esta (?:noche|tarde|manana)",
        r"kunan punchaw|jichhuru|this (?:morning|afternoon|evening)",
    )),
    ("U1", "manana", (
        r"(?<!la )(?<!de )(?<!por )(?<!cada )(?:pasado )?manana(?! por manana)|tomorrow|paqarin\w*",
    )),
    ("U1", "en_horas", (
        rf"(?:en|dentro de|quedan?|faltan?|unas?|in|within|plazo de|nos dan|dan|dio|dieron) (?:menos de )?{_HOURS}",
        r"(?:24|48|72) (?:horas|hours)",
    )),
    ("U1", "este_dia", (
        rf"(?:este|para el|hasta el|antes del|mismo|el|this|by|on|until|next) (?:proximo |dia )?{_WEEKDAY}{_NOT_PAST}",
    )),
    ("U1", "vence_ya", (
        rf"{_ENDS} (?:el plazo )?(?:hoy|manana|ayer|pasado|este|el {_WEEKDAY}|en {NUMBER} dias?)",
    )),
    ("U1", "en_curso", (
        r"ya estan aqui|estan en (?:la|el) (?:puerta|despacho)|en este momento|ahorita|ahora mismo|en plena sesion",
        r"right now|acaban de|acaba de|recien",
    )),
    ("U1", "ayer", (r"ayer|anoche|yesterday|last night|anteayer|antes de ayer",)),
    ("U2", "servicio_cortado", (
        r"sin (?:agua|luz|servicio|recojo|recoger|internet|sistema|energia|desague|combustible)",
        r"no hay (?:agua|luz|sistema|servicio)|cort(?:aron|ado) (?:el |la |de )?(?:agua|luz|servicio|energia)",
        r"no (?:llega|sale) agua|without water|no water",
    )),
    ("U2", "sistema_caido", (
        _SYSTEM + r"\b[\w ]{0,20}\b(?:caid[oa]|se cayo|colgad[oa]|bloquead[oa]|down|"
        r"no (?:abre|carga|responde|funciona|deja))",
    )),
    ("U2", "planilla_impaga", (
        _STAFF + r"\b[\w ]{0,40}\b(?:impag[oa]s?|sin (?:pagar|cobrar)|reclaman|protest\w+|paro|"
        r"no (?:han |se ha |les han |se )?(?:cobr\w+|pag\w+))",
    )),
    ("U2", "dias_sin", (rf"(?:hace|llevamos|llevan|van|ya|desde hace) {NUMBER} dias?\b[\w ]{{0,20}}\bsin",)),
    ("U3", "desastre", (
        r"huaico|huayco|sismo|temblor|terremoto|incendio|inundacion|inundad[oa]s?|inundo|desborde|desbordo|desbordand\w+",
        r"deslizamiento|derrumbe|helada|friaje|granizada|nevada|alud|lluvias? torrencial\w*|riada|damnificad[oa]s?",
        r"crecida|landslide|flood\w*|earthquake|fire|lluqlla|lloqlla",
    )),
    ("U3", "desastre_ahora", (
        r"hace (?:una|1|dos|2|\d+|un rato|unas) ?(?:horas?|minutos|momento)?|esta madrugada|anoche|ahora|ahorita",
        r"en este momento|siguen?|continua|avanza|acaba de|subiendo|subio|se llevo|arraso|arrastro",
    )),
    ("U4", "persona_en_riesgo", (_PEOPLE + r"\b[\w ]{0,60}\b" + _HARM,)),
    ("U4", "peligro", (
        r"intoxic\w+|envenenad\w+|va a colapsar|por caerse|se va a caer|esta por caer|a punto de (?:caer|colapsar)",
        r"peligro de vida|riesgo de muerte|heridos?|atrapad[oa]s|desangr\w+|convulsion\w*|agonizando|linchar\w*",
        r"linchamiento|rehen\w*|bala\w*|disparos?",
    )),
    ("norm", "plazo_de_norma", (
        r"(?:la ley|la norma|el reglamento|el tuo|articulo|el plazo (?:legal|de ley|es|que))\b[\w ]{0,40}\bdias",
        r"cual es el plazo|cuantos dias|que plazo|habiles o calendario|en cuantos dias",
    )),
    ("far", "sin_apuro", (
        r"fin de mes|fin de ano|(?:proxim[oa]|siguiente) (?:semana|mes|ano)|que viene|este ano|el otro mes",
        r"next (?:week|month|year)|sin apuro|no hay apuro|con tiempo|proximo trimestre|el mes entrante",
    )),
    ("past", "hace_tiempo", (rf"(?:hace|desde) {_SPAN}|el ano pasado|el mes pasado",)),
    ("weak", "dice_urgente", (
        r"urgente\w*|urgencia|urge\w*|a la brevedad|cuanto antes|lo antes posible|apoyo inmediato|urgent\w*|asap",
        r"rapido|por favor pronto|de inmediato|ya ya",
    )),
)  # fmt: skip

SIGNS: tuple[tuple[str, str, re.Pattern[str]], ...] = tuple(
    (rule, name, re.compile(rf"\b(?:{'|'.join(wording)})\b")) for rule, name, wording in _WORDING
)
