"""Trials and recalculations: noted in one transaction, then done in pieces by the clock, resumable at any moment.

Each piece is a transaction of its own that marks its cases done, so a clock that dies or is frozen in the middle leaves
a run that the next one takes up where it was, and no case is counted twice.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from time import monotonic
from typing import Any, Protocol
from uuid import UUID

from services.routing.store import history, rule_runs
from services.routing.store.models import Case, CaseHistory
from services.routing.store.rule_models import SlaRun
from shared.accounts.people import Person
from shared.ids import new_id
from shared.messaging.housekeeping import Job
from shared.messaging.timers import Timer
from shared.messaging.work import Work

RUN_TIMER = "sla.run"
TRIAL, PREVIEW, RECALCULATION = "trial", "preview", "recalculation"
RUNNING, DONE = "running", "done"

_CASES_AT_ONCE = 100
# Well within the lease of a timer, and short enough that deadlines due meanwhile are told in time.
_PIECE_SECONDS = 1.0
_WHEN_ALL_ARE_HELD = timedelta(seconds=1)
_TRIALS_KEPT = timedelta(days=30)


class Piecework(Protocol):
    """What a run does with its cases."""

    is_locking: bool

    def prepare(self, work: Work, cases: list[Case]) -> None:
        """Read what is needed of all cases of a piece at once."""

    def one(self, work: Work, case: Case, lines: list[CaseHistory]) -> tuple[bool, dict[str, Any]]:
        """Look at one case; returns whether something changes for it, and what, JSON-ready."""

    def summarise(self, result: dict[str, Any]) -> dict[str, Any]:
        """The run's result with the cases of this piece added."""


def begin(
    work: Work, person: Person, *, purpose: str, kind: str, content: dict[str, Any], reason: str = "",
    draft_version: int | None = None, edition_number: int | None = None,
) -> SlaRun:  # fmt: skip
    """Note a run; its cases are noted by the caller, which then calls `go`."""
    run = SlaRun(
        run_id=new_id(), purpose=purpose, kind=kind, content=content, draft_version=draft_version,
        edition_number=edition_number, reason=reason, state=RUNNING, total=0, done=0, result={},
        asked_by=person.id, asked_name=person.full_name, asked_at=work.now,
    )  # fmt: skip
    work.session.add(run)
    work.session.flush()
    return run


def go(work: Work, run: SlaRun) -> None:
    """Let the clock begin with a run."""
    work.session.flush()
    work.arm(RUN_TIMER, run.run_id, work.now)


def advance(timer: Timer, work: Work, piecework: Callable[[Work, SlaRun], Piecework]) -> None:
    """Do the next piece of a run.

    :param piecework: gives what a run does, from (work, run).
    """
    run = work.session.get(SlaRun, timer.subject, with_for_update=True, populate_existing=True)
    if run is None or run.state == DONE:
        return
    until = monotonic() + _PIECE_SECONDS
    doing: Piecework = piecework(work, run)
    looked_at = 0
    while cases := rule_runs.next_cases(work.session, run.run_id, _CASES_AT_ONCE, is_locking=doing.is_locking):
        _do(work, run.run_id, cases, doing)
        looked_at += len(cases)
        if monotonic() > until:
            break
    run.done += looked_at
    run.result = doing.summarise(run.result)
    if rule_runs.has_more(work.session, run.run_id):
        wait = timedelta(0) if looked_at else _WHEN_ALL_ARE_HELD
        work.arm(RUN_TIMER, run.run_id, work.now + wait)
    else:
        run.state, run.finished_at = DONE, work.now
    work.session.flush()


def _do(work: Work, run_id: UUID, cases: list[Case], doing: Piecework) -> None:
    logs = history.lines_of_many(work.session, [case.case_id for case in cases])
    doing.prepare(work, cases)
    results = []
    with work.session.no_autoflush:  # one statement for all lines of a piece, not one for each case
        for case in cases:
            is_changed, result = doing.one(work, case, logs[case.case_id])
            results.append({"case_id": case.case_id, "is_changed": is_changed, "result": json.dumps(result)})
    work.session.flush()
    rule_runs.mark_done(work.session, run_id, results)


def _forget(work: Work) -> None:
    rule_runs.forget_trials(work.session, work.now - _TRIALS_KEPT)


FORGET_TRIALS_JOB = Job("forget_sla_trials", timedelta(days=1), _forget)
