"""What use cases about writing refuse, as problems people and programs can act upon."""

from __future__ import annotations

from typing import Any

from services.routing.entrypoints.refusals import tell
from services.routing.use_cases.drafts import StaleDraftError
from shared.http.languages import N_
from shared.http.problems import STALE, Problem

_STALE_DRAFT = N_("Otra ventana suya guardó, envió o descartó este borrador. Compare ambos textos.")


def _stale_draft(error: StaleDraftError, mine: Any) -> Problem:
    return Problem(STALE, _STALE_DRAFT, mine=mine, theirs=error.theirs, current={"revision": error.revision})


def install() -> None:
    """Make `refusals` know them."""
    tell(StaleDraftError, _stale_draft)
