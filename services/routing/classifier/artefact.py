"""The trained model on disk: plain numpy arrays and one JSON document in a folder, named by the hash of its content.

Nothing is pickled: a model file from outside can be wrong, but it cannot run code. ``load`` recomputes the hash, and
refuses a model that was trained for another taxonomy or another lexicon than the service has.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from services.routing.classifier.errors import ArtefactError, TaxonomyMismatchError
from services.routing.classifier.scaling import Scaling
from services.routing.classifier.vectors import FloatArray, Vocabulary

FORMAT = 1
DOCUMENT, ARRAYS = "model.json", "arrays.npz"
LARGEST_UNPACKED = 200_000_000  # bytes; a model has some ten millions

# Everything that reading a damaged or forged archive was seen to raise.
_MALFORMED = (ValueError, LookupError, TypeError, AttributeError, OSError, EOFError, zipfile.BadZipFile, zlib.error)


@dataclass(frozen=True, slots=True)
class Artefact:
    """All that a prediction needs.

    ``weights`` has one row a feature and one column a class: the topics, then the kinds, then the urgency score.
    ``report`` holds the out-of-author measures of this model, for people.
    """

    vocabulary: Vocabulary
    weights: FloatArray
    biases: FloatArray
    topics: tuple[str, ...]
    kinds: tuple[str, ...]
    topic_scaling: Scaling
    kind_scaling: Scaling
    urgency_scaling: Scaling
    triage_below: float
    urgent_from: float
    taxonomy_version: str
    lexicon_hash: str
    corpus_hash: str
    report: Mapping[str, Any]

    @property
    def version(self) -> str:
        """The first 16 hex digits of the SHA-256 of the content."""
        return _version(self._document(), self._arrays())

    def _document(self) -> dict[str, Any]:
        scalings = {
            name: {"slope": scaling.slope, "offsets": list(scaling.offsets)}
            for name, scaling in (
                ("topic", self.topic_scaling),
                ("kind", self.kind_scaling),
                ("urgency", self.urgency_scaling),
            )
        }
        return {
            "format": FORMAT,
            "topics": list(self.topics),
            "kinds": list(self.kinds),
            "scalings": scalings,
            "triage_below": self.triage_below,
            "urgent_from": self.urgent_from,
            "taxonomy_version": self.taxonomy_version,
            "lexicon_hash": self.lexicon_hash,
            "corpus_hash": self.corpus_hash,
            "report": dict(self.report),
        }

    def _arrays(self) -> dict[str, np.ndarray[Any, Any]]:
        return {
            "names": np.frombuffer("\n".join(self.vocabulary.names).encode(), dtype=np.uint8),
            "idf": self.vocabulary.idf.astype(np.float32),
            "weights": self.weights.astype(np.float16),
            "biases": self.biases.astype(np.float32),
        }


def _version(document: Mapping[str, Any], arrays: Mapping[str, np.ndarray[Any, Any]]) -> str:
    digest = hashlib.sha256(json.dumps(document, sort_keys=True, ensure_ascii=False).encode())
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Packed:
    """A model as it is kept: a JSON document and the bytes of a compressed archive of arrays."""

    version: str
    document: str
    arrays: bytes


def pack(artefact: Artefact) -> Packed:
    """The model as it is kept in a folder or a table; the same model gives the same version."""
    document, arrays = artefact._document(), artefact._arrays()  # noqa: SLF001 - the same module's own layout
    version = _version(document, arrays)
    packed = io.BytesIO()
    np.savez_compressed(packed, **arrays)  # type: ignore[arg-type]  # the stub takes **kwds for allow_pickle too
    text = json.dumps({**document, "version": version}, ensure_ascii=False, indent=1, sort_keys=True)
    return Packed(version, text, packed.getvalue())


def save(artefact: Artefact, folder: Path) -> str:
    """Write the model into ``folder`` (created if absent) and return its version. A reader never sees half a file."""
    folder.mkdir(parents=True, exist_ok=True)
    packed = pack(artefact)
    replace(folder / ARRAYS, packed.arrays)
    replace(folder / DOCUMENT, packed.document.encode())
    return packed.version


def replace(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old content or the new, never a part."""
    scratch = path.with_suffix(f".{os.getpid()}.part")
    with scratch.open("wb") as part:
        part.write(content)
        part.flush()
        os.fsync(part.fileno())
    scratch.replace(path)


def _scaling(raw: Mapping[str, Any]) -> Scaling:
    return Scaling(float(raw["slope"]), tuple(float(offset) for offset in raw["offsets"]))


def load(folder: Path, *, taxonomy_version: str, lexicon_hash: str) -> Artefact:
    """Read and verify a model.

    Raises ArtefactError when files are missing, damaged or do not match their version, and TaxonomyMismatchError when
    the model speaks of another taxonomy than ``taxonomy_version``.
    """
    try:
        document, arrays = (folder / DOCUMENT).read_text(encoding="utf-8"), (folder / ARRAYS).read_bytes()
    except (OSError, UnicodeDecodeError) as error:
        raise ArtefactError(f"no usable model in {folder.name!r}: {error}") from error
    return unpack(document, arrays, taxonomy_version=taxonomy_version, lexicon_hash=lexicon_hash)


def unpack(
    document_text: str, archive: bytes, *, taxonomy_version: str, lexicon_hash: str, version: str | None = None
) -> Artefact:
    """Verify and read what ``pack`` gave. ``version``: the one that is wanted, if the caller knows it.

    Raises as ``load`` does.
    """
    try:
        document = json.loads(document_text)
        claimed = document.pop("version")
        if document["format"] != FORMAT:
            raise ArtefactError(f"model format {document['format']} is not {FORMAT}")
        arrays = _read_arrays(archive)
        if _version(document, arrays) != claimed or version not in (None, claimed):
            raise ArtefactError(f"the content of model {version or claimed} does not match its version")
        if document["taxonomy_version"] != taxonomy_version:
            raise TaxonomyMismatchError(
                f"model {claimed} was trained for taxonomy {document['taxonomy_version']}, not {taxonomy_version}"
            )
        if document["lexicon_hash"] != lexicon_hash:
            raise ArtefactError(f"model {claimed} was trained with another lexicon; train it again")
        return _artefact(document, arrays)
    except _MALFORMED as error:
        raise ArtefactError(f"no usable model: {error}") from error


def _read_arrays(archive: bytes) -> dict[str, np.ndarray[Any, Any]]:
    """The arrays of an archive that says beforehand that it unpacks to no more than a model may hold."""
    with zipfile.ZipFile(io.BytesIO(archive)) as listed:
        if sum(entry.file_size for entry in listed.infolist()) > LARGEST_UNPACKED:
            raise ArtefactError("the arrays of the model are larger than any model of ours")
    with np.load(io.BytesIO(archive), allow_pickle=False) as stored:
        return {name: stored[name] for name in ("names", "idf", "weights", "biases")}


def _artefact(document: Mapping[str, Any], arrays: Mapping[str, np.ndarray[Any, Any]]) -> Artefact:
    names = arrays["names"].tobytes().decode().split("\n")
    columns = len(document["topics"]) + len(document["kinds"]) + 1
    if arrays["weights"].shape != (len(names), columns) or arrays["idf"].shape != (len(names),):
        raise ArtefactError("the arrays of the model do not fit each other")
    return Artefact(
        vocabulary=Vocabulary.of(names, arrays["idf"]),
        weights=arrays["weights"].astype(np.float32),
        biases=arrays["biases"],
        topics=tuple(document["topics"]),
        kinds=tuple(document["kinds"]),
        topic_scaling=_scaling(document["scalings"]["topic"]),
        kind_scaling=_scaling(document["scalings"]["kind"]),
        urgency_scaling=_scaling(document["scalings"]["urgency"]),
        triage_below=float(document["triage_below"]),
        urgent_from=float(document["urgent_from"]),
        taxonomy_version=document["taxonomy_version"],
        lexicon_hash=document["lexicon_hash"],
        corpus_hash=document["corpus_hash"],
        report=document["report"],
    )
