"""Warnings, breaches and the end of a wait, at the moment they fall due, each once."""

from __future__ import annotations

from datetime import datetime

from services.routing.domain.case_state import Act, CaseState
from services.routing.domain.promise import outlook_of
from services.routing.domain.sla import ClockState
from services.routing.domain.sla_alarms import BREACH, DueAlarm, due_alarms
from services.routing.domain.sla_policy import BREACH_PERCENT, Told
from services.routing.store import advisors, alarm_watch, cases, history, rule_versions
from services.routing.store.models import Case, CaseAlarm
from services.routing.use_cases import clocks, instruments, office_hours
from shared.contracts.case import CaseEscalated, SlaBreached, SlaWarning
from shared.messaging.timers import Timer
from shared.messaging.work import Work

BREACH_CAUSE = "sla_breached"
NOBODY_CAUSE = "at_risk_without_advisor"


def sound(timer: Timer, work: Work) -> None:
    """Give the alarms of a case that are due now, and set the timer of its next.

    The case is looked at afresh under lock: answered, closed or paused meanwhile, there is nothing to tell. Who comes
    late tells the gravest step once, and not the lesser ones before it.
    """
    case = cases.find_locked(work.session, timer.subject)
    if case is None or not case.is_open:
        return
    states = clocks.read_clocks(work.session, case, work.now)
    by_group = {f"{state.name}:{state.cycle}": state for state in states}
    given = clocks.given_alarms(work.session, case)
    for due in due_alarms(states, work.now, given, alarm_watch.since(work.session)):
        if due.alarm.group in by_group:
            _note(work, case, due)
            _tell(work, case, by_group[due.alarm.group], due)
    if case.state == CaseState.WAITING and not outlook_of(states).is_waiting:
        _end_wait(work, case)
    else:
        clocks.refresh(work, case)


def _note(work: Work, case: Case, due: DueAlarm) -> None:
    keys = [(due.alarm.key, False), *((key, True) for key in due.covered_keys)]
    for key, is_covered in keys:
        work.session.add(
            CaseAlarm(
                case_id=case.case_id, key=key, at=due.alarm.at, given_at=work.now, late_seconds=due.late_seconds,
                is_covered=is_covered,
            )
        )  # fmt: skip


def _tell(work: Work, case: Case, state: ClockState, due: DueAlarm) -> None:
    is_breach = due.alarm.step == BREACH
    percent = BREACH_PERCENT if is_breach else int(due.alarm.step.rpartition(":")[2])
    told = rule_versions.policy_called(work.session, state.policy_version).told_at(percent)
    notify_at = None if case.is_urgent else office_hours.next_opening(work.session, work.now)
    if is_breach:
        _tell_breach(work, case, state, due, told, notify_at)
    else:
        _tell_warning(work, case, state, due, told, notify_at, percent)


def _tell_warning(
    work: Work, case: Case, state: ClockState, due: DueAlarm, told: frozenset[Told], notify_at: datetime | None,
    percent: int,
) -> None:  # fmt: skip
    if state.due_at is None:  # a clock with an alarm has a deadline
        raise AssertionError
    history.add(work.session, case, "sla_warning", due.alarm.at, clock=str(state.name), percent=percent)
    instruments.WARNINGS.labels(state.name).inc()
    work.emit(
        SlaWarning(
            consultation_id=case.case_id,
            code=case.code,
            subject_line=case.subject_line,
            clock=str(state.name),
            due_at=state.due_at,
            fraction=percent / 100,
            advisor_id=case.advisor_id,
            warned_at=work.now,
            is_advisor_told=Told.ADVISOR in told,
            supervisor_ids=advisors.supervisor_ids(work.session) if Told.SUPERVISORS in told else (),
            notify_at=notify_at,
            late_seconds=due.late_seconds,
        )
    )
    if case.advisor_id is None and Told.SUPERVISORS not in told:  # a warning to nobody would warn nobody
        escalate(work, case, NOBODY_CAUSE, notify_at=notify_at, late_seconds=due.late_seconds)


def _tell_breach(
    work: Work, case: Case, state: ClockState, due: DueAlarm, told: frozenset[Told], notify_at: datetime | None
) -> None:
    breached_at = state.breached_at or state.due_at
    if breached_at is None:
        raise AssertionError
    history.add(work.session, case, "sla_breached", breached_at, clock=str(state.name))
    instruments.BREACHES.labels(state.name, case.topic).inc()
    work.emit(
        SlaBreached(
            consultation_id=case.case_id,
            code=case.code,
            subject_line=case.subject_line,
            clock=str(state.name),
            breached_at=breached_at,
            advisor_id=case.advisor_id,
            recorded_at=work.now,
            is_advisor_told=Told.ADVISOR in told,
            notify_at=notify_at,
            late_seconds=due.late_seconds,
        )
    )
    if Told.SUPERVISORS in told or case.advisor_id is None:
        escalate(work, case, BREACH_CAUSE, notify_at=notify_at, late_seconds=due.late_seconds)


def escalate(work: Work, case: Case, cause: str, *, notify_at: datetime | None = None, late_seconds: int = 0) -> None:
    """Put a case before the supervisors; not before `notify_at`, where that is given."""
    work.emit(
        CaseEscalated(
            consultation_id=case.case_id,
            code=case.code,
            subject_line=case.subject_line,
            cause=cause,
            advisor_id=case.advisor_id,
            supervisor_ids=advisors.supervisor_ids(work.session),
            escalated_at=work.now,
            notify_at=notify_at,
            late_seconds=late_seconds,
        )
    )


def _end_wait(work: Work, case: Case) -> None:
    """The official did not write in time: the clocks run again, by the log's own rule."""
    before = case.promised_at
    case.undergo(Act.WAIT_EXPIRED)
    history.add(work.session, case, "wait_expired", work.now)
    clocks.refresh(work, case)
    clocks.tell_rescheduled(work, case, "resumed", before)
