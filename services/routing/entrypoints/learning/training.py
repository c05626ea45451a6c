"""A training from end to end: lessons from the database, a candidate, its comparison with the champion, the decision.

It takes some ten seconds of a core, so no transaction is open while it computes, and an advisory lock keeps a second
one away. Everything it writes is in its last transaction: a process that dies on the way leaves the champion as it was.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog

from services.routing.classifier.artefact import pack
from services.routing.classifier.corpus import HELD_BACK_FOLDER, Record, read_folder
from services.routing.classifier.errors import ClassifierError
from services.routing.classifier.lessons import Lessons, lessons_of
from services.routing.classifier.measuring import measures
from services.routing.classifier.model import Classifier
from services.routing.classifier.reading_key import reading_key
from services.routing.classifier.taxonomy import load_taxonomy
from services.routing.classifier.training import train
from services.routing.domain import promotion
from services.routing.domain.classification import Classification
from services.routing.domain.learning import is_held_back, text_digest
from services.routing.domain.masking import masked
from services.routing.domain.promotion import Comparison, Paired, Reason, Standing
from services.routing.entrypoints.learning.adoption import built_model, new_model
from services.routing.entrypoints.learning.models import classifier_of, load_classifier, load_stored, unpacked
from services.routing.store import corrections, model_registry
from services.routing.store.corrections import Accepted
from services.routing.store.learning_models import Correction, TrainingRun
from services.routing.use_cases import model_choice, training_runs
from services.routing.use_cases.model_choice import Actor
from shared.db.database import Database
from shared.messaging.consumer import describe
from shared.messaging.work import UnitsOfWork, Work

log = structlog.get_logger()

_TRAINING = 7_202_613  # advisory lock: one training at a time
Progress = Callable[[str], None]

MOST_ACCEPTED = 8_000
"""Newest answered cases that are read to judge; a quarter of them is held back, some seconds of answering."""


class TrainingBusyError(Exception):
    """Another process is training."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a training came to. `decision` is promoted, waiting (for a person) or refused; `champion` decides now."""

    version: str
    champion: str
    decision: str
    reasons: tuple[Reason, ...]
    comparison: dict[str, Any]
    metrics: dict[str, Any]
    learnt_count: int
    judged_count: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Trainer:
    """Trains on one service's database.

    :param corpus: what every model learns from beside corrections; the service's own unless given.
    :param fixed_split: texts of an author nobody trains on, which no candidate may do worse on.
    """

    database: Database
    units: UnitsOfWork
    models_folder: Path
    models_kept: int = 5
    corpus: Sequence[Record] | None = None
    fixed_split: Sequence[Record] | None = None
    progress: Progress = lambda _: None

    def run(self, *, cause: str, actor: Actor, only_if: Callable[[Work], bool] = lambda _: True) -> Outcome | None:
        """Train, compare, decide. None when `only_if`, asked under the lock, says that there is nothing to do.

        :raises TrainingBusyError: another process is at it.
        :raises ClassifierError: corpus or lessons are unsound; the run is recorded as failed.
        """
        with self.database.only_one(_TRAINING) as is_mine:
            if not is_mine:
                raise TrainingBusyError
            with self.units.begin() as work:
                if not only_if(work):
                    return None
                run = training_runs.start(work, cause=cause, by_name=actor.name)
            try:
                return self._train(run, actor)
            except Exception as error:
                with self.units.begin() as work:
                    training_runs.fail(work, run, describe(error))
                raise

    def _train(self, run: TrainingRun, actor: Actor) -> Outcome:
        started = time.monotonic()
        with self.database.transaction() as session:
            rows, accepted = corrections.usable(session), corrections.accepted(session, MOST_ACCEPTED)
        champion = self._champion()
        lessons = _lessons(rows, accepted)
        corpus = read_folder() if self.corpus is None else self.corpus
        trained = train(corpus, lessons.taught, progress=self.progress)
        candidate = classifier_of(unpacked(pack(trained)))  # as every process will load it, rounding included
        self.progress("comparing with the champion")
        fixed = read_folder(HELD_BACK_FOLDER) if self.fixed_split is None else self.fixed_split
        compared = _Compared.of(champion, candidate, fixed, lessons.judging)
        seconds = time.monotonic() - started
        until = max((row.at for row in rows), default=None)
        with self.units.begin() as work:
            outcome = self._decide(work, run, actor, compared, lessons, seconds)
            training_runs.end(work, run, version=candidate.version, until=until)
        log.info("model_trained", version=outcome.version, decision=outcome.decision, seconds=round(seconds, 1))
        return outcome

    def _champion(self) -> Classifier:
        """The model that decides now; the built one where none was adopted or this release cannot load it."""
        with self.database.transaction() as session:
            chosen = model_registry.champion_version(session)
        if chosen is not None and chosen[1] == reading_key():
            try:
                return load_stored(self.database, chosen[0])
            except ClassifierError as error:
                log.error("champion_not_loaded", version=chosen[0], error=str(error))  # noqa: TRY400 - the text says it all
        return load_classifier(self.models_folder)

    def _decide(
        self, work: Work, run: TrainingRun, actor: Actor, compared: _Compared, lessons: Lessons, seconds: float
    ) -> Outcome:  # fmt: skip
        champion, candidate = compared.champion.version, compared.candidate.version
        self._know_champion(work, compared)
        present = model_registry.champion(work.session)
        reasons = promotion.objections(compared.comparison)
        if champion == candidate:
            reasons = [Reason("same_model", {})]
        decision = "refused" if reasons else "promoted"
        if not reasons:
            reasons = [promotion.praise(compared.comparison)]
            if model_choice.is_held(work):
                decision, reasons = "waiting", [*reasons, Reason("held_after_rollback", {})]
            elif present is not None and present.version != champion:
                decision, reasons = "waiting", [*reasons, Reason("champion_changed", {})]
        if champion != candidate:
            self._keep(work, compared, lessons, decision, reasons, run, seconds)
        if decision == "promoted":
            model_choice.promote(
                work, candidate, actor if run.cause == training_runs.PERSON else Actor(model_choice.SYSTEM),
                reason="better_on_desk", code_key=reading_key(),
            )  # fmt: skip
        model_choice.prune(work, self.models_kept)
        return Outcome(
            version=candidate,
            champion=candidate if decision == "promoted" else champion,
            decision=decision,
            reasons=tuple(reasons),
            comparison=compared.to_dict(),
            metrics=compared.candidate_measures,
            learnt_count=len(lessons.taught),
            judged_count=len(lessons.judging),
            seconds=seconds,
        )

    def _know_champion(self, work: Work, compared: _Compared) -> None:
        """A champion that came from this host's folder is adopted, so that history and rollback know it."""
        model_registry.lock_choice(work.session)
        chosen = model_registry.champion_version(work.session)
        if chosen is None or chosen[1] != reading_key():
            model_choice.adopt_built(work, built_model(compared.champion.artefact, compared.champion_measures))

    def _keep(
        self, work: Work, compared: _Compared, lessons: Lessons, decision: str, reasons: Sequence[Reason],
        run: TrainingRun, seconds: float,
    ) -> None:  # fmt: skip
        model_choice.keep(
            work,
            new_model(
                compared.candidate.artefact,
                origin="trained",
                parent=compared.champion.version,
                metrics=compared.candidate_measures,
                comparison=compared.to_dict(),
                decision="refused" if decision == "refused" else "waiting",
                reasons=[{"code": one.code, **one.values} for one in reasons],
                learnt_count=len(lessons.taught),
                judged_count=len(lessons.judging),
                trained_by=run.by_name,
                train_seconds=seconds,
            ),
        )


@dataclass(frozen=True, slots=True)
class _Compared:
    """Two models with their answers measured on the fixed split and paired on both."""

    champion: Classifier
    candidate: Classifier
    champion_measures: dict[str, Any]
    candidate_measures: dict[str, Any]
    comparison: Comparison
    kind_on_desk: Paired
    urgency_on_desk: Paired

    @classmethod
    def of(
        cls, champion: Classifier, candidate: Classifier, fixed: Sequence[Record], judging: Sequence[Record]
    ) -> _Compared:
        """Let both answer everything, as received now."""
        now = datetime.now(UTC)
        before, after = (answers(one, fixed, now) for one in (champion, candidate))
        old, new = (answers(one, judging, now) for one in (champion, candidate))
        measured = measures(fixed, before), measures(fixed, after)
        return cls(
            champion,
            candidate,
            *measured,
            Comparison(
                desk=_paired(judging, old, new, _is_topic),
                fixed=_paired(fixed, before, after, _is_topic),
                fixed_kind=_paired(fixed, before, after, _is_kind),
                fixed_urgency=_paired(fixed, before, after, _is_urgency),
                champion=Standing.of(measured[0]),
                candidate=Standing.of(measured[1]),
            ),
            _paired(judging, old, new, _is_kind),
            _paired(judging, old, new, _is_urgency),
        )

    def to_dict(self) -> dict[str, Any]:
        """The paired counts, JSON-ready."""
        found = self.comparison
        return {
            "desk": found.desk.to_dict(),
            "desk_kind": self.kind_on_desk.to_dict(),
            "desk_urgency": self.urgency_on_desk.to_dict(),
            "fixed": found.fixed.to_dict(),
            "fixed_kind": found.fixed_kind.to_dict(),
            "fixed_urgency": found.fixed_urgency.to_dict(),
        }


def _is_topic(record: Record, given: Classification) -> bool:
    return record.topic == given.topic


def _is_kind(record: Record, given: Classification) -> bool:
    return record.kind == given.kind


def _is_urgency(record: Record, given: Classification) -> bool:
    return record.urgent == given.urgent


def _paired(
    records: Sequence[Record],
    before: Sequence[Classification],
    after: Sequence[Classification],
    is_right: Callable[[Record, Classification], bool],
) -> Paired:
    return Paired.of(
        [is_right(*pair) for pair in zip(records, before, strict=True)],
        [is_right(*pair) for pair in zip(records, after, strict=True)],
    )


def measures_of(classifier: Classifier, records: Sequence[Record]) -> dict[str, Any]:
    """How good a model is on labelled texts, as it is stored."""
    return measures(records, answers(classifier, records, datetime.now(UTC)))


def answers(classifier: Classifier, records: Sequence[Record], now: datetime) -> list[Classification]:
    """What a model says to each record."""
    return classifier.classify_many([(one.subject, one.body) for one in records], now=now)


def _lessons(rows: Sequence[Correction], accepted: Sequence[Accepted]) -> Lessons:
    """What teaches, and what judges: both kinds of held-back cases from one stretch of time, or one would outweigh."""
    since = min((one.opened_at for one in accepted), default=None) if len(accepted) == MOST_ACCEPTED else None
    taught = [_record(row) for row in rows if not row.is_held_back]
    judging = [_record(row) for row in rows if row.is_held_back and (since is None or row.at >= since)]
    judging += [
        Record(
            id=f"accepted:{one.case_id}",
            subject=masked(one.subject_line, names=(one.asker_name,)),
            body=masked(one.body, names=(one.asker_name,)),
            topic=one.topic,
            kind=one.kind,
            urgent=one.is_urgent,
        )
        for one in accepted
        if is_held_back(text_digest(one.subject_line, one.body))
    ]
    return lessons_of(taught, judging, load_taxonomy())


def _record(row: Correction) -> Record:
    return Record(
        id=f"correction:{row.case_id}",
        subject=row.subject_line or "",
        body=row.body or "",
        topic=row.to_topic,
        kind=row.to_kind,
        urgent=row.to_is_urgent,
    )


__all__ = ["ClassifierError", "Outcome", "Trainer", "TrainingBusyError"]
