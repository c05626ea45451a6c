"""Which code and data read texts here: a model only fits the reading it was trained with. Needs no numpy."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from services.routing.classifier.taxonomy import DATA_FOLDER

KEY_CHARS = 16

# What turns a text into features and scores into answers; training and measuring may change without a model noticing.
_CODE = (
    "artefact", "asks", "features", "lexicon", "model", "reading", "scaling", "taxonomy", "text", "urgency",
    "urgency_signs", "vectors",
)  # fmt: skip
_DATA = ("lexicon.yaml", "vocabulary.yaml", "taxonomy.yaml")


@cache
def reading_key() -> str:
    """Hash of everything that reads texts. A model learnt for another key would be wrong without a sign."""
    digest = hashlib.sha256()
    here = Path(__file__).parent
    for source in (*(here / f"{name}.py" for name in _CODE), *(DATA_FOLDER / name for name in _DATA)):
        digest.update(f"{source.name}\0".encode())
        digest.update(source.read_bytes())
    return digest.hexdigest()[:KEY_CHARS]
