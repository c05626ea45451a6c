"""What is left of an act on many cases, done by the clock: one case for each firing of the run's timer.

One, because an act locks its case and then advisors, and two cases in one transaction would turn that order around. A
case that is refused is undone to its savepoint and noted with the reason, in the transaction that claimed it; a clock
that dies in the middle has done nothing to that case.
"""

from __future__ import annotations

from datetime import timedelta

from services.routing.entrypoints.refusals import staffing as staffing_refusals
from services.routing.entrypoints.refusals import writing as writing_refusals
from services.routing.entrypoints.refusals.cases import refusals
from services.routing.store import bulk as store
from services.routing.store.bulk import Item, LeftRun
from services.routing.use_cases import bulk
from shared.accounts import people
from shared.accounts.people import Person
from shared.http.languages import N_, speaking, translate
from shared.http.problems import INTERNAL, STALE, Problem
from shared.messaging.timers import Timer
from shared.messaging.work import Work

_CHANGED = N_("El caso cambió desde que usted lo eligió: ábralo y decida de nuevo.")
_ACTOR_LEFT = N_("La cuenta de quien lo pidió se cerró.")
_LOOK_AGAIN = timedelta(seconds=5)
_MOST_ATTEMPTS = 5

writing_refusals.install()
staffing_refusals.install()


def finish_next(timer: Timer, work: Work) -> None:
    """Do the next case of a run that still waits, and come back for the one after it."""
    left = store.find_left(work.session, timer.subject)
    if left is None or not bulk.is_going_on(left.run, work.now):
        return
    item = store.lock_next(work.session, left.run.id)
    if item is None:
        if store.has_pending(work.session, left.run.id):
            work.arm(bulk.FINISH_TIMER, left.run.id, work.now + _LOOK_AGAIN)
        return
    person = people.get(work.session, left.actor_id)
    with speaking(person.locale):
        refusal = _try(work, left, person, item, timer.attempts)
    if refusal is not None:
        store.note(work.session, left.run.id, item, bulk.REFUSED, refusal)
    work.arm(bulk.FINISH_TIMER, left.run.id, work.now)


def sentence_of(problem: Problem) -> str:
    """Why a case could not be done, in the reader's language."""
    if problem.kind is STALE:
        return translate(_CHANGED)
    body = problem.to_dict()
    for messages in (problem.fields or {}).values():
        return translate(messages[0])
    return str(body["detail"])


def _try(work: Work, left: LeftRun, person: Person, item: Item, attempts: int) -> str | None:
    """Do one case; returns why not, None when it was done.

    :raises Exception: something failed that nobody refused; the timer comes again, and gives the case up at last.
    """
    if not left.is_actor_active:
        return translate(_ACTOR_LEFT)
    if attempts > _MOST_ATTEMPTS:
        return translate(INTERNAL.title)
    try:
        with refusals(), work.attempt() as part:
            bulk.do_item(part, person, left.run, item)
    except Problem as problem:
        return sentence_of(problem)
    return None
