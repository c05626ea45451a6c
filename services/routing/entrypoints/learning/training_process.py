"""Trainings that nobody waits for: when the clock starts one, in which process, and what an installation adopts."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta

import structlog

from services.routing.settings import Settings
from services.routing.use_cases import corrections, model_choice, training_runs
from services.routing.use_cases.model_choice import Actor
from shared.messaging.housekeeping import Job
from shared.messaging.processes import connect
from shared.messaging.work import Work

log = structlog.get_logger()

_KINDNESS = 10  # of the operating system: whatever serves people comes first
_STOP_SECONDS = 5.0


class TrainingProcess:
    """At most one training at a time, in a process of its own: the clock goes on ticking, and memory is given back."""

    def __init__(
        self, command: tuple[str, ...] = (sys.executable, "-m", "services.routing.entrypoints.cli", "train")
    ) -> None:
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        """Whether the training started last still runs."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start a training unless one runs. The child asks again, under a lock, whether one is due."""
        if self.is_running:
            return
        self._process = subprocess.Popen(self._command)
        log.info("training_started", pid=self._process.pid)

    def stop(self) -> None:
        """End what runs; it had written nothing yet, and will be due again."""
        if self._process is None or not self.is_running:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()


def learning_jobs(settings: Settings, training: TrainingProcess) -> tuple[Job, ...]:
    """What the clock does for learning: look every minute whether a training is due, forget old texts once a day."""

    def consider(work: Work) -> None:
        if is_due(settings, work):
            training.start()

    def forget(work: Work) -> None:
        if forgotten := corrections.forget_old_texts(work, settings.corrections_kept):
            log.info("correction_texts_forgotten", count=forgotten)

    return (
        Job("consider_training", timedelta(minutes=1), consider),
        Job("forget_correction_texts", timedelta(days=1), forget),
    )


def is_due(settings: Settings, work: Work) -> bool:
    """Whether a training should start now."""
    return training_runs.is_due(work, fewest=settings.train_after_corrections, interval=settings.train_interval)


def train_if_due(settings: Settings) -> None:
    """Train now if it is due and nobody else does: what the started process runs."""
    from services.routing.entrypoints.learning.training import Trainer, TrainingBusyError  # noqa: PLC0415 - scikit-learn, only here

    os.nice(_KINDNESS)
    parts = connect(settings.service, pool_size=2)
    trainer = Trainer(parts.database, parts.units, settings.models_folder, settings.models_kept)
    try:
        trainer.run(
            cause=training_runs.SCHEDULED,
            actor=Actor(model_choice.SYSTEM),
            only_if=lambda work: is_due(settings, work),
        )
    except TrainingBusyError:
        log.info("training_busy")
    finally:
        parts.database.dispose()


def adopt_release(settings: Settings) -> None:
    """Build the model of this release and let it decide, unless a trained one does that this release can load."""
    from services.routing.entrypoints.learning.adoption import release_model  # noqa: PLC0415 - numpy, only here

    model = release_model(settings.models_folder)
    parts = connect(settings.service, pool_size=1)
    with parts.units.begin() as work:
        if model_choice.adopt_built(work, model):
            log.info("model_adopted", version=model.version)
    parts.database.dispose()
