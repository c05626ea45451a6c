"""The classifier of a process: built if its corpus is new, loaded once, shared by everything the process forks."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path

import structlog

from services.routing.classifier.build import ensure_model
from services.routing.classifier.model import Classifier
from services.routing.store.holiday_source import desk_calendar

log = structlog.get_logger()


def prepare_model(models_folder: Path) -> Path:
    """See that the model for the present corpus is built; seconds when it is new, nothing when it is there.

    Every process that handles events calls this at its start: building inside a transaction would outlast it.

    :raises ClassifierError: the corpus is unsound.
    """
    return ensure_model(models_folder, progress=lambda message: log.info("model_building", step=message))


@lru_cache(maxsize=1)
def load_classifier(models_folder: Path) -> Classifier:
    """The classifier for the present corpus, counting days on the desk's calendar.

    :raises ClassifierError: the corpus or the built model is unsound.
    """
    calendar = desk_calendar()

    def is_working_day(day: date) -> bool:
        return bool(calendar.plan_of(day).windows)

    classifier = Classifier.load(prepare_model(models_folder), is_working_day=is_working_day)
    log.info("model_loaded", version=classifier.version)
    return classifier
