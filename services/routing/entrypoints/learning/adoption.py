"""Artefacts as rows: what a model in memory looks like when it is stored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from services.routing.classifier import artefact as artefacts
from services.routing.classifier.artefact import Artefact
from services.routing.classifier.reading_key import reading_key
from services.routing.entrypoints.learning.models import built_measures, load_classifier
from services.routing.use_cases import model_choice
from services.routing.use_cases.model_choice import NewModel


def new_model(artefact: Artefact, **values: Any) -> NewModel:
    """A model to be stored; `values` are the fields of NewModel that the artefact does not know."""
    packed = artefacts.pack(artefact)
    return NewModel(
        version=packed.version,
        document=packed.document,
        arrays=packed.arrays,
        code_key=reading_key(),
        taxonomy_version=artefact.taxonomy_version,
        corpus_hash=artefact.corpus_hash,
        **values,
    )


def built_model(artefact: Artefact, measured: dict[str, Any]) -> NewModel:
    """The model that a release was built with, to be adopted."""
    return new_model(
        artefact,
        origin="built",
        metrics=measured,
        decision="built",
        reasons=[],
        trained_by=model_choice.SYSTEM,
        train_seconds=0.0,
    )


def release_model(models_folder: Path) -> NewModel:
    """The model of this release: built if absent, measured, ready to be adopted."""
    return built_model(load_classifier(models_folder).artefact, built_measures(models_folder))
