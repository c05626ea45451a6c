"""Texts that are too much alike: near-copies (shared character 5-grams), and one mould filled with other nouns."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from services.routing.classifier.corpus import Record
from services.routing.classifier.features import STOPWORDS
from services.routing.classifier.text import clean, sentences, tokens

GRAM = 5
ALIKE_FROM = 0.5
ROWS_AT_ONCE = 256
MOULD_WORDS = 7  # function words a mould needs to be no coincidence
MOULD_SHARED_BY = 2
# Function words beyond the stop list that make up the frame of a question.
_FRAME_LINES = (
    "como cual cuales quien quienes donde cuando cuanto cuanta cuantos puede puedo pueden podemos debe debo",
    "deben hacer hago hacemos corresponde procede necesito solicito agradecere agradeceria sirvanse sirvase",
    "consulta consulto quisiera saber indicar precisar si solo tambien antes despues hoy manana",
)
FRAME_WORDS = STOPWORDS | {word for line in _FRAME_LINES for word in line.split()}
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Likeness:
    """Two records that are too much alike; ``share`` is the Jaccard similarity of their 5-grams (0 to 1)."""

    first: str
    second: str
    share: float


def _grams(record: Record) -> set[str]:
    text = _SPACES.sub(" ", clean(f"{record.subject} {record.body}")).strip()
    return {text[start : start + GRAM] for start in range(max(len(text) - GRAM + 1, 1))}


def near_copies(records: Sequence[Record], alike_from: float = ALIKE_FROM) -> list[Likeness]:
    """Every pair of records whose sets of character 5-grams overlap by ``alike_from`` or more; exact, no sampling."""
    sets = [_grams(record) for record in records]
    positions: dict[str, int] = {}
    columns = [positions.setdefault(gram, len(positions)) for grams in sets for gram in sorted(grams)]
    starts = np.concatenate([[0], np.cumsum([len(grams) for grams in sets])])
    ones = np.ones(len(columns), dtype=np.float32)
    present = sparse.csr_matrix((ones, columns, starts), shape=(len(sets), max(len(positions), 1)))
    sizes = np.array([len(grams) for grams in sets], dtype=np.float32)
    across = present.T.tocsr()
    found: list[Likeness] = []
    for start in range(0, len(sets), ROWS_AT_ONCE):
        shared = (present[start : start + ROWS_AT_ONCE] @ across).toarray()
        share = shared / (sizes[start : start + ROWS_AT_ONCE, None] + sizes[None, :] - shared)
        for row, column in zip(*np.nonzero(share >= alike_from), strict=True):
            if start + row < column:
                found.append(Likeness(records[start + row].id, records[column].id, float(share[row, column])))
    return found


def _moulds(record: Record) -> Iterator[str]:
    """The frame of each sentence: function words kept, each run of content words replaced by one blank."""
    for sentence in sentences(clean(record.body)):
        frame: list[str] = []
        for word in tokens(sentence, {}):
            if word in FRAME_WORDS:
                frame.append(word)
            elif not frame or frame[-1] != "_":
                frame.append("_")
        if sum(word != "_" for word in frame) >= MOULD_WORDS:
            yield " ".join(frame)


def shared_moulds(records: Sequence[Record]) -> dict[str, list[str]]:
    """Sentence frames of at least seven function words that two or more records fill with other content."""
    users: dict[str, set[str]] = defaultdict(set)
    for record in records:
        for mould in _moulds(record):
            users[mould].add(record.id)
    return {mould: sorted(ids) for mould, ids in users.items() if len(ids) >= MOULD_SHARED_BY}
