"""Changes of the champion and wishes for a training from the web: once per key, refused in words people understand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import request

from services.routing.classifier.reading_key import reading_key
from services.routing.entrypoints.doing import parts
from services.routing.use_cases import model_choice, training_runs
from services.routing.use_cases.model_choice import (
    Actor,
    AlreadyChampionError,
    NothingBeforeError,
    NotLoadableError,
    StaleChampionError,
    UnknownModelError,
)
from shared.accounts.access import the_person
from shared.http.idempotency import once
from shared.http.languages import N_
from shared.http.paging import read_cursor
from shared.http.problems import CONFLICT, INVALID, NOT_FOUND, STALE, Problem
from shared.messaging.work import Work

_NOT_LOADABLE = N_("Ese modelo ya no se puede cargar: su copia se borró, o esta versión del sistema lee de otro modo.")
_NOT_A_CURSOR = N_("El cursor no es válido; pida la primera página otra vez.")
_ALREADY = N_("Ese modelo ya está en uso.")
_NOTHING_BEFORE = N_("No hay un modelo anterior al que volver.")
OK = 200


def read_position(cursor: str | None) -> tuple[datetime, UUID] | None:
    """The place in the log of corrections that a cursor stands for.

    :raises Problem: it is not one of ours.
    """
    if not cursor:
        return None
    moment, correction_id = read_cursor(cursor, 2)
    try:
        return datetime.fromisoformat(moment), UUID(correction_id)
    except ValueError:
        raise Problem(INVALID, fields={"cursor": [_NOT_A_CURSOR]}) from None


@contextmanager
def model_refusals() -> Iterator[None]:
    """Turn what a change of champion is refused for into a problem.

    :raises Problem: instead of the use case's own error.
    """
    try:
        yield
    except UnknownModelError:
        raise Problem(NOT_FOUND) from None
    except NotLoadableError:
        raise Problem(CONFLICT, _NOT_LOADABLE) from None
    except AlreadyChampionError:
        raise Problem(CONFLICT, _ALREADY) from None
    except NothingBeforeError:
        raise Problem(CONFLICT, _NOTHING_BEFORE) from None
    except StaleChampionError as error:
        raise Problem(STALE, current={"champion": error.current}) from None


def promote(key: str, version: str, *, champion: str, reason: str) -> str:
    """Let a model decide from now on; returns its version.

    :raises Problem: it was refused.
    """

    def act(work: Work) -> str:
        model_choice.promote(
            work, version, Actor.of(the_person()), reason=reason, code_key=reading_key(), expected=champion
        )
        return version

    return _once(key, [version, champion, reason], act)


def roll_back(key: str, *, champion: str, reason: str) -> str:
    """Go back to the model before; returns its version.

    :raises Problem: it was refused.
    """

    def act(work: Work) -> str:
        return model_choice.roll_back(
            work, Actor.of(the_person()), reason=reason, code_key=reading_key(), expected=champion
        )

    return _once(key, [champion, reason], act)


def ask_for_training(key: str) -> None:
    """Let the clock start a training."""

    def act(work: Work) -> str:
        return str(training_runs.ask(work, the_person().full_name).run_id)

    _once(key, [], act)


def _once(key: str, content: Any, act: Callable[[Work], str]) -> str:
    with model_refusals(), parts().units.begin() as work:

        def run() -> tuple[int, dict[str, Any]]:
            return OK, {"version": act(work)}

        answer = once(work, actor=the_person().id, key=key, content=[request.path, content], act=run)
    return str(answer.body["version"])
