"""Open cases adopt published rules: asked for with a reason, done in pieces, written into every case's log.

Only what still runs moves. What was met or missed keeps its result and its rules, a broken promise stays broken, and
no new deadline lies before the moment of the recalculation: the engine sees to that, here it is only asked.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select

from services.routing.domain.desk_calendar import digest_of
from services.routing.domain.sla_errors import SlaError
from services.routing.domain.working_time import Calendar
from services.routing.store import history, rule_editions, rule_runs, rule_versions
from services.routing.store.models import Case, CaseHistory
from services.routing.store.rule_editions import CALENDAR, POLICY, calendar_at
from services.routing.store.rule_models import SlaRun
from services.routing.use_cases import clocks
from services.routing.use_cases.rule_runs import RECALCULATION, RUNNING, Piecework, advance, begin, go
from services.routing.use_cases.rule_trials import Trial
from services.routing.use_cases.rules import require_in_force
from shared.accounts import audit
from shared.accounts.people import Person
from shared.messaging.timers import Timer
from shared.messaging.work import Work

log = structlog.get_logger()

_REASONS = {POLICY: "policy_changed", CALENDAR: "calendar_changed"}


class RecalculationRunsError(Exception):
    """One recalculation of this kind is under way (`run_id`)."""

    def __init__(self, run_id: UUID) -> None:
        super().__init__(str(run_id))
        self.run_id = run_id


def start_recalculation(work: Work, person: Person, kind: str, number: int, reason: str) -> SlaRun:
    """Let every open case adopt the edition in force.

    :raises NotInForceError: another edition is in force.
    :raises RecalculationRunsError: one is under way already.
    """
    session = work.session
    rule_editions.hold(session, kind)
    require_in_force(session, kind, number)
    running = session.scalars(
        select(SlaRun.run_id).where(SlaRun.kind == kind, SlaRun.purpose == RECALCULATION, SlaRun.state == RUNNING)
    ).first()
    if running is not None:
        raise RecalculationRunsError(running)
    run = begin(work, person, purpose=RECALCULATION, kind=kind, content={}, reason=reason, edition_number=number)
    run.total = rule_runs.note_open_cases(session, run.run_id)
    run.result = {"moved": 0, "same_date": 0, "same_rules": 0, "ended": 0, "unreadable": 0}
    go(work, run)
    audit.append(session, person, "clocks.recalculated", f"{kind}:{number}", {"run_id": str(run.run_id)})
    log.info("recalculation_started", kind=kind, number=number, cases=run.total)
    return run


class Recalculation:
    """The piecework of a recalculation: each case locked, its line written, its dates renewed, its official told."""

    is_locking = True

    def __init__(self, work: Work, run: SlaRun) -> None:
        self._run_id, self._kind, self._reason = run.run_id, run.kind, run.reason
        self._actor_id, self._actor_name = run.asked_by, run.asked_name
        number = run.edition_number or rule_editions.DELIVERED
        self._name = rule_editions.version_name(run.kind, number)
        self._policy = rule_editions.policy_number(work.session, number) if run.kind == POLICY else None
        self._desk = rule_editions.calendar_number(work.session, number) if run.kind == CALENDAR else None
        self._counts: dict[str, int] = {}
        self._given: dict[UUID, list[str]] = {}

    def one(self, work: Work, case: Case, lines: list[CaseHistory]) -> tuple[bool, dict[str, Any]]:
        """Move one case, unless it has ended meanwhile or is counted on these rules already."""
        calendar = calendar_at(self._desk, case.ubigeo) if self._desk else None
        if not case.is_open:
            return self._counted("ended")
        if self._policy is not None and self._policy.version == case.policy_version:
            return self._counted("same_rules")
        if calendar is not None and digest_of(calendar.version) == digest_of(case.calendar_version):
            return self._counted("same_rules")
        line = self._line(case, calendar.version if calendar else "", work.now)
        try:
            states = clocks.read_clocks(work.session, case, work.now, [*lines, line])
        except SlaError as error:
            log.warning("case_not_recalculated", case_id=str(case.case_id), error=error.english)
            return self._counted("unreadable", {"error_es": error.spanish, "error_en": error.english})
        self._adopt(work, case, calendar, line)
        before = case.promised_at
        clocks.renew(work, case, states, self._given.get(case.case_id, ()))
        if case.promised_at == before:
            return self._counted("same_date")
        clocks.tell_rescheduled(work, case, _REASONS[self._kind], before, note=self._reason)
        return self._counted("moved", {"promised_before": _iso(before), "promised_after": _iso(case.promised_at)})

    def prepare(self, work: Work, cases: list[Case]) -> None:
        """Read in one statement which alarms were given."""
        self._given = clocks.given_alarms_of(work.session, [case.case_id for case in cases])

    def summarise(self, result: dict[str, Any]) -> dict[str, Any]:
        """How many cases moved, and how many had no reason to."""
        total = {**result, **{name: result[name] + count for name, count in self._counts.items()}}
        self._counts = {}
        return total

    def _line(self, case: Case, calendar_version: str, now: datetime) -> CaseHistory:
        return history.next_line(
            case, "recalculated", now, actor_id=self._actor_id, actor_name=self._actor_name,
            policy_version=self._policy.version if self._policy else "", calendar_version=calendar_version,
            from_policy=case.policy_version, from_calendar=case.calendar_version,
            reason_es=self._reason, reason_en=self._reason, edition=self._name, run_id=str(self._run_id),
        )  # fmt: skip

    def _adopt(self, work: Work, case: Case, calendar: Calendar | None, line: CaseHistory) -> None:
        history.keep_line(work.session, case, line)
        policy = self._policy or rule_versions.policy_called(work.session, case.policy_version)
        kept = calendar or rule_versions.calendar_called(work.session, case.calendar_version, case.ubigeo)
        rule_versions.keep(work.session, policy, kept)
        case.policy_version, case.calendar_version = policy.version, kept.version

    def _counted(self, outcome: str, result: dict[str, Any] | None = None) -> tuple[bool, dict[str, Any]]:
        self._counts[outcome] = self._counts.get(outcome, 0) + 1
        return result is not None, {"outcome": outcome, **(result or {})}


def piecework(work: Work, run: SlaRun) -> Piecework:
    """What a run does with its cases."""
    return Recalculation(work, run) if run.purpose == RECALCULATION else Trial(run)


def advance_run(timer: Timer, work: Work) -> None:
    """Do the next piece of a trial or a recalculation."""
    advance(timer, work, piecework)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
