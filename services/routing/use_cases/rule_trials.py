"""Trying a draft before it is adopted: on the last quarter's cases as if it had always held, on open ones from now."""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any

from services.routing.domain.rule_trial import Comparison, CountedOn, compare
from services.routing.domain.sla_errors import SlaError
from services.routing.store import history, rule_runs
from services.routing.store.models import Case, CaseHistory
from services.routing.store.rule_editions import POLICY, calendar_at
from services.routing.store.rule_models import SlaDraft, SlaRun
from services.routing.use_cases import clocks
from services.routing.use_cases.rule_runs import PREVIEW, TRIAL, begin, go
from services.routing.use_cases.rules import (
    NothingToPublishError,
    changes,
    current_content,
    draft_calendar,
    draft_policy,
    require_in_force,
)
from shared.accounts.people import Person
from shared.messaging.work import Work

QUARTER = timedelta(days=92)
MOST_CASES = 20_000
_OUTCOMES = ("met", "breached")


def start_trial(work: Work, person: Person, kind: str) -> SlaRun:
    """Try the draft of a kind, as it stands.

    :raises NothingToPublishError: there is no draft, or it is what is in force.
    """
    draft = work.session.get(SlaDraft, kind, with_for_update={"read": True}, populate_existing=True)
    if draft is None or not changes(work.session, kind, draft.content):
        raise NothingToPublishError(kind)
    run = begin(work, person, purpose=TRIAL, kind=kind, content=draft.content, draft_version=draft.version)
    since = work.now - QUARTER
    run.total = rule_runs.note_trial_cases(work.session, run.run_id, since, MOST_CASES)
    run.result = {"since": since.isoformat(), "is_cut": run.total >= MOST_CASES, **deepcopy(_EMPTY)}
    go(work, run)
    return run


def start_preview(work: Work, person: Person, kind: str, number: int) -> SlaRun:
    """See what a recalculation would move today: every open case, as if it adopted the edition in force now.

    :raises NotInForceError: another edition is in force.
    """
    session = work.session
    require_in_force(session, kind, number)
    run = begin(work, person, purpose=PREVIEW, kind=kind, content=current_content(session, kind), edition_number=number)
    run.total = rule_runs.note_open_cases(session, run.run_id)
    # Nobody is asked how the past would have been: no case is received from this moment on.
    run.result = {"since": work.now.isoformat(), "is_cut": False, **deepcopy(_EMPTY)}
    go(work, run)
    return run


_EMPTY: dict[str, Any] = {
    "received": 0, "other_outcome": 0, "unreadable": 0, "clocks": {},
    "open": {"cases": 0, "later": 0, "earlier": 0, "later_seconds": 0, "earlier_seconds": 0},
}  # fmt: skip


class Trial:
    """The piecework of a trial and of a preview: nothing of a case is touched, so none is locked."""

    is_locking = False

    def __init__(self, run: SlaRun) -> None:
        self._policy = draft_policy(run.content) if run.kind == POLICY else None
        self._desk = None if run.kind == POLICY else draft_calendar(run.content)
        self._since = datetime.fromisoformat(run.result["since"])
        self._found: list[tuple[Case, Comparison | None]] = []

    def prepare(self, work: Work, cases: list[Case]) -> None:
        """A trial needs no more of a case than its log."""

    def one(self, work: Work, case: Case, lines: list[CaseHistory]) -> tuple[bool, dict[str, Any]]:
        """One case under both rules."""
        calendar = calendar_at(self._desk, case.ubigeo) if self._desk else None
        rules = CountedOn(*clocks.rules_of(work.session, case, lines))
        try:
            found = compare(history.sla_events(lines), rules, self._policy, calendar, work.now)
        except SlaError as error:  # a deadline beyond the years the draft knows: told, and the trial goes on
            self._found.append((case, None))
            return True, {"error_es": error.spanish, "error_en": error.english}
        self._found.append((case, found))
        if not (found.has_moved or found.has_other_outcome):
            return False, {}
        return True, {
            "clocks": [
                {"name": one.name, "cycle": one.cycle, "before": one.before, "after": one.after,
                 "due_before": _iso(one.due_before), "due_after": _iso(one.due_after)}
                for one in found.clocks if one.before != one.after or one.due_before != one.due_after
            ],
            "promised_before": _iso(found.promised_before),
            "promised_after": _iso(found.promised_after),
        }  # fmt: skip

    def summarise(self, result: dict[str, Any]) -> dict[str, Any]:
        """Counts, topic by topic and clock by clock, with this piece's cases."""
        total = {
            **result,
            "open": {**result["open"]},
            "clocks": {name: {**by} for name, by in result["clocks"].items()},
        }
        for case, found in self._found:
            if found is None:
                total["unreadable"] += 1
                continue
            if case.is_open:
                _count_open(total["open"], found)
            if case.submitted_at >= self._since:
                total["received"] += 1
                total["other_outcome"] += found.has_other_outcome
                _count_outcomes(total["clocks"], case.topic, found)
        self._found = []
        return total


def _count_open(counts: dict[str, int], found: Comparison) -> None:
    counts["cases"] += 1
    if found.promised_before is None or found.promised_after is None:
        return
    seconds = int((found.promised_after - found.promised_before).total_seconds())
    if seconds > 0:
        counts["later"] += 1
        counts["later_seconds"] = max(counts["later_seconds"], seconds)
    elif seconds < 0:
        counts["earlier"] += 1
        counts["earlier_seconds"] = max(counts["earlier_seconds"], -seconds)


def _count_outcomes(clocks_: dict[str, Any], topic: str, found: Comparison) -> None:
    for one in found.clocks:
        row = clocks_.setdefault(one.name, {}).setdefault(topic, [0, 0, 0, 0])
        for place, outcome in enumerate(_OUTCOMES):
            row[place] += one.before == outcome
            row[place + len(_OUTCOMES)] += one.after == outcome


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
