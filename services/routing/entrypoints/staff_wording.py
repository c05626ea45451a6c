"""What the pages call languages and leaves."""

from __future__ import annotations

from services.routing.use_cases.leaves import LeaveKind
from shared.http.languages import N_

LANGUAGE_NAMES = (
    ("es", N_("castellano")),
    ("en", N_("inglés")),
    ("qu", N_("quechua")),
    ("ay", N_("aimara")),
)
LEAVE_NAMES = {
    LeaveKind.VACATION: N_("Vacaciones"),
    LeaveKind.HEALTH: N_("Salud"),
    LeaveKind.TRAINING: N_("Capacitación"),
    LeaveKind.ERRAND: N_("Comisión de servicio"),
    LeaveKind.FAMILY: N_("Familia"),
    LeaveKind.OTHER: N_("Otro motivo"),
}
