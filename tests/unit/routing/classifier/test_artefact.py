from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from services.routing.classifier import artefact as artefacts
from services.routing.classifier.artefact import Artefact
from services.routing.classifier.build import build_key, ensure_model
from services.routing.classifier.corpus import Record
from services.routing.classifier.errors import ArtefactError, CorpusError, TaxonomyMismatchError
from services.routing.classifier.lexicon import lexicon_hash
from services.routing.classifier.model import Classifier
from services.routing.classifier.taxonomy import load_taxonomy
from services.routing.classifier.training import train

TAXONOMY = load_taxonomy()


@pytest.fixture(scope="module")
def small(corpus: list[Record]) -> list[Record]:
    """A third of the corpus of two authors: enough to train, quick to train."""
    return [record for record in corpus if record.author in {"ana", "beto"}][::3]


@pytest.fixture(scope="module")
def trained(small: list[Record]) -> Artefact:
    return train(small)


def load(folder: Path) -> Artefact:
    return artefacts.load(folder, taxonomy_version=TAXONOMY.version, lexicon_hash=lexicon_hash())


def test_a_saved_model_is_read_back_as_it_was(trained: Artefact, tmp_path: Path) -> None:
    version = artefacts.save(trained, tmp_path)
    read = load(tmp_path)
    assert read.version == version == trained.version
    assert read.vocabulary.names == trained.vocabulary.names
    assert np.allclose(read.weights, trained.weights, atol=2e-3)
    assert read.triage_below == trained.triage_below


def test_training_twice_gives_the_same_model(trained: Artefact, small: list[Record]) -> None:
    assert train(small[::-1]).version == trained.version


def test_nothing_of_the_model_is_pickled(trained: Artefact, tmp_path: Path) -> None:
    artefacts.save(trained, tmp_path)
    with np.load(tmp_path / artefacts.ARRAYS, allow_pickle=False) as arrays:
        assert {array.dtype.kind for array in (arrays[name] for name in arrays)} <= {"f", "u"}


def test_a_changed_weight_is_refused(trained: Artefact, tmp_path: Path) -> None:
    artefacts.save(trained, tmp_path)
    with np.load(tmp_path / artefacts.ARRAYS) as stored:
        arrays = {name: stored[name].copy() for name in stored}
    arrays["weights"][0, 0] += 1
    np.savez_compressed(tmp_path / artefacts.ARRAYS, **arrays)
    with pytest.raises(ArtefactError, match="does not match its version"):
        load(tmp_path)


def test_a_changed_threshold_is_refused(trained: Artefact, tmp_path: Path) -> None:
    artefacts.save(trained, tmp_path)
    document = json.loads((tmp_path / artefacts.DOCUMENT).read_text())
    (tmp_path / artefacts.DOCUMENT).write_text(json.dumps({**document, "triage_below": 0.0}))
    with pytest.raises(ArtefactError, match="does not match its version"):
        load(tmp_path)


def test_a_model_of_another_taxonomy_is_refused(trained: Artefact, tmp_path: Path) -> None:
    artefacts.save(replace(trained, taxonomy_version="0.9"), tmp_path)
    with pytest.raises(TaxonomyMismatchError, match=r"taxonomy 0\.9, not"):
        Classifier.load(tmp_path)


def test_a_model_of_another_lexicon_is_refused(trained: Artefact, tmp_path: Path) -> None:
    artefacts.save(replace(trained, lexicon_hash="0" * 64), tmp_path)
    with pytest.raises(ArtefactError, match="another lexicon"):
        Classifier.load(tmp_path)


@pytest.mark.parametrize("missing", [artefacts.DOCUMENT, artefacts.ARRAYS])
def test_half_a_model_is_refused(trained: Artefact, tmp_path: Path, missing: str) -> None:
    artefacts.save(trained, tmp_path)
    (tmp_path / missing).unlink()
    with pytest.raises(ArtefactError, match="no usable model"):
        Classifier.load(tmp_path)


def test_a_correction_is_learnt(small: list[Record]) -> None:
    said = "el fierro viejo del canchon lo puede llevar el chatarrero de la esquina"
    correction = Record("fix-1", "", said, "tesoreria_contabilidad", "interpretacion_norma", False, author="staff")
    learnt = Classifier.of(train(small, [correction] * 1))
    from datetime import UTC, datetime  # noqa: PLC0415 - only here

    given = learnt.classify("", said, now=datetime(2026, 11, 23, 15, tzinfo=UTC))
    assert given.topic == "tesoreria_contabilidad"


def test_training_refuses_labels_outside_the_taxonomy_and_a_single_author(small: list[Record]) -> None:
    with pytest.raises(CorpusError, match="unknown topic"):
        train([replace(small[0], topic="x"), *small[1:]])
    with pytest.raises(CorpusError, match="two authors"):
        train([record for record in small if record.author == "ana"])


def test_the_built_model_is_found_again_and_not_built_again(model_folder: Path) -> None:
    document = model_folder / artefacts.DOCUMENT
    before = document.stat().st_mtime_ns
    assert ensure_model(model_folder.parent) == model_folder
    assert document.stat().st_mtime_ns == before
    assert model_folder.name == build_key()


def test_the_model_files_are_small(model_folder: Path) -> None:
    assert sum(path.stat().st_size for path in model_folder.iterdir()) < 15_000_000


def test_a_moved_model_still_loads(model_folder: Path, tmp_path: Path) -> None:
    shutil.copytree(model_folder, tmp_path / "elsewhere")
    assert Classifier.load(tmp_path / "elsewhere").version == load(model_folder).version
