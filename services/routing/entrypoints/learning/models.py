"""The classifier of a process: the champion, loaded before it is needed, exchanged while the process works.

The model that a release is built with lies in a folder. Those that were trained since lie in the database, where every
host finds them; the newest row of `model_choice` says which one decides.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from services.routing.classifier import artefact as artefacts
from services.routing.classifier.artefact import Artefact
from services.routing.classifier.build import ensure_model
from services.routing.classifier.errors import ClassifierError
from services.routing.classifier.lexicon import lexicon_hash
from services.routing.classifier.model import Classifier
from services.routing.classifier.reading_key import reading_key
from services.routing.classifier.taxonomy import load_taxonomy
from services.routing.domain.classification import Classification
from services.routing.store import model_registry
from services.routing.store.holiday_source import desk_calendar
from services.routing.use_cases import instruments
from shared.db.database import Database

log = structlog.get_logger()

MEASURES = "measures.json"


def prepare_model(models_folder: Path) -> Path:
    """See that the model for the present corpus is built; seconds when it is new, nothing when it is there.

    Every process that handles events calls this at its start: building inside a transaction would outlast it.

    :raises ClassifierError: the corpus is unsound.
    """
    return ensure_model(models_folder, progress=lambda message: log.info("model_building", step=message))


def _is_working_day() -> Callable[[date], bool]:
    calendar = desk_calendar()

    def is_working_day(day: date) -> bool:
        return bool(calendar.plan_of(day).windows)

    return is_working_day


def classifier_of(artefact: Artefact) -> Classifier:
    """A classifier of an artefact in memory, counting days on the desk's calendar."""
    return Classifier.of(artefact, is_working_day=_is_working_day())


@lru_cache(maxsize=1)
def load_classifier(models_folder: Path) -> Classifier:
    """The classifier for the present corpus, counting days on the desk's calendar.

    :raises ClassifierError: the corpus or the built model is unsound.
    """
    classifier = Classifier.load(prepare_model(models_folder), is_working_day=_is_working_day())
    log.info("model_loaded", version=classifier.version)
    return classifier


def built_measures(models_folder: Path) -> dict[str, Any]:
    """How good the built model is on the fixed split; measured once and kept beside it where that can be written."""
    place = prepare_model(models_folder) / MEASURES
    if place.exists():
        kept: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
        return kept
    from services.routing.classifier.corpus import HELD_BACK_FOLDER, read_folder  # noqa: PLC0415 - scipy, once
    from services.routing.classifier.measuring import measures  # noqa: PLC0415 - see above

    records = read_folder(HELD_BACK_FOLDER)
    given = load_classifier(models_folder).classify_many(
        [(one.subject, one.body) for one in records], now=datetime.now(UTC)
    )
    found = measures(records, given)
    with suppress(OSError):  # an image whose folders are read-only: measured again at the next installation
        artefacts.replace(place, json.dumps(found).encode())
    return found


def load_stored(database: Database, version: str) -> Classifier:
    """A model from the database, verified whole.

    :raises ClassifierError: it is gone, damaged, forged, or speaks of another taxonomy or lexicon.
    """
    with database.transaction() as session:
        stored = model_registry.artefact_of(session, version)
    if stored is None:
        raise ClassifierError(f"model {version} is not stored any more")
    packed = artefacts.Packed(version, stored.document, stored.arrays)
    return classifier_of(unpacked(packed))


def unpacked(packed: artefacts.Packed) -> Artefact:
    """A model as it was stored, verified.

    :raises ClassifierError: it is damaged, forged, or speaks of another taxonomy or lexicon.
    """
    return artefacts.unpack(
        packed.document,
        packed.arrays,
        version=packed.version,
        taxonomy_version=load_taxonomy().version,
        lexicon_hash=lexicon_hash(),
    )


class LiveClassifier:
    """Classifies with the champion, whichever it is at the moment; each text by one whole model.

    A newer champion is loaded aside, tried on a text, and then takes its place by one assignment. One that cannot be
    loaded is counted and left: the model at hand goes on deciding, and every look tries again.
    """

    def __init__(self, built: Classifier) -> None:
        self._built = built
        self._present = built
        self._refused = ""

    @property
    def version(self) -> str:
        """The model that decides in this process."""
        return self._present.version

    def classify(self, subject: str, body: str, *, now: datetime) -> Classification:
        """Topic, kind and urgency of one consultation received at `now` (aware). Any text is accepted."""
        return self._present.classify(subject, body, now=now)

    def refresh(self, database: Database) -> bool:
        """Look which model is champion and take it; whether it changed. Never raises: there is always a model."""
        try:
            with database.transaction() as session:
                chosen = model_registry.champion_version(session)
            return self._take(database, chosen)
        except SQLAlchemyError as error:
            log.info("champion_not_asked", error=type(error).__name__)
        except ClassifierError as error:
            version = "" if chosen is None else chosen[0]
            instruments.MODEL_LOAD_FAILURES.inc()
            if version != self._refused:
                log.error("champion_not_loaded", version=version, error=str(error))  # noqa: TRY400 - the text says it all
            self._refused = version
        return False

    def _take(self, database: Database, chosen: tuple[str, str] | None) -> bool:
        wanted = self._built
        if chosen is not None and chosen[1] == reading_key() and chosen[0] != self._built.version:
            if chosen[0] == self._present.version:
                return False
            wanted = load_stored(database, chosen[0])
            wanted.classify("Prueba", "¿Cómo se registra el devengado en el SIAF?", now=datetime.now(UTC))
        if wanted is self._present:
            return False
        log.info("model_exchanged", before=self._present.version, now=wanted.version)
        self._present = wanted
        return True

    def watch(self, database: Database, every_seconds: float, stop: threading.Event | None = None) -> threading.Thread:
        """Look at once, and from then on every so often in a thread of its own, as long as the process lives."""
        self.refresh(database)
        ended = stop or threading.Event()

        def look() -> None:
            while not ended.wait(every_seconds):
                self.refresh(database)

        thread = threading.Thread(target=look, name="model-watch", daemon=True)
        thread.start()
        return thread
