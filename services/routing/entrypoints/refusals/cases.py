"""Domain refusals as problems people and programs can act upon."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from services.routing.domain.case_state import ImpossibleActError
from services.routing.store.advisors import Seat
from services.routing.use_cases.acting import ActRefusedError, CaseNotFoundError, NotInChargeError, StaleVersionError
from services.routing.use_cases.assigning import NoteRequiredError
from services.routing.use_cases.closing import NotAnsweredError
from services.routing.use_cases.leaves import AdvisorNotFoundError
from services.routing.use_cases.settlement import NoRoomError, NotAnAdvisorError
from services.routing.use_cases.staff import StaleAdvisorError
from shared.http.languages import N_, translate
from shared.http.problems import CONFLICT, FORBIDDEN, INVALID, NOT_FOUND, STALE, Problem

_NOT_IN_CHARGE = N_(
    "El caso está a cargo de otra persona. Pida que se lo transfieran, o a su supervisor que lo asigne."
)
_ON_LEAVE = N_("%(name)s está de licencia hasta el %(day)s. Elija a otra persona.")
_AWAY = N_("%(name)s no está disponible. Elija a otra persona.")
_FULL = N_("%(name)s tiene %(open)s de %(capacity)s casos: no le queda cupo. Elija a otra persona, o amplíe su cupo.")
_NOT_ANSWERED = N_("El caso no tiene respuesta: no se puede cerrar como respondido. Responda, o elija otro motivo.")
_NOT_AN_ADVISOR = N_("Esa cuenta no atiende casos.")
_NOTE_REQUIRED = N_("Escriba el motivo, o una nota para quien recibe el caso.")


_TOLD: dict[type[Exception], Callable[[Any, Any], Problem]] = {
    NotAnAdvisorError: lambda _error, _mine: Problem(INVALID, fields={"advisor_id": [_NOT_AN_ADVISOR]}),
    NoteRequiredError: lambda _error, _mine: Problem(INVALID, fields={"note": [_NOTE_REQUIRED]}),
}


def tell(error: type[Exception], problem: Callable[[Any, Any], Problem]) -> None:
    """Add a refusal of a subject that has its own module: `problem(error, mine)` makes what people are told."""
    _TOLD[error] = problem


@contextmanager
def refusals(mine: Any = None) -> Iterator[None]:
    """Turn what a use case refuses into a problem. `mine`: what the person sent, to be shown beside what is there now.

    :raises Problem: instead of the use case's own error.
    """
    try:
        yield
    except (CaseNotFoundError, AdvisorNotFoundError):
        raise Problem(NOT_FOUND) from None
    except StaleVersionError as error:
        raise Problem(STALE, mine=mine, theirs=error.theirs, current=error.current) from None
    except StaleAdvisorError as error:
        raise Problem(STALE, mine=mine, theirs=_plain(error.entry)) from None
    except NotInChargeError:
        raise Problem(FORBIDDEN, _NOT_IN_CHARGE) from None
    except (ImpossibleActError, ActRefusedError) as error:
        state: dict[str, Any] = {"state": str(error.state)} if isinstance(error, ImpossibleActError) else {}
        raise Problem(CONFLICT, error.sentence, **state) from None
    except NoRoomError as error:
        seat = error.seat
        raise Problem(CONFLICT, _why_no_room(seat), open=seat.open_count, capacity=seat.capacity) from None
    except NotAnsweredError:
        raise Problem(CONFLICT, _NOT_ANSWERED) from None
    except tuple(_TOLD) as error:
        raise _TOLD[type(error)](error, mine) from None


def _why_no_room(seat: Seat) -> str:
    if seat.is_on_leave and seat.leave_until is not None:
        return translate(_ON_LEAVE, name=seat.full_name, day=seat.leave_until.strftime("%d/%m/%Y"))
    if seat.open_count >= seat.capacity:
        return translate(_FULL, name=seat.full_name, open=seat.open_count, capacity=seat.capacity)
    return translate(_AWAY, name=seat.full_name)


def _plain(entry: dict[str, Any]) -> dict[str, Any]:
    return {key: value if isinstance(value, int | dict | None) else str(value) for key, value in entry.items()}
