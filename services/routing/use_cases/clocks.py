"""The clocks of a case: reading them from its log, keeping its due columns and its alarm timer right."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.routing.domain.promise import Outlook, outlook_of
from services.routing.domain.sla import ClockState, clock_states, current_clocks
from services.routing.domain.sla_alarms import alarms_of
from services.routing.store import history, rule_versions
from services.routing.store.models import NO_DEADLINE, Case, CaseAlarm, CaseHistory
from shared.contracts.case import CaseRescheduled
from shared.messaging.work import Work

ALARM_TIMER = "sla.alarm"
_WAITING_GROUP = "waiting:"


def read_clocks(
    session: Session, case: Case, now: datetime, lines: list[CaseHistory] | None = None
) -> tuple[ClockState, ...]:
    """Every clock of a case at `now`, from its log and on the rules it was received under."""
    policy = rule_versions.policy_called(session, case.policy_version)
    calendar = rule_versions.calendar_called(session, case.calendar_version, case.ubigeo)
    events = history.sla_events(history.lines_of(session, case.case_id) if lines is None else lines)
    return clock_states(events, policy, calendar, now)


def refresh(work: Work, case: Case, *, lines: list[CaseHistory] | None = None, is_new: bool = False) -> Outlook:
    """After something happened to a case: renew what is promised and due, and set the timer of its next alarm.

    :param lines: the whole log where the caller has it; else it is read.
    :param is_new: no timer was set before, so none must be cancelled.
    """
    states = read_clocks(work.session, case, work.now, lines) if case.is_open else ()
    outlook = outlook_of(states)
    case.promised_at = outlook.promised_at
    case.next_due_at = outlook.next_due_at
    case.risk_at = outlook.risk_at
    case.due_key = outlook.next_due_at or NO_DEADLINE
    given = given_alarms(work.session, case) if states and not is_new else ()
    _set_timer(work, case, states, outlook, given, is_new=is_new)
    return outlook


def _set_timer(
    work: Work,
    case: Case,
    states: tuple[ClockState, ...],
    outlook: Outlook,
    given: Collection[str],
    *,
    is_new: bool,
) -> None:
    moments = [alarm.at for alarm in alarms_of(states) if alarm.key not in given and _is_for_staff(alarm.group)]
    if outlook.waiting_limit_at is not None:
        moments.append(outlook.waiting_limit_at)
    if moments:
        work.arm(ALARM_TIMER, case.case_id, min(moments))
    elif not is_new:
        work.disarm(case.case_id, ALARM_TIMER)


def _is_for_staff(group: str) -> bool:
    """Steps of a wait concern the official; only its limit, which restarts the clocks, is watched for here."""
    return not group.startswith(_WAITING_GROUP)


def given_alarms(session: Session, case: Case) -> list[str]:
    """Keys of the alarms given, or covered, before."""
    return list(session.scalars(select(CaseAlarm.key).where(CaseAlarm.case_id == case.case_id)))


def tell_rescheduled(work: Work, case: Case, reason: str, before: datetime | None) -> None:
    """Tell the official's side if the promised moment is another than it was."""
    if case.promised_at == before:
        return
    work.emit(
        CaseRescheduled(
            consultation_id=case.case_id,
            code=case.code,
            official_id=case.official_id,
            promised_at=case.promised_at,
            reason=reason,
            rescheduled_at=work.now,
        )
    )


def clock_values(states: tuple[ClockState, ...], locale: str) -> list[dict[str, Any]]:
    """The clocks a sheet shows: of each name the latest."""
    return [
        {
            "name": str(state.name),
            "cycle": state.cycle,
            "state": str(state.state),
            "started_at": state.started_at,
            "due_at": state.due_at,
            "target_seconds": state.target_seconds,
            "elapsed_seconds": state.elapsed_seconds,
            "remaining_seconds": state.remaining_seconds,
            "warn_at": state.warn_at,
            "breached_at": state.breached_at,
            "met_at": state.met_at,
            "stopped_at": state.stopped_at,
            "is_paused": state.is_paused,
            "explanation": state.explanation.text(locale),
            "policy_version": state.policy_version,
            "calendar_version": state.calendar_version,
        }
        for state in current_clocks(states)
    ]
