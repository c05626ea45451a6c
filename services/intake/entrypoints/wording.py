"""How states, timelines and proofs of delivery are said to an official, in their language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from flask import current_app

from services.intake.domain.lifecycle import Status
from services.intake.store.reading import Delivery, Entry, Sheet, Summary
from shared.http.languages import current_locale, moment, translate
from shared.texts import N_

STATUS_NAMES = {
    Status.RECEIVED: N_("Recibida"),
    Status.IN_REVIEW: N_("En revisión"),
    Status.ASSIGNED: N_("Con un asesor"),
    Status.WAITING_FOR_YOU: N_("Espera su respuesta"),
    Status.ANSWERED: N_("Respondida"),
    Status.CLOSED: N_("Cerrada"),
    Status.REOPENED: N_("Reabierta"),
    Status.WITHDRAWN: N_("Retirada"),
}
_STATUS_TONES = {Status.WAITING_FOR_YOU: "warn", Status.ANSWERED: "good"}
_STATUS_MEANINGS = {
    Status.RECEIVED: N_("Su consulta está guardada. En un momento le diremos su tema y la fecha de respuesta."),
    Status.IN_REVIEW: N_("Leemos de qué trata y buscamos al asesor indicado."),
    Status.ASSIGNED: N_("Un asesor prepara su respuesta."),
    Status.WAITING_FOR_YOU: N_("El asesor necesita más datos suyos. El plazo está en pausa hasta que responda."),
    Status.ANSWERED: N_("Lea la respuesta abajo. Si no le sirve, puede reabrirla."),
    Status.CLOSED: N_("No queda trabajo pendiente en esta consulta."),
    Status.REOPENED: N_("La volvemos a revisar y le diremos la nueva fecha."),
    Status.WITHDRAWN: N_("Usted la retiró. Nadie más la atenderá."),
}
_SENTENCES = {
    "consultation.submitted": N_("Recibimos su consulta."),
    "consultation.clarified": N_("Usted envió un mensaje."),
    "consultation.reopened": N_("Usted reabrió la consulta."),
    "consultation.withdrawn": N_("Usted retiró la consulta."),
    "consultation.rated": N_("Usted calificó la respuesta con %(score)s de 5."),
    "case.assigned": N_("La atiende %(advisor)s."),
    "case.reassigned": N_("Ahora la atiende %(advisor)s."),
    "case.clarification_requested": N_("El asesor le pidió más datos; el plazo quedó en pausa."),
    "case.answered": N_("%(advisor)s respondió."),
}
_WITH_OWN = N_("Se atiende junto con su consulta %(code)s; la respuesta le llega también aquí.")
_WITH_OTHER = N_("Se atiende junto con otra consulta que pregunta lo mismo; la respuesta le llega aquí.")
_IS_PART = N_("Era parte de su consulta %(code)s; la atendemos por separado, con este código.")
_HAS_PART = N_("Una parte de lo que preguntó se atiende por separado, con el código %(code)s.")
_PROMISED = N_("Fecha de respuesta prometida: %(date)s.")
_NEW_DATE = N_("Nueva fecha de respuesta: %(date)s.")
_WHY_MOVED = {
    "resumed": N_("El plazo volvió a correr."),
    "reclassified": N_("Cambió el tema de la consulta."),
    "reopened": N_("La consulta se reabrió."),
    "calendar_changed": N_("Cambió el calendario de días hábiles."),
    "policy_changed": N_("Cambiaron los plazos de atención."),
    "merged": N_("Se atiende junto con otra consulta."),
    "unmerged": N_("Vuelve a atenderse por separado."),
}
_OUTCOMES = {
    "answered": N_("La consulta se cerró: fue respondida."),
    "withdrawn": N_("La consulta se cerró porque usted la retiró."),
    "out_of_scope": N_("La consulta se cerró: no corresponde a lo que aquí se atiende."),
    "abandoned": N_("La consulta se cerró porque no llegaron los datos pedidos."),
}
_CHANNELS = {"email": N_("Correo"), "sms": N_("SMS")}
_DELIVERY_STATES = {
    "delivered": N_("%(channel)s entregado"),
    "failed": N_("%(channel)s no entregado"),
    "held": N_("%(channel)s retenido para revisión"),
}
_ABOUT = {
    "received": N_("confirmación"),
    "assigned": N_("quién la atiende"),
    "clarification": N_("pedido de datos"),
    "answered": N_("respuesta"),
    "closed": N_("cierre"),
    "merged": N_("unión de consultas"),
}
_KINDS = {
    "answer": N_("Respuesta"),
    "clarification_request": N_("Pedido de datos"),
    "clarification": N_("Su mensaje"),
    "reopening": N_("Por qué la reabrió"),
}


def status_name(status: Status) -> str:
    """A state in a word or two."""
    return translate(STATUS_NAMES[status])


def status_tone(status: Status) -> str:
    """The colour a state's tag has besides its word."""
    return _STATUS_TONES.get(status, "")


def status_meaning(status: Status) -> str:
    """What a state means for the official."""
    return translate(_STATUS_MEANINGS[status])


def kind_name(kind: str) -> str:
    """What a message of the thread is."""
    return translate(_KINDS.get(kind, kind))


def topic_name(topic: Any) -> str | None:
    """The topic's name in the reader's language."""
    return None if topic is None else str(topic["name_en" if current_locale() == "en" else "name_es"])


def entry_text(entry: Entry) -> str:
    """A line of the timeline as a sentence or two."""
    if (teller := _TELLERS.get(entry.type)) is not None:
        return teller(entry).strip()
    sentence = _SENTENCES.get(entry.type)
    if sentence is None:
        return entry.type
    advisor = entry.data.get("advisor") or {}
    said = translate(sentence, advisor=advisor.get("full_name", ""), score=entry.data.get("score", ""))
    if entry.type in ("case.assigned", "case.reassigned"):
        said = f"{said} {_promise(entry, _PROMISED)}"
    return said.strip()


def _classified(entry: Entry) -> str:
    if entry.data.get("needs_triage") or entry.data.get("topic") is None:
        return translate(N_("Una persona revisa el tema de su consulta."))
    return translate(N_("Tema: %(topic)s."), topic=topic_name(entry.data["topic"]))


def _rescheduled(entry: Entry) -> str:
    why = _WHY_MOVED.get(entry.data["reason"], N_("La fecha prometida cambió."))
    return f"{translate(why)} {_promise(entry, _NEW_DATE)}"


def _closed(entry: Entry) -> str:
    ended = translate(_OUTCOMES.get(entry.data["outcome"], N_("La consulta se cerró.")))
    return f"{ended} {entry.data['note']}"


def _merged(entry: Entry) -> str:
    """The code of the other consultation stands there only if it is this official's own."""
    code = entry.data.get("into_code")
    return f"{translate(_WITH_OWN if code else _WITH_OTHER, code=code)} {_promise(entry, _PROMISED)}"


def _unmerged(entry: Entry) -> str:
    return f"{translate(_WHY_MOVED['unmerged'])} {_promise(entry, _PROMISED)}"


def _split(entry: Entry) -> str:
    return translate(_IS_PART if entry.data["is_part"] else _HAS_PART, code=entry.data["other_code"])


_TELLERS: dict[str, Callable[[Entry], str]] = {
    "case.classified": _classified,
    "case.rescheduled": _rescheduled,
    "case.closed": _closed,
    "case.merged": _merged,
    "case.unmerged": _unmerged,
    "case.split": _split,
}


def _promise(entry: Entry, sentence: str) -> str:
    promised = entry.data.get("promised_at")
    return translate(sentence, date=moment(datetime.fromisoformat(promised))) if promised else ""


def delivery_text(delivery: Delivery) -> str:
    """«SMS entregado»: what became of a message."""
    channel = translate(_CHANNELS.get(delivery.channel, delivery.channel))
    return translate(_DELIVERY_STATES[delivery.state], channel=channel)


def delivery_about(delivery: Delivery) -> str:
    """What a message told: «respuesta»; nothing for messages that this release does not know."""
    return translate(_ABOUT.get(delivery.template, ""))


_IN_FORCE = N_("vigente al %(checked)s")
_NOT_YET = N_("al %(checked)s aún no regía: rige desde el %(day)s")
_REPEALED = N_("derogada desde el %(day)s")
_REPEALED_BY = N_("derogada desde el %(day)s por %(by)s")


def validity_text(citation: Mapping[str, Any]) -> str:
    """Whether a cited norm was in force when the answer was sent."""
    checked, began, ended = (_day(citation[name]) for name in ("checked_on", "valid_from", "valid_until"))
    match citation["validity"]:
        case "repealed":
            return translate(
                _REPEALED_BY if citation["repealed_by"] else _REPEALED, day=ended, by=citation["repealed_by"]
            )
        case "not_yet":
            return translate(_NOT_YET, checked=checked, day=began)
        case _:
            return translate(_IN_FORCE, checked=checked)


def file_url(attachment: Mapping[str, Any]) -> str:
    """Where the file of an answer is: at the desk, for who has the link."""
    return f"{str(current_app.config['ROUTING_URL']).rstrip('/')}{attachment['path']}"


def byte_size(count: int) -> str:
    """A size as people read it: «340 KB», «1.4 MB»."""
    return f"{max(1, round(count / _KILO))} KB" if count < _KILO * _KILO else f"{count / _KILO / _KILO:.1f} MB"


_KILO = 1024


def _day(iso: str | None) -> str:
    return f"{date.fromisoformat(iso):%d/%m/%Y}" if iso else ""


def summary_json(summary: Summary) -> dict[str, Any]:
    """A consultation as a line of a list, for programs."""
    topic, advisor = summary.topic, summary.advisor
    return {
        "id": summary.id,
        "code": summary.code,
        "subject": summary.subject_line,
        "status": summary.status.value,
        "status_name": status_name(summary.status),
        "submitted_at": summary.submitted_at.isoformat(),
        "topic": None if topic is None else {"code": topic["code"], "name": topic_name(topic)},
        "advisor": None if advisor is None else dict(advisor),
        "promised_at": _iso(summary.promised_at),
        "answered_at": _iso(summary.answered_at),
    }


def sheet_json(sheet: Sheet) -> dict[str, Any]:
    """A consultation with everything, for programs."""
    rating = None
    if sheet.rating_score is not None:
        rating = {"score": sheet.rating_score, "comment": sheet.rating_comment or ""}
    return {
        **summary_json(sheet),
        "body": sheet.body,
        "channel": sheet.channel,
        "closed_at": _iso(sheet.closed_at),
        "rating": rating,
        "allowed": sorted(act.value for act in sheet.allowed),
        "timeline": [
            {"type": entry.type, "at": entry.at.isoformat(), "text": entry_text(entry), **entry.data}
            for entry in sheet.timeline
        ],
        "messages": [
            {
                "id": message.id, "author": message.author, "author_name": message.author_name,
                "kind": message.kind, "body": message.body, "at": message.at.isoformat(),
                "citations": [{**one, "validity_text": validity_text(one)} for one in message.citations],
                "attachments": [{**one, "url": file_url(one)} for one in message.attachments],
            }
            for message in sheet.messages
        ],
        "deliveries": [
            {
                "channel": delivery.channel, "template": delivery.template, "state": delivery.state,
                "at": delivery.at.isoformat(), "text": delivery_text(delivery),
            }
            for delivery in sheet.deliveries
        ],
    }  # fmt: skip


def _iso(moment_: datetime | None) -> str | None:
    return None if moment_ is None else moment_.isoformat()
