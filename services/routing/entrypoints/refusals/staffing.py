"""What use cases about leaves, teams and the next case refuse, as problems people and programs can act upon."""

from __future__ import annotations

from services.routing.entrypoints.refusals.cases import tell
from services.routing.use_cases.assigning import NothingWaitsError
from services.routing.use_cases.fairness import PeriodRefusedError
from services.routing.use_cases.leaves import LeaveNotFoundError, LeaveOverError, LeaveRefusedError
from services.routing.use_cases.rebalancing import PlanNotFoundError, PlanSpentError
from services.routing.use_cases.staff import TeamNotFoundError
from shared.http.languages import N_
from shared.http.problems import CONFLICT, INVALID, NOT_FOUND, Problem

_LEAVE_REFUSED = {
    "past": N_("Esa licencia ya terminó: elija un último día de hoy en adelante."),
    "order": N_("El último día no puede ser anterior al primero."),
    "long": N_("Una licencia puede durar un año como máximo."),
    "overlap": N_("Esa persona ya tiene una licencia en esos días."),
}
_LEAVE_OVER = N_("Esa licencia ya terminó o se anuló: no hay nada que anular.")
_NOTHING_WAITS = N_("No hay casos que esperen en sus temas. Los que lleguen se le asignarán según su cupo.")
_PERIOD = N_("El último día no puede ser anterior al primero, ni el periodo pasar de un año.")
_PLAN_SPENT = N_("Ese plan ya se aplicó, o tiene más de media hora: calcule otro.")
_NO_TEAM = N_("Ese equipo ya no existe.")


def install() -> None:
    """Make `refusals` know them."""
    tell(NothingWaitsError, lambda _error, _mine: Problem(CONFLICT, _NOTHING_WAITS))
    tell(LeaveNotFoundError, lambda _error, _mine: Problem(NOT_FOUND))
    tell(LeaveOverError, lambda _error, _mine: Problem(CONFLICT, _LEAVE_OVER))
    tell(
        LeaveRefusedError,
        lambda error, _mine: Problem(INVALID, fields={error.field: [_LEAVE_REFUSED[error.cause]]}),
    )
    tell(PeriodRefusedError, lambda _error, _mine: Problem(INVALID, fields={"until": [_PERIOD]}))
    tell(PlanNotFoundError, lambda _error, _mine: Problem(NOT_FOUND))
    tell(PlanSpentError, lambda _error, _mine: Problem(CONFLICT, _PLAN_SPENT))
    tell(TeamNotFoundError, lambda _error, _mine: Problem(INVALID, fields={"team_id": [_NO_TEAM]}))
