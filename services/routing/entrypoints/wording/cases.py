"""What the pages call states, queues, clocks and the lines of a timeline."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Flask

from services.routing.domain.case_state import CaseState
from services.routing.store import places
from services.routing.use_cases import topics
from shared.http.languages import N_, current_locale, moment, span, translate

STATE_NAMES = {
    CaseState.TRIAGE: N_("Por clasificar"),
    CaseState.UNSTAFFED: N_("Sin asesor"),
    CaseState.ASSIGNED: N_("En atención"),
    CaseState.WAITING: N_("Espera al funcionario"),
    CaseState.ANSWERED: N_("Respondido"),
    CaseState.CLOSED: N_("Cerrado"),
    CaseState.MERGED: N_("Unido a otro"),
}
_STATE_TONES = {
    CaseState.TRIAGE: "warn",
    CaseState.UNSTAFFED: "bad",
    CaseState.ANSWERED: "good",
}
VIEW_NAMES = {
    "mine": N_("Míos"),
    "team": N_("Mi equipo"),
    "unassigned": N_("Sin asesor"),
    "triage": N_("Por clasificar"),
    "waiting": N_("Esperan al funcionario"),
    "snoozed": N_("Pospuestos"),
    "at_risk": N_("En riesgo"),
    "breached": N_("Vencidos"),
    "closed": N_("Respondidos y cerrados"),
    "all": N_("Todos"),
}
EMPTY_VIEWS = {
    "mine": N_("No tiene casos a su cargo. Mire los de su equipo, o espere: lo que llegue se le asigna solo."),
    "team": N_("No hay casos abiertos de los temas de su equipo."),
    "unassigned": N_("Todos los casos tienen quien los atienda."),
    "triage": N_("No hay nada por clasificar."),
    "waiting": N_("Nadie tiene pendiente una aclaración."),
    "snoozed": N_("No hay casos pospuestos."),
    "at_risk": N_("Ningún caso está por vencer."),
    "breached": N_("Ningún plazo está vencido."),
    "closed": N_("Todavía no hay casos respondidos ni cerrados."),
    "all": N_("Todavía no ha llegado ninguna consulta."),
}
SORT_NAMES = {
    "due": N_("Tiempo que queda"),
    "newest": N_("Recibidos al final primero"),
    "oldest": N_("Recibidos al principio primero"),
    "ended": N_("Terminados al final primero"),
    "best": N_("Los que mejor coinciden"),
}
AGE_NAMES = {
    "-1": N_("Menos de un día"),
    "1-7": N_("De uno a siete días"),
    "7-30": N_("De una a cuatro semanas"),
    "30-": N_("Más de un mes"),
}
OUTCOME_NAMES = {
    "answered": N_("Respondido"),
    "withdrawn": N_("Retirado por el funcionario"),
    "out_of_scope": N_("Fuera de alcance"),
    "abandoned": N_("Sin respuesta del funcionario"),
}
_CLOCK_NAMES = {
    "first_response": N_("Primera respuesta"),
    "next_response": N_("Siguiente respuesta"),
    "resolution": N_("Respuesta final"),
}
_CLOCK_STATES = {
    "running": N_("corre"),
    "paused": N_("en pausa"),
    "met": N_("cumplido"),
    "breached": N_("vencido"),
    "not_applicable": N_("no aplica"),
}
_CLOCK_TONES = {"met": "good", "breached": "bad", "paused": "warn"}
_MESSAGE_NAMES = {
    "consultation": N_("Consulta"),
    "answer": N_("Respuesta"),
    "clarification_request": N_("Pedido de aclaración"),
    "clarification": N_("Mensaje del funcionario"),
    "reopening": N_("Reapertura"),
}
_LINK_NAMES = {
    "related": N_("relacionado"),
    "duplicate": N_("duplicado"),
    "follows": N_("este continúa aquel"),
    "followed": N_("aquel continúa este"),
    "whole": N_("este salió de aquel"),
    "part": N_("aquel salió de este"),
    "split": N_("salió de otro"),
}
_LINES = {
    "submitted": N_("Consulta recibida."),
    "reclassified": N_("Tema decidido: %(topic)s."),
    "assigned": N_("Asignado a %(advisor)s."),
    "reassigned": N_("Pasó a %(advisor)s."),
    "unstaffed": N_("Nadie podía tomarlo; se avisó a supervisión."),
    "answer_sent": N_("Respuesta enviada."),
    "review_requested": N_("Respuesta enviada a revisión (ronda %(round)s)."),
    "review_returned": N_("Revisión: devuelta para cambios."),
    "review_taken_back": N_("Retirada de revisión."),
    "attachment_withdrawn": N_("Se retiró un archivo ya enviado."),
    "official_message": N_("El funcionario escribió."),
    "clarification_requested": N_("Se pidió una aclaración; plazos en pausa."),
    "closed": N_("Caso cerrado: %(outcome)s."),
    "withdrawn": N_("Retirado por el funcionario."),
    "reopened": N_("Reabierto por el funcionario."),
    "wait_expired": N_("La espera llegó a su límite; los plazos corren de nuevo."),
    "sla_warning": N_("Aviso: pasó el %(percent)s %% del plazo (%(clock)s)."),
    "sla_breached": N_("Plazo vencido (%(clock)s)."),
    "recalculated": N_("Plazos contados de nuevo con la edición %(edition)s."),
    "idle": N_("Nadie lo ha tocado en el plazo y nadie más puede tomarlo; se avisó a supervisión."),
    "rated": N_("Calificado con %(score)s de 5."),
    "merged_into": N_("Unido al caso %(code)s."),
    "absorbed": N_("Se unió a este el caso %(code)s."),
    "unmerged": N_("Se deshizo la unión con %(code)s."),
    "left": N_("Ya no está unido con %(code)s."),
    "snoozed": N_("Pospuesto hasta %(until)s; los plazos corren igual."),
    "awoken": N_("De vuelta entre los casos del asesor."),
    "linked": N_("Relacionado con %(code)s (%(link)s)."),
    "unlinked": N_("Se quitó la relación con %(code)s."),
    "split_off": N_("Una parte pasó a un caso propio, con el tema %(topic)s."),
}


def state_name(state: str) -> str:
    """A state in words."""
    return translate(STATE_NAMES[CaseState(state)])


def state_tone(state: str) -> str:
    """The colour that goes with the words."""
    return _STATE_TONES.get(CaseState(state), "")


def outcome_name(outcome: str) -> str:
    """How a case ended, in words."""
    return translate(OUTCOME_NAMES[outcome])


def clock_name(name: str) -> str:
    """A clock in words."""
    return translate(_CLOCK_NAMES[name])


def clock_state(state: str) -> str:
    """Where a clock stands, in words."""
    return translate(_CLOCK_STATES[state])


def clock_tone(state: str) -> str:
    """The colour that goes with the words."""
    return _CLOCK_TONES.get(state, "")


def message_name(kind: str) -> str:
    """What a message of the thread is."""
    return translate(_MESSAGE_NAMES[kind])


def topic_name(code: str) -> str:
    """A topic in words."""
    return topics.named(code).name(current_locale())


def kind_name(code: str) -> str:
    """A kind of consultation in words."""
    found = topics.kinds().get(code)
    return found.name(current_locale()) if found else code


def time_left(seconds: float | None) -> str:
    """«vence en 3 horas», «venció hace 2 días», or that no deadline runs."""
    if seconds is None:
        return translate(N_("sin plazo en curso"))
    if seconds < 0:
        return translate(N_("venció hace %(span)s"), span=span(-seconds))
    return translate(N_("vence en %(span)s"), span=span(seconds))


def work_span(seconds: int) -> str:
    """A length of working time: «7 h 30 min», exact to the minute."""
    minutes = abs(seconds) // 60
    parts = [f"{minutes // 60} h"] if minutes >= 60 else []  # noqa: PLR2004 - minutes of an hour
    parts += [f"{minutes % 60} min"] if minutes % 60 or not parts else []
    return ("−" if seconds < 0 else "") + " ".join(parts)


_HARDLY = 0.005


def percent(share: float) -> str:
    """A confidence for people: never quite certain, the sign kept with its number."""
    return "<\u00a01\u00a0%" if share < _HARDLY else f"{min(round(share * 100), 99)}\u00a0%"


def timeline_text(line: dict[str, Any]) -> str:
    """A line of the log as a sentence."""
    details = dict(line["details"])
    if "clock" in details:
        details["clock"] = clock_name(details["clock"]).lower()
    if "until" in details:
        details["until"] = moment(datetime.fromisoformat(details["until"]), "short")
    if "link" in details:
        details["link"] = link_name(details["link"])
    if "outcome" in details:
        details["outcome"] = outcome_name(details["outcome"]).lower()
    return translate(
        _LINES[line["type"]],
        **{**dict.fromkeys(("topic", "advisor", "outcome", "score", "code", "round"), ""), **details},
    )


_FILTER_TEXTS = {
    "q": N_("Texto: %(value)s"),
    "topic": N_("Tema: %(value)s"),
    "kind": N_("Tipo: %(value)s"),
    "urgent": N_("Urgencia: %(value)s"),
    "place": N_("Lugar: %(value)s"),
    "advisor": N_("Asesor: %(value)s"),
    "state": N_("Estado: %(value)s"),
    "min_age_days": N_("Antigüedad: %(value)s"),
    "max_age_days": N_("Antigüedad: %(value)s"),
}
_DAYS_FROM, _DAYS_BETWEEN, _DAYS_UNTIL = (
    N_("%(least)s días o más"), N_("de %(least)s a %(most)s días"), N_("menos de %(most)s días"),
)  # fmt: skip


def filter_text(chip: dict[str, Any]) -> str:
    """A filter in force, in words."""
    name, value = chip["name"], chip["value"]
    if name == "topic":
        value = topic_name(value)
    elif name == "kind":
        value = kind_name(value)
    elif name == "urgent":
        value = translate(N_("solo urgentes") if value else N_("solo no urgentes"))
    elif name == "place":
        value = places.full_name(value)
    elif name == "state":
        value = state_name(value)
    elif name == "max_age_days":
        value = translate(_DAYS_UNTIL, most=value)
    elif name == "min_age_days":
        value = translate(_DAYS_BETWEEN if chip["until"] else _DAYS_FROM, least=value, most=chip["until"])
    return translate(_FILTER_TEXTS[name], value=value)


def link_name(kind: str) -> str:
    """What a linked case is to the one at hand."""
    return translate(_LINK_NAMES.get(kind, kind))


def install_wording(app: Flask) -> None:
    """Give templates the words."""
    filters = (
        state_name, state_tone, outcome_name, clock_name, clock_state, clock_tone, message_name, topic_name, kind_name,
        time_left, work_span, timeline_text, percent, link_name, filter_text,
    )  # fmt: skip
    for one in filters:
        app.jinja_env.filters[one.__name__] = one
