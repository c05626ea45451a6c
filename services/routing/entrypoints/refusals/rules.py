"""What editing rules can be refused for, as problems people can act upon; and doing it once per form."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import request

from services.routing.domain.sla_errors import SlaError
from services.routing.entrypoints.doing import parts
from services.routing.use_cases.recalculating import RecalculationRunsError
from services.routing.use_cases.rules import (
    NothingToPublishError,
    NotInForceError,
    StaleDraftError,
    TrialRequiredError,
)
from shared.accounts.access import the_person
from shared.http.idempotency import once
from shared.http.languages import N_, current_locale
from shared.http.problems import CONFLICT, INVALID, NOT_FOUND, STALE, Problem
from shared.messaging.work import Work

OK = 200
NO_NEW_DAYS = N_("El archivo no trae ningún día nuevo.")
_STALE = N_("Otra persona cambió este borrador. Vea cómo quedó y repita su cambio.")
_NOTHING = N_("El borrador no cambia nada de lo que está en vigor.")
_NOT_TRIED = N_("Antes de publicar hay que ensayar el borrador tal como está ahora, hasta el final.")
_NOT_IN_FORCE = N_("Solo se puede adoptar la edición en vigor.")
_RUNS = N_("Ya hay un recálculo en curso; espere a que termine.")


@contextmanager
def rule_refusals() -> Iterator[None]:
    """Turn what a use case refuses into a problem.

    :raises Problem: instead of the use case's own error.
    """
    try:
        yield
    except StaleDraftError as error:
        raise Problem(STALE, _STALE, current=error.current) from None
    except NothingToPublishError:
        raise Problem(CONFLICT, _NOTHING) from None
    except TrialRequiredError:
        raise Problem(CONFLICT, _NOT_TRIED) from None
    except NotInForceError:
        raise Problem(CONFLICT, _NOT_IN_FORCE) from None
    except RecalculationRunsError as error:
        raise Problem(CONFLICT, _RUNS, run_id=str(error.run_id)) from None
    except SlaError as error:
        raise Problem(INVALID, fields={"content": [error.text(current_locale())]}) from None
    except LookupError:
        raise Problem(NOT_FOUND) from None


def do_rules(
    key: str | None, content: Any, act: Callable[[Work], dict[str, Any]], *, status: int = OK
) -> dict[str, Any]:
    """Run a use case for the person of this request, once per key where there is one; returns its JSON-ready answer.

    :raises Problem: it was refused.
    """
    with rule_refusals(), parts().units.begin() as work:
        if key is None:
            return act(work)
        actor = the_person().id
        answer = once(work, actor=actor, key=key, content=[request.path, content], act=lambda: (status, act(work)))
    return answer.body
