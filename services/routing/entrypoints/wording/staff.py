"""What the pages call languages and leaves."""

from __future__ import annotations

from services.routing.domain.assignment import Skip
from services.routing.use_cases.leaves import LeaveKind
from services.routing.use_cases.placing import How
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
WAY_NAMES = {
    How.SCORED: N_("por puntaje"),
    How.REFILLED: N_("al liberar cupo"),
    How.TAKEN: N_("tomado por el asesor"),
    How.CHOSEN: N_("por decisión de una persona"),
    How.LEAVE: N_("por licencia de otro"),
    How.IDLE: N_("sin atender por otro"),
    How.REBALANCED: N_("por redistribución"),
}
SKIP_NAMES = {
    Skip.LEAVE: N_("de licencia"),
    Skip.AWAY: N_("no disponible"),
    Skip.FULL: N_("sin cupo"),
    Skip.RETURNED: N_("lo tuvo sin atender"),
}
