"""What people see of the classifier: which model decides, how good it is, how it came to that, what was corrected."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from services.routing.store import corrections, model_registry
from services.routing.store.learning_models import Correction, ModelChoice, ModelVersion, TrainingRun
from services.routing.use_cases.drift import read_drift
from services.routing.use_cases.model_choice import UnknownModelError

_MOST_VERSIONS, _MOST_CHOICES, _MOST_RUNS = 20, 20, 5


def read_status(session: Session, code_key: str) -> dict[str, Any]:
    """Everything of the supervisors' page but the corrections. `code_key`: how this release reads texts."""
    choice = model_registry.champion(session)
    champion = None if choice is None else model_registry.version_of(session, choice.version)
    before = None if choice is None else model_registry.taken_over_from(session, choice.version)
    is_fit = champion is not None and champion.code_key == code_key
    return {
        "champion": None if champion is None or choice is None else version_dict(champion, is_loadable=is_fit),
        "chosen": None if choice is None else choice_dict(choice),
        "previous": before,
        "versions": [
            version_dict(row, is_loadable=has_bytes and row.code_key == code_key)
            for row, has_bytes in model_registry.versions(session, _MOST_VERSIONS)
        ],
        "choices": [choice_dict(row) for row in model_registry.choices(session, _MOST_CHOICES)],
        "runs": [run_dict(row) for row in model_registry.runs(session, _MOST_RUNS)],
        "drift": asdict(read_drift(session)),
        "corrections": corrections.totals(session),
    }


def read_version(session: Session, version: str, code_key: str) -> dict[str, Any]:
    """One model with everything that was measured.

    :raises UnknownModelError: there is no such model.
    """
    found = model_registry.version_of(session, version)
    if found is None:
        raise UnknownModelError(version)
    is_loadable = found.code_key == code_key and model_registry.has_artefact(session, version)
    return version_dict(found, is_loadable=is_loadable)


def version_dict(row: ModelVersion, *, is_loadable: bool) -> dict[str, Any]:
    """A model as pages and programs see it."""
    return {
        "version": row.version,
        "origin": row.origin,
        "parent": row.parent,
        "decision": row.decision,
        "reasons": row.reasons,
        "is_loadable": is_loadable,
        "learnt": row.learnt_count,
        "judged": row.judged_count,
        "trained_at": row.trained_at,
        "trained_by": row.trained_by,
        "train_seconds": round(row.train_seconds, 1),
        "taxonomy_version": row.taxonomy_version,
        "corpus_hash": row.corpus_hash,
        "metrics": row.metrics,
        "comparison": row.comparison,
    }


def choice_dict(row: ModelChoice) -> dict[str, Any]:
    """A change of champion."""
    return {
        "version": row.version,
        "previous": row.previous,
        "act": row.act,
        "by": row.by_name,
        "reason": row.reason,
        "at": row.at,
    }


def run_dict(row: TrainingRun) -> dict[str, Any]:
    """A training."""
    return {
        "state": row.state,
        "cause": row.cause,
        "by": row.by_name,
        "asked_at": row.asked_at,
        "ended_at": row.ended_at,
        "new_corrections": row.new_corrections,
        "version": row.version,
        "error": row.error,
    }


def correction_dict(row: Row[Correction, str]) -> dict[str, Any]:
    """A decision of a person, with the code of its case. The text stays on the case's sheet."""
    found, code = row[0], row[1]
    return {
        "id": found.correction_id,
        "code": code,
        "at": found.at,
        "by": found.by_name,
        "reason": found.reason,
        "model_version": found.model_version,
        "model_confidence": round(found.model_confidence, 4),
        "model": _label(found.model_topic, found.model_kind, is_urgent=found.model_is_urgent),
        "from_": _label(found.from_topic, found.from_kind, is_urgent=found.from_is_urgent),
        "to": _label(found.to_topic, found.to_kind, is_urgent=found.to_is_urgent),
        "was_triage": found.was_triage,
        "is_confirmation": found.is_confirmation,
        "is_superseded": found.is_superseded,
        "is_held_back": found.is_held_back,
        "text_digest": found.text_digest,
    }


def _label(topic: str, kind: str, *, is_urgent: bool) -> dict[str, Any]:
    return {"topic": topic, "kind": kind, "is_urgent": is_urgent}
