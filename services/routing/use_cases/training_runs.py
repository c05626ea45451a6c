"""When a model is trained and what became of it: asking for a training, beginning one, ending it."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.routing.store import corrections, model_registry
from services.routing.store.learning_models import TrainingRun
from shared.ids import new_id
from shared.messaging.work import Work

ASKED, RUNNING, DONE, FAILED = "asked", "running", "done", "failed"
SCHEDULED, PERSON = "scheduled", "person"
_LONGEST_ERROR = 500


def ask(work: Work, by_name: str) -> TrainingRun:
    """A person wants a training; the clock starts it within half a minute. Asking twice asks once."""
    model_registry.lock_choice(work.session)
    waiting = model_registry.unfinished_runs(work.session, ASKED)
    if waiting:
        return waiting[0]
    run = TrainingRun(run_id=new_id(), state=ASKED, cause=PERSON, by_name=by_name, asked_at=work.now)
    work.session.add(run)
    work.session.flush()
    return run


def is_due(work: Work, *, fewest: int, interval: timedelta) -> bool:
    """Whether the clock should start a training: somebody asked, or enough was corrected since the last one.

    :param fewest: decisions against the model that make a training worth its while; 0 means that only people ask.
    """
    session = work.session
    if model_registry.unfinished_runs(session, ASKED):
        return True
    last = model_registry.last_done(session)
    if fewest <= 0 or (last is not None and last.ended_at is not None and work.now - last.ended_at < interval):
        return False
    return corrections.count_new(session, model_registry.learnt_until(session)) >= fewest


def start(work: Work, *, cause: str, by_name: str) -> TrainingRun:
    """The run that starts now: the one somebody asked for, or a new one. Runs whose process died are closed.

    Called under the training lock, so no other run is alive.
    """
    for dead in model_registry.unfinished_runs(work.session, RUNNING):
        dead.state, dead.ended_at, dead.error = FAILED, work.now, "its process did not survive"
    asked = model_registry.unfinished_runs(work.session, ASKED)
    run = asked[0] if asked else TrainingRun(run_id=new_id(), cause=cause, by_name=by_name, asked_at=work.now)
    run.state, run.started_at = RUNNING, work.now
    run.new_corrections = corrections.count_new(work.session, model_registry.learnt_until(work.session))
    work.session.add(run)
    work.session.flush()
    return run


def end(work: Work, run: TrainingRun, *, version: str, until: datetime | None) -> None:
    """The run came to a model; `until` is the newest correction it read."""
    found = work.session.merge(run)
    found.state, found.ended_at, found.version = DONE, work.now, version
    found.corrections_until = until or model_registry.learnt_until(work.session)


def fail(work: Work, run: TrainingRun, error: str) -> None:
    """The run came to nothing."""
    found = work.session.merge(run)
    found.state, found.ended_at, found.error = FAILED, work.now, error[:_LONGEST_ERROR]
