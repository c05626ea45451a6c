"""Roles and the acts of the audit in words."""

from __future__ import annotations

from flask import Flask

from services.routing.domain.roles import ADMIN, ADVISOR, SENIOR, SUPERVISOR
from shared.accounts.audit_reading import Entry
from shared.http.languages import N_, translate

ROLE_NAMES = {
    ADVISOR: N_("asesor"),
    SENIOR: N_("asesor principal"),
    SUPERVISOR: N_("supervisor"),
    ADMIN: N_("administrador"),
    "stranger": N_("desconocido"),
    "system": N_("sistema"),
}

_ACT_NAMES = {
    "session.opened": N_("Ingresó"),
    "session.refused": N_("Ingreso rechazado"),
    "session.closed": N_("Salió"),
    "session.revoked": N_("Cerró sesiones propias"),
    "session.revoked_by_admin": N_("Cerró las sesiones de otra persona"),
    "password.changed": N_("Cambió su contraseña"),
    "second_factor.enrolled": N_("Activó el segundo factor"),
    "second_factor.removed": N_("Quitó su segundo factor"),
    "second_factor.reset": N_("Quitó el segundo factor de otra persona"),
    "second_factor.codes_renewed": N_("Hizo códigos de recuperación nuevos"),
    "invitation.sent": N_("Invitó a alguien"),
    "invitation.resent": N_("Reenvió una invitación"),
    "invitation.revoked": N_("Anuló una invitación"),
    "invitation.accepted": N_("Aceptó una invitación"),
    "account.role_changed": N_("Cambió la función de una cuenta"),
    "account.closed": N_("Cerró una cuenta"),
    "account.reopened": N_("Abrió otra vez una cuenta"),
    "assignment.overridden": N_("Decidió quién atiende un caso"),
    "policy.published": N_("Publicó una política de plazos"),
    "calendar.published": N_("Publicó un calendario"),
    "clocks.recalculated": N_("Recalculó plazos"),
    "access.refused": N_("Intentó ver o hacer algo que no le corresponde"),
    "model.adopted": N_("Puso en uso el modelo con que llegó el sistema"),
    "model.promoted": N_("Puso en uso un modelo"),
    "model.rolled_back": N_("Volvió al modelo anterior"),
}
_SUBJECT_KINDS = {
    "case": "", "account": N_("cuenta"), "invitation": N_("invitación"), "policy": N_("política"),
    "calendar": N_("calendario"), "model": N_("modelo"),
}  # fmt: skip
_DETAILS = {
    "from": N_("desde %(value)s"), "to": N_("a %(value)s"), "by": N_("con %(value)s"), "role": N_("función: %(value)s"),
    "times": N_("veces enviada: %(value)s"), "before": N_("antes: %(value)s"), "route": N_("página: %(value)s"),
    "status": N_("respuesta: %(value)s"), "trial_id": N_("ensayo %(value)s"), "run_id": N_("recálculo %(value)s"),
    "is_last_of_the_hour": N_("es el último que se anota en esta hora"),
}  # fmt: skip
_VALUES = {"password": N_("contraseña"), "link": N_("enlace"), "second_factor": N_("segundo factor"), **ROLE_NAMES}


def install_account_wording(app: Flask) -> None:
    """Give templates the names of acts; one that has none here is shown by its code."""
    app.jinja_env.filters["audit_act_name"] = lambda action: (
        translate(_ACT_NAMES[action]) if action in _ACT_NAMES else action
    )
    app.jinja_env.filters["audit_subject"] = audit_subject
    app.jinja_env.filters["audit_details"] = audit_details


def audit_subject(line: Entry) -> str:
    """What it was done to: a name, a code, or a kind of thing and its number. Empty for no thing in particular."""
    kind, _, name = line.subject.partition(":")
    if line.about or not name:
        return line.about or ""
    return " ".join(filter(None, (translate(_SUBJECT_KINDS.get(kind, kind)), name)))


def audit_details(line: Entry) -> list[str]:
    """The particulars, as short remarks; what nothing is known of is left out, and what has no words is shown as is."""
    shown = {name: value for name, value in sorted(line.detail.items()) if value is not None and name != "method"}
    return [
        translate(_DETAILS[name], value=_value(value)) if name in _DETAILS else f"{name}: {value}"
        for name, value in shown.items()
    ]


def _value(value: object) -> str:
    return translate(_VALUES[value]) if isinstance(value, str) and value in _VALUES else str(value)
