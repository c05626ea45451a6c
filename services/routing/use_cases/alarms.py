"""Warnings, breaches and the end of a wait, at the moment they fall due, each once."""

from __future__ import annotations

from services.routing.domain.case_state import Act, CaseState
from services.routing.domain.promise import outlook_of
from services.routing.domain.sla import ClockState
from services.routing.domain.sla_alarms import BREACH, DueAlarm, due_alarms
from services.routing.store import advisors, cases, history
from services.routing.store.models import Case, CaseAlarm
from services.routing.use_cases import clocks, instruments
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
    given = set(clocks.given_alarms(work.session, case))
    for due in due_alarms(states, work.now, given):
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
    if state.due_at is None:  # a clock with an alarm has a deadline
        raise AssertionError
    if due.alarm.step == BREACH:
        _tell_breach(work, case, state)
        return
    percent = int(due.alarm.step.rpartition(":")[2])
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
        )
    )
    if case.advisor_id is None:  # a warning to nobody would warn nobody
        escalate(work, case, NOBODY_CAUSE)


def _tell_breach(work: Work, case: Case, state: ClockState) -> None:
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
        )
    )
    escalate(work, case, BREACH_CAUSE)


def escalate(work: Work, case: Case, cause: str) -> None:
    """Put a case before the supervisors."""
    work.emit(
        CaseEscalated(
            consultation_id=case.case_id,
            code=case.code,
            subject_line=case.subject_line,
            cause=cause,
            advisor_id=case.advisor_id,
            supervisor_ids=advisors.supervisor_ids(work.session),
            escalated_at=work.now,
        )
    )


def _end_wait(work: Work, case: Case) -> None:
    """The official did not write in time: the clocks run again, by the log's own rule."""
    before = case.promised_at
    case.undergo(Act.WAIT_EXPIRED)
    history.add(work.session, case, "wait_expired", work.now)
    clocks.refresh(work, case)
    clocks.tell_rescheduled(work, case, "resumed", before)
