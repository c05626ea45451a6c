"""What a supervisor does with the rules, as one call each: draft, trial, publication, recalculation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.routing.domain.closed_days import ClosedDayRule, Effect, row_of
from services.routing.store.rule_models import SlaDraft, SlaEdition, SlaRun
from services.routing.use_cases import recalculating, rule_trials, rules
from shared.accounts.people import Person
from tests.support.routing_desk import Desk

Edit = Callable[[dict[str, Any]], dict[str, Any]]


def save(desk: Desk, person: Person, kind: str, edit: Edit) -> rules.Draft:
    """Change the draft of a kind."""
    with desk.work() as work:
        draft = rules.read_draft(work.session, kind)
        return rules.save_draft(work, person, kind, edit(draft.content), draft.version)


def try_out(desk: Desk, person: Person, kind: str) -> SlaRun:
    """Try the draft, to the end."""
    with desk.work() as work:
        run_id = rule_trials.start_trial(work, person, kind).run_id
    return finished(desk, run_id)


def publish(desk: Desk, person: Person, kind: str, edit: Edit, reason: str = "Porque así se decidió") -> SlaEdition:
    """Draft, try and publish."""
    save(desk, person, kind, edit)
    trial = try_out(desk, person, kind)
    with desk.work() as work:
        draft = work.session.get(SlaDraft, kind)
        assert draft is not None
        return rules.put_in_force(work, person, kind, version=draft.version, trial_id=trial.run_id, reason=reason)


def recalculate(desk: Desk, person: Person, kind: str, number: int, reason: str = "Se adopta") -> SlaRun:
    """Let open cases adopt an edition, to the end."""
    with desk.work() as work:
        run_id = recalculating.start_recalculation(work, person, kind, number, reason).run_id
    return finished(desk, run_id)


def finished(desk: Desk, run_id: Any) -> SlaRun:
    """A run, when the clock has done all of it."""
    while True:
        with desk.parts.database.transaction() as session:
            run = session.get(SlaRun, run_id)
            assert run is not None
            if run.state == "done":
                return run
        desk.make_timers_due(run_id)
        assert desk.tick(), "a run that is not done has a timer"


def tomorrow_onwards(count: int, *, first: int = 1) -> list[date]:
    """Days from tomorrow on."""
    today = datetime.now(UTC).date()
    return [today + timedelta(days=first + step) for step in range(count)]


def declare(*days: date, prefix: str = "", name: str = "Día no laborable") -> Edit:
    """Add closed days to a calendar."""
    rows = [
        row_of(
            ClosedDayRule(
                ubigeo_prefix=prefix, effect=Effect.CLOSED, is_made_up=True, name=name, norm="DS 150-2026-PCM", day=day
            )
        )
        for day in days
    ]
    return lambda content: content | {"days": [*content["days"], *rows]}
