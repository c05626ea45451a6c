"""The ledger's codes in words for operators."""

from __future__ import annotations

from services.notifications.domain.message import OwnReply
from shared.texts import N_

STATES = {
    "pending": N_("En cola"),
    "sending": N_("Enviando"),
    "uncertain": N_("Incierto"),
    "submitted": N_("Enviado"),
    "delivered": N_("Entregado"),
    "failed": N_("Falló"),
    "held": N_("Retenido"),
}
STATE_CLASSES = {"submitted": "good", "delivered": "good", "failed": "bad", "held": "warn", "uncertain": "warn"}
CHANNELS = {"email": N_("Correo"), "sms": N_("SMS")}
RECIPIENTS = {
    "official": N_("funcionario"),
    "advisor": N_("asesor"),
    "senior": N_("asesor principal"),
    "supervisor": N_("supervisor"),
    "admin": N_("administrador"),
}
TEMPLATES = {
    "received": N_("Consulta recibida"),
    "assigned": N_("Asesor asignado"),
    "clarification": N_("Pedido de aclaración"),
    "answered": N_("Respuesta"),
    "closed": N_("Consulta cerrada"),
    "merged": N_("Consultas unidas o separadas"),
    "case_assigned": N_("Caso asignado"),
    "sla_warning": N_("Plazo por vencer"),
    "sla_digest": N_("Avisos de plazo reunidos"),
    "rescheduled": N_("Nueva fecha prometida"),
    "official_replied": N_("Mensaje del funcionario"),
    "escalated": N_("Caso escalado"),
    "unstaffed": N_("Caso sin asesor"),
    "review_requested": N_("Respuesta por revisar"),
    "review_decided": N_("Revisión decidida"),
    "mentioned": N_("Mención en una nota"),
    "access_link": N_("Enlace de ingreso"),
    "invitation": N_("Invitación"),
}
OUTCOMES = {
    "accepted": N_("aceptado"),
    "deferred": N_("rechazado por ahora"),
    "unavailable": N_("proveedor no disponible"),
    "refused": N_("rechazado"),
    "uncertain": N_("sin respuesta"),
}
REPORTS = {
    1: N_("entregado al teléfono"),
    2: N_("no entregado"),
    4: N_("en espera en la red"),
    8: N_("aceptado por la red"),
    16: N_("rechazado por la red"),
}
OWN_REPLIES: dict[str, str] = {
    OwnReply.CAP: N_("Retenido: esta persona llegó al tope de mensajes por hora."),
    OwnReply.SENDER_LOST: N_("El proceso de envío terminó antes de anotar el resultado."),
    OwnReply.NO_REPORT: N_("No llegó ningún informe de entrega."),
    OwnReply.EXPIRED: N_("Venció antes de poder enviarse."),
    OwnReply.SENT_AGAIN: N_("Reenviado por un operador."),
    OwnReply.NO_ADDRESS: N_("No es una dirección de correo."),
}
GATHERED = "gathered"
TABS = {
    "not_delivered": N_("No entregados"),
    "held": N_("Retenidos"),
    "failed": N_("Fallidos"),
    "pending": N_("En cola"),
    GATHERED: N_("En espera de resumen"),
    "all": N_("Todos"),
}
