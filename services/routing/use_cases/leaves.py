"""Leaves of advisors: entered ahead, handed over when they begin, over when they end.

A leave counts in whole days of Lima. When it begins, the clock hands the person's open cases on, once; from then until
it ends they are not eligible, and the days before it they get nothing whose deadline lies inside it while anybody else
can keep it. What crosses on its way, and whoever is no longer of the desk, is caught by `hand_over_absent` within a
minute.
"""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

import structlog
from sqlalchemy import select

from services.routing.domain.assignment_reason import day_text
from services.routing.store import absences, cases
from services.routing.store.absences import Absence
from services.routing.store.advisors import LIMA, lima_midnight
from services.routing.store.models import Advisor, Case
from services.routing.store.staff_models import AdvisorLeave
from services.routing.use_cases import instruments
from services.routing.use_cases.settlement import How, Placement, Settlement
from shared.accounts.people import Person
from shared.ids import new_id
from shared.messaging.timers import Timer
from shared.messaging.work import Work

log = structlog.get_logger()

BEGIN_TIMER, END_TIMER = "leave.begin", "leave.end"
LONGEST = timedelta(days=366)
_MOST_AT_ONCE = 500
_DAY = timedelta(days=1)


class LeaveKind(StrEnum):
    """Why somebody is away, as far as the desk needs to know."""

    VACATION = "vacation"
    HEALTH = "health"
    TRAINING = "training"
    ERRAND = "errand"
    FAMILY = "family"
    OTHER = "other"


class AdvisorNotFoundError(LookupError):
    """There is no such advisor."""


class LeaveNotFoundError(LookupError):
    """There is no such leave."""


class LeaveRefusedError(ValueError):
    """A leave cannot be entered: `field` is what to correct, `cause` one of past, order, long, overlap."""

    def __init__(self, field: str, cause: str) -> None:
        super().__init__(cause)
        self.field = field
        self.cause = cause


class LeaveOverError(Exception):
    """A leave that ended, or was cancelled before, cannot be cancelled."""


def enter(
    work: Work,
    advisor_id: UUID,
    *,
    starts_on: date,
    ends_on: date,
    kind: LeaveKind,
    note: str = "",
    by: Person | None = None,
) -> AdvisorLeave:
    """Enter a leave. One that covers today begins within the second.

    :raises AdvisorNotFoundError: there is no such advisor.
    :raises LeaveRefusedError: over already, ends before it starts, longer than a year, or overlaps another.
    """
    advisor = work.session.get(Advisor, advisor_id, with_for_update=True)
    if advisor is None:
        raise AdvisorNotFoundError(advisor_id)
    _refuse_impossible(work, starts_on, ends_on)
    if absences.overlaps(work.session, advisor_id, starts_on, ends_on):
        raise LeaveRefusedError("starts_on", "overlap")
    leave = AdvisorLeave(
        leave_id=new_id(), account_id=advisor_id, starts_on=starts_on, ends_on=ends_on, kind=str(kind), note=note,
        approved_by=by.id if by else None, approved_by_name=by.full_name if by else "", created_at=work.now,
    )  # fmt: skip
    work.session.add(leave)
    work.session.flush()
    work.arm(BEGIN_TIMER, leave.leave_id, max(lima_midnight(starts_on), work.now))
    work.arm(END_TIMER, leave.leave_id, lima_midnight(ends_on + _DAY))
    return leave


def _refuse_impossible(work: Work, starts_on: date, ends_on: date) -> None:
    if ends_on < starts_on:
        raise LeaveRefusedError("ends_on", "order")
    if ends_on < work.now.astimezone(LIMA).date():
        raise LeaveRefusedError("ends_on", "past")
    if ends_on - starts_on > LONGEST:
        raise LeaveRefusedError("ends_on", "long")


def cancel(work: Work, leave_id: UUID) -> AdvisorLeave:
    """Cancel a leave; of one that has begun, the rest. Cases handed on stay where they are; new ones may come again.

    :raises LeaveNotFoundError: there is no such leave.
    :raises LeaveOverError: it ended, or was cancelled before.
    """
    leave = work.session.get(AdvisorLeave, leave_id, with_for_update=True, populate_existing=True)
    if leave is None:
        raise LeaveNotFoundError(leave_id)
    if leave.cancelled_at is not None or leave.ended_at is not None:
        raise LeaveOverError
    leave.cancelled_at = work.now
    work.session.flush()
    work.disarm(leave_id, BEGIN_TIMER, END_TIMER)
    Settlement.of(work).reconsider(leave.account_id)
    return leave


def replace_all(work: Work, advisor_id: UUID, days: tuple[date, date] | tuple[()], *, by: Person | None) -> None:
    """Cancel every leave of an advisor that is not over, and enter one of these days, if any.

    :raises LeaveRefusedError: the new one cannot be entered.
    """
    today = work.now.astimezone(LIMA).date()
    open_leaves = work.session.scalars(
        select(AdvisorLeave).where(
            AdvisorLeave.account_id == advisor_id, AdvisorLeave.cancelled_at.is_(None), AdvisorLeave.ends_on >= today
        )
    ).all()
    if days and [(one.starts_on, one.ends_on) for one in open_leaves] == [days]:
        return
    for one in open_leaves:
        cancel(work, one.leave_id)
    if days:
        enter(work, advisor_id, starts_on=days[0], ends_on=days[1], kind=LeaveKind.OTHER, by=by)


def begin(timer: Timer, work: Work) -> None:
    """A leave begins: hand the person's cases on, once."""
    leave = work.session.get(AdvisorLeave, timer.subject, with_for_update=True, populate_existing=True)
    if leave is not None:
        _begin(work, leave)


def end(timer: Timer, work: Work) -> None:
    """A leave is over: whoever comes back takes what waited longest."""
    leave = work.session.get(AdvisorLeave, timer.subject, with_for_update=True, populate_existing=True)
    if leave is not None:
        _end(work, leave)


def watch(work: Work) -> None:
    """Begin and end leaves whose moment passed without a timer: those an upgrade brought along."""
    today = work.now.astimezone(LIMA).date()
    for leave in absences.lock_overdue(work.session, today):
        _begin(work, leave)
        if leave.ends_on < today:
            _end(work, leave)


def _begin(work: Work, leave: AdvisorLeave) -> None:
    if leave.begun_at is not None or leave.cancelled_at is not None:
        return
    leave.begun_at = work.now
    work.session.flush()
    instruments.LEAVES.labels("begun").inc()
    hand_over_all(work, leave.account_id)


def _end(work: Work, leave: AdvisorLeave) -> None:
    if leave.ended_at is not None or leave.cancelled_at is not None:
        return
    leave.ended_at = work.now
    work.session.flush()
    instruments.LEAVES.labels("ended").inc()
    Settlement.of(work).reconsider(leave.account_id)


def hand_over_all(work: Work, advisor_id: UUID) -> None:
    """Hand on whatever is with somebody who is away from this moment on."""
    _hand_over(work, absences.cases_of_absent(work.session, work.now.astimezone(LIMA).date(), advisor_id))


def hand_over_absent(work: Work) -> None:
    """Hand on whatever is with somebody who is on leave or no longer of the desk; run by the clock every minute.

    A case that waits for its official and that nobody else can take stays where it is until it is owed again.
    """
    _hand_over(work, absences.cases_of_absent(work.session, work.now.astimezone(LIMA).date(), limit=_MOST_AT_ONCE))


def _hand_over(work: Work, absent: list[Absence]) -> None:
    settlement = Settlement.of(work)
    by_id = {one.case_id: one for one in absent}
    for case in cases.get_all(work.session, list(by_id)):
        settlement.place(_placement(work, case, by_id[case.case_id]))


def _placement(work: Work, case: Case, absence: Absence) -> Placement:
    if absence.until is None:
        es = f"{absence.full_name} ya no atiende en la mesa. "
        en = f"{absence.full_name} no longer works at the desk. "
    else:
        es = f"Por licencia de {absence.full_name} hasta el {day_text(absence.until)}. "
        en = f"{absence.full_name} is on leave until {day_text(absence.until)}. "
    return Placement(case, work, cause_es=es, cause_en=en, how=How.LEAVE, keeps_room=True)
