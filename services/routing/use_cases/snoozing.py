"""Snoozing: a case out of its advisor's sight until a working moment. The clocks go on, and so do their alarms."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from services.routing.domain.case_state import Act
from services.routing.domain.wording import N_
from services.routing.domain.working_time import due_second, moment_of, whole_second
from services.routing.store import cases, history, rule_editions
from services.routing.store.advisors import LIMA
from services.routing.store.models import Case
from services.routing.use_cases.acting import ActRefusedError, case_for, require_charge, undergo
from shared.accounts.people import Person
from shared.messaging.timers import Timer
from shared.messaging.work import Work

SNOOZE_TIMER = "case.snooze"
LONGEST = timedelta(days=60)
_AWAKE = timedelta(days=1)

BY_HAND, DUE, OFFICIAL_WROTE = "by_hand", "due", "official_wrote"


class SnoozeRefusedError(ActRefusedError):
    """A case cannot be snoozed until then."""


PAST = N_("Elija un día y una hora por venir.")
TOO_LONG = N_("Un caso se pospone 60 días como máximo.")
BEYOND_DEADLINE = N_("El plazo vence antes de ese momento: elija uno anterior, o atienda el caso.")


def snooze(
    work: Work, code: str, person: Person, *, version: int, until: date, at: time = time(0), reason: str
) -> Case:
    """Put a case out of sight until the desk is open on or after a local day and time.

    It returns by itself then, or when anything happens to it. A deadline that still runs cannot be slept through.

    :raises CaseNotFoundError, StaleVersionError, NotInChargeError, ImpossibleActError, SnoozeRefusedError: nothing
        changed.
    """
    case = case_for(work, code, person, version=version)
    require_charge(case, person)
    wakes_at = _opening(work, case, datetime.combine(until, at, tzinfo=LIMA))
    undergo(work, case, Act.SNOOZE)
    if until < work.now.astimezone(LIMA).date() or wakes_at <= work.now:
        raise SnoozeRefusedError(PAST)
    if wakes_at - work.now > LONGEST:
        raise SnoozeRefusedError(TOO_LONG)
    if case.next_due_at is not None and wakes_at > case.next_due_at:
        raise SnoozeRefusedError(BEYOND_DEADLINE)
    case.snoozed_until = wakes_at
    if case.idle_at is not None:  # what sleeps by decision does not lie idle
        case.idle_at = max(case.idle_at, wakes_at + _AWAKE)
    history.add(
        work.session, case, "snoozed", work.now, actor_id=person.id, actor_name=person.full_name,
        until=wakes_at.isoformat(), note=reason,
    )  # fmt: skip
    work.arm(SNOOZE_TIMER, case.case_id, wakes_at)
    return case


def wake(work: Work, code: str, person: Person, *, version: int) -> Case:
    """Bring a case back into sight before its time.

    :raises CaseNotFoundError, StaleVersionError, NotInChargeError, ImpossibleActError: nothing changed.
    """
    case = case_for(work, code, person, version=version)
    require_charge(case, person)
    was_asleep = case.snoozed_until is not None
    undergo(work, case, Act.WAKE)
    if was_asleep:
        note_waking(work, case, BY_HAND, person)
    return case


def return_in_time(timer: Timer, work: Work) -> None:
    """The moment has come. A case that woke before, or was snoozed anew for longer, is left alone."""
    case = cases.find_locked(work.session, timer.subject)
    if case is None or case.snoozed_until is None or case.snoozed_until > work.now:
        return
    undergo(work, case, Act.WAKE)
    note_waking(work, case, DUE)


def note_waking(work: Work, case: Case, cause: str, person: Person | None = None) -> None:
    """A line in the log: the case is back, and why."""
    history.add(
        work.session, case, "awoken", work.now, actor_id=person.id if person else None,
        actor_name=person.full_name if person else "", cause=cause,
    )  # fmt: skip


def _opening(work: Work, case: Case, moment: datetime) -> datetime:
    calendar = rule_editions.current_calendar(work.session, case.ubigeo)
    return moment_of(due_second(calendar, whole_second(moment), 0))
