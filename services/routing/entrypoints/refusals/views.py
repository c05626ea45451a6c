"""What is refused of saved views, as problems people can act upon."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from services.routing.use_cases.queues import BadCursorError
from services.routing.use_cases.saved_views import (
    TooManyViewsError,
    ViewForbiddenError,
    ViewNameTakenError,
    ViewNotFoundError,
)
from shared.http.languages import N_
from shared.http.problems import CONFLICT, FORBIDDEN, INVALID, NOT_FOUND, Problem

_SHARED = N_("Solo quien supervisa comparte una vista o cambia una compartida.")
_NAME_TAKEN = N_("Ya tiene una vista con ese nombre.")
_TOO_MANY = N_("Ya tiene treinta vistas guardadas. Borre una antes de guardar otra.")
_BAD_CURSOR = N_("El cursor no es válido; pida la primera página otra vez.")


@contextmanager
def view_refusals() -> Iterator[None]:
    """Turn what queues and saved views refuse into a problem.

    :raises Problem: instead of the use case's own error.
    """
    try:
        yield
    except ViewNotFoundError:
        raise Problem(NOT_FOUND) from None
    except ViewForbiddenError:
        raise Problem(FORBIDDEN, _SHARED) from None
    except ViewNameTakenError:
        raise Problem(INVALID, fields={"name": [_NAME_TAKEN]}) from None
    except TooManyViewsError:
        raise Problem(CONFLICT, _TOO_MANY) from None
    except BadCursorError:
        raise Problem(INVALID, fields={"cursor": [_BAD_CURSOR]}) from None
