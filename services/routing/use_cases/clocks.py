"""The clocks of a case: reading them from its log, keeping its due columns and its alarm timer right."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.routing.domain.promise import Outlook, outlook_of
from services.routing.domain.sla import ClockState, EventKind, RuleBook, SlaPolicy, clock_states, current_clocks
from services.routing.domain.sla_alarms import pending_alarms
from services.routing.domain.sla_history import NO_OTHER_VERSIONS
from services.routing.domain.working_time import Calendar
from services.routing.store import alarm_watch, history, rule_versions
from services.routing.store.models import NO_DEADLINE, Case, CaseAlarm, CaseHistory
from services.routing.use_cases.passing_on import pass_on_date
from shared.contracts.case import CaseRescheduled
from shared.messaging.work import Work

ALARM_TIMER = "sla.alarm"
_WAITING_GROUP = "waiting:"


def read_clocks(
    session: Session, case: Case, now: datetime, lines: list[CaseHistory] | None = None
) -> tuple[ClockState, ...]:
    """Every clock of a case at `now`, from its log, on the rules it was received under and those it moved to."""
    lines = history.lines_of(session, case.case_id) if lines is None else lines
    policy, calendar, book = rules_of(session, case, lines)
    return clock_states(history.sla_events(lines), policy, calendar, now, book)


def rules_of(session: Session, case: Case, lines: list[CaseHistory]) -> tuple[SlaPolicy, Calendar, RuleBook]:
    """The policy and the calendar a case was received under, and every version that its log names since."""
    first_policy, first_calendar = history.received_under(lines, case.policy_version, case.calendar_version)
    policy = rule_versions.policy_called(session, first_policy)
    calendar = rule_versions.calendar_called(session, first_calendar, case.ubigeo)
    moves = [line.data for line in lines if line.kind == EventKind.RECALCULATED]
    if not moves:
        return policy, calendar, NO_OTHER_VERSIONS
    policies = {move.get("policy_version", "") for move in moves} - {"", policy.version}
    calendars = {move.get("calendar_version", "") for move in moves} - {"", calendar.version}
    book = RuleBook(
        {policy.version: policy} | {name: rule_versions.policy_called(session, name) for name in policies},
        {calendar.version: calendar}
        | {name: rule_versions.calendar_called(session, name, case.ubigeo) for name in calendars},
    )
    return policy, calendar, book


def refresh(work: Work, case: Case, *, lines: list[CaseHistory] | None = None, is_new: bool = False) -> Outlook:
    """After something happened to a case: renew what is promised and due, and set the timer of its next alarm.

    :param lines: the whole log where the caller has it; else it is read.
    :param is_new: no timer was set before, so none must be cancelled.
    """
    states = read_clocks(work.session, case, work.now, lines) if case.is_open else ()
    given = given_alarms(work.session, case) if states and not is_new else ()
    return renew(work, case, states, given, is_new=is_new)


def renew(
    work: Work, case: Case, states: tuple[ClockState, ...], given: Collection[str], *, is_new: bool = False
) -> Outlook:
    """As `refresh`, with the clocks read and the alarms given before at hand."""
    outlook = outlook_of(states)
    case.promised_at = outlook.promised_at
    case.next_due_at = outlook.next_due_at
    case.risk_at = outlook.risk_at
    case.due_key = outlook.next_due_at or NO_DEADLINE
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
    if states:
        pending = pending_alarms(states, given, alarm_watch.since(work.session))
        moments = [alarm.at for alarm in pending if _is_for_staff(alarm.group)]
    else:
        moments = []
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


def given_alarms_of(session: Session, case_ids: list[UUID]) -> dict[UUID, list[str]]:
    """`given_alarms` of many cases in one statement."""
    found: dict[UUID, list[str]] = {}
    rows = session.execute(select(CaseAlarm.case_id, CaseAlarm.key).where(CaseAlarm.case_id.in_(case_ids)))
    for case_id, key in rows:
        found.setdefault(case_id, []).append(key)
    return found


def tell_rescheduled(work: Work, case: Case, reason: str, before: datetime | None, *, note: str = "") -> None:
    """Tell the official's side if the promised moment is another than it was; `note`: the cause in words."""
    if case.promised_at == before:
        return
    event = CaseRescheduled(
        consultation_id=case.case_id,
        code=case.code,
        official_id=case.official_id,
        promised_at=case.promised_at,
        reason=reason,
        rescheduled_at=work.now,
        previous_at=before,
        note=note,
        subject_line=case.subject_line,
    )
    work.emit(event)
    pass_on_date(work, case, event)


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
