"""What use cases about writing refuse, as problems people and programs can act upon."""

from __future__ import annotations

from typing import Any

from services.routing.domain.unresolved import UnresolvedTextError
from services.routing.entrypoints.refusals.cases import tell
from services.routing.use_cases.answering import ReviewRequiredError
from services.routing.use_cases.drafts import StaleDraftError
from services.routing.use_cases.library import (
    NameTakenError,
    NoSuchItemError,
    NotAnEditorError,
    StaleItemError,
    UnknownVariableError,
)
from services.routing.use_cases.notes import NobodyCalledSoError
from services.routing.use_cases.reviewing import NobodyToReviewError, NoReviewError, NotAReviewerError
from shared.http.languages import N_, Phrase
from shared.http.problems import CONFLICT, FORBIDDEN, INVALID, NOT_FOUND, STALE, Problem

_STALE_DRAFT = N_("Otra ventana suya guardó, envió o descartó este borrador. Compare ambos textos.")
_UNRESOLVED = N_("Falta completar o quitar esto antes de enviar: %(places)s")
_REVIEW_REQUIRED = N_(
    "En este tema sus respuestas pasan por revisión. Pulse «Enviar a revisión»: saldrá con su nombre al aprobarse."
)
_NO_REVIEW = N_("Ya no hay nada por decidir: la respuesta se envió, se devolvió o se retiró de revisión.")
_NOT_A_REVIEWER = N_("Usted no puede decidir sobre esta respuesta: es suya, o el tema pide a otra persona.")
_NOBODY = N_("No hay quien pueda revisar este tema. Pida a supervisión que lo atienda.")
_NOBODY_CALLED_SO = N_("Nadie que pueda ver este caso se llama así: %(handles)s. Corrija el nombre, o quite la @.")
_NAME_TAKEN = N_("Ya hay otro con ese nombre en el mismo tema.")
_NOT_AN_EDITOR = N_("Los textos de este tema los cuidan los asesores principales que lo conocen, y supervisión.")
_UNKNOWN_VARIABLE = N_("Ningún caso tiene estas variables: %(names)s")


def _stale_draft(error: StaleDraftError, mine: Any) -> Problem:
    return Problem(
        STALE,
        _STALE_DRAFT,
        mine=mine,
        theirs=error.theirs,
        current={"revision": error.revision, "citations": error.citations},
    )


def _unresolved(error: UnresolvedTextError, _mine: Any) -> Problem:
    return Problem(INVALID, fields={"body": [Phrase(_UNRESOLVED, places=" ".join(error.places))]})


def _nobody_called_so(error: NobodyCalledSoError, _mine: Any) -> Problem:
    called = " ".join(f"@{handle}" for handle in error.handles)
    return Problem(INVALID, fields={"body": [Phrase(_NOBODY_CALLED_SO, handles=called)]})


def _unknown_variable(error: UnknownVariableError, _mine: Any) -> Problem:
    return Problem(INVALID, fields={"body": [Phrase(_UNKNOWN_VARIABLE, names=", ".join(error.names))]})


def _plain(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value if isinstance(value, int | dict | None) else str(value) for name, value in item.items()}


def install() -> None:
    """Make `refusals` know them."""
    tell(StaleDraftError, _stale_draft)
    tell(UnresolvedTextError, _unresolved)
    tell(ReviewRequiredError, lambda _error, _mine: Problem(FORBIDDEN, _REVIEW_REQUIRED))
    tell(NoSuchItemError, lambda _error, _mine: Problem(NOT_FOUND))
    tell(NotAnEditorError, lambda _error, _mine: Problem(FORBIDDEN, _NOT_AN_EDITOR))
    tell(NameTakenError, lambda _error, _mine: Problem(INVALID, fields={"name": [_NAME_TAKEN]}))
    tell(NobodyCalledSoError, _nobody_called_so)
    tell(UnknownVariableError, _unknown_variable)
    tell(StaleItemError, lambda error, mine: Problem(STALE, mine=mine, theirs=_plain(error.item)))
    tell(NoReviewError, lambda _error, _mine: Problem(CONFLICT, _NO_REVIEW))
    tell(NotAReviewerError, lambda _error, _mine: Problem(FORBIDDEN, _NOT_A_REVIEWER))
    tell(NobodyToReviewError, lambda _error, _mine: Problem(CONFLICT, _NOBODY))
