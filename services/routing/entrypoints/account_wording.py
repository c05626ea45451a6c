"""Roles and the acts of the audit in words."""

from __future__ import annotations

from flask import Flask

from services.routing.domain.roles import ADMIN, ADVISOR, SENIOR, SUPERVISOR
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
}


def install_account_wording(app: Flask) -> None:
    """Give templates the names of acts; one that has none here is shown by its code."""
    app.jinja_env.filters["audit_act_name"] = lambda action: (
        translate(_ACT_NAMES[action]) if action in _ACT_NAMES else action
    )
