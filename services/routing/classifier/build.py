"""Where a service finds its model: built from the corpus on first use, kept by the hash of what built it.

The artefact is not in the repository (docs/adr has why): corpus, lexicon, taxonomy and this code decide it, and
building takes seconds. A change of any of them is another key, so a stale model cannot be picked up.
"""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from services.routing.classifier import artefact as artefacts
from services.routing.classifier.corpus import CORPUS_FOLDER, read_folder
from services.routing.classifier.lexicon import LEXICON_FILE
from services.routing.classifier.taxonomy import TAXONOMY_FILE

KEY_CHARS = 16


def build_key(corpus: Path = CORPUS_FOLDER) -> str:
    """Hash of everything a build reads: corpus files, lexicon, taxonomy, and the code of this room."""
    digest = hashlib.sha256()
    sources = [
        *sorted(corpus.rglob("*.jsonl")),
        LEXICON_FILE,
        TAXONOMY_FILE,
        *sorted(Path(__file__).parent.glob("*.py")),
    ]
    for source in sources:
        digest.update(f"{source.name}\0".encode())
        digest.update(source.read_bytes())
    return digest.hexdigest()[:KEY_CHARS]


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Several processes start together; one builds and the others wait for it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def ensure_model(folder: Path, *, progress: Callable[[str], None] = lambda _: None) -> Path:
    """The folder of the model for the present corpus and code, below ``folder``; built there if absent.

    Building takes some seconds of one core. Raises CorpusError when the corpus is unsound.
    """
    place = folder / build_key()
    if (place / artefacts.DOCUMENT).exists():
        return place
    with _only_one(folder):
        if not (place / artefacts.DOCUMENT).exists():
            # Imported here so that a worker that finds its model never loads scikit-learn.
            from services.routing.classifier.training import train  # noqa: PLC0415 - see above

            artefacts.save(train(read_folder(), progress=progress), place)
    return place
