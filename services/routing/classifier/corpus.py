"""The training corpus: reading it, checking its labels, and refusing texts that are too much alike.

A corpus of near-copies flatters every measure, so two texts whose character 5-grams overlap by half, or that are the
same sentence with other nouns, may not both be in it.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.routing.classifier.errors import CorpusError
from services.routing.classifier.taxonomy import DATA_FOLDER, Taxonomy

CORPUS_FOLDER = DATA_FOLDER / "corpus"
HELD_BACK_FOLDER = DATA_FOLDER / "held_back"


@dataclass(frozen=True, slots=True)
class Record:
    """One labelled consultation. ``author`` and ``batch`` say who wrote it: what a fair split goes by."""

    id: str
    subject: str
    body: str
    topic: str
    kind: str
    urgent: bool
    subtopic: str = ""
    style: str = ""
    author: str = ""
    batch: str = ""

    @property
    def text(self) -> str:
        """Subject and body as one text."""
        return f"{self.subject}\n{self.body}".strip()


def parse_record(raw: Mapping[str, Any], where: str) -> Record:
    """A Record from one JSON object. Raises CorpusError naming ``where`` when a field is missing or of a wrong type."""
    try:
        record = Record(
            id=raw["id"],
            subject=raw["subject"],
            body=raw["body"],
            topic=raw["topic"],
            kind=raw["kind"],
            urgent=raw["urgent"],
            subtopic=raw.get("subtopic") or "",
            style=raw.get("style") or "",
            author=raw.get("author") or "",
            batch=raw.get("batch") or "",
        )
    except (KeyError, TypeError) as error:
        raise CorpusError(f"{where}: missing field {error}") from error
    if not isinstance(record.urgent, bool) or not all(isinstance(text, str) for text in (record.subject, record.body)):
        raise CorpusError(f"{where}: urgent must be true or false, subject and body text")
    return record


def read_lines(path: Path) -> Iterator[Record]:
    """The records of one JSON-lines file, blank lines skipped."""
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                raw = json.loads(line)
            except ValueError as error:
                raise CorpusError(f"{path.name}:{number}: not JSON ({error})") from error
            yield parse_record(raw, f"{path.name}:{number}")


def read_folder(folder: Path = CORPUS_FOLDER) -> list[Record]:
    """Every record below ``folder``, in an order that does not depend on the file system.

    Raises CorpusError when there is none: a folder that was not installed must not look like nothing to learn.
    """
    records = [record for path in sorted(folder.rglob("*.jsonl")) for record in read_lines(path)]
    if not records:
        raise CorpusError(f"{folder}: no examples (*.jsonl) here; is the installation whole?")
    return records


def corpus_hash(records: Sequence[Record]) -> str:
    """A hash of everything that training reads of the records, independent of their order."""
    lines = sorted(json.dumps([r.id, r.subject, r.body, r.topic, r.kind, r.urgent, r.author]) for r in records)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def label_errors(records: Iterable[Record], taxonomy: Taxonomy) -> list[str]:
    """Sentences about records whose labels are outside the taxonomy or contradict each other."""
    errors: list[str] = []
    seen: set[str] = set()
    for record in records:
        if record.id in seen:
            errors.append(f"{record.id}: the id is used twice")
        seen.add(record.id)
        if record.topic not in taxonomy.topic_codes:
            errors.append(f"{record.id}: unknown topic {record.topic!r}")
        elif record.topic == taxonomy.out_of_scope.code:
            if record.kind != taxonomy.out_of_scope.kind or record.urgent:
                errors.append(f"{record.id}: out of scope is always {taxonomy.out_of_scope.kind!r} and not urgent")
        else:
            if record.kind not in taxonomy.kind_order:
                errors.append(f"{record.id}: unknown kind {record.kind!r}")
            if record.subtopic and record.subtopic not in taxonomy.subtopic_codes(record.topic):
                errors.append(f"{record.id}: {record.subtopic!r} is not a subtopic of {record.topic}")
        if record.style and record.style not in taxonomy.styles:
            errors.append(f"{record.id}: unknown style {record.style!r}")
        if not record.text:
            errors.append(f"{record.id}: no text")
    return errors


def coverage(records: Iterable[Record]) -> Counter[tuple[str, str, str]]:
    """How many records there are of each (topic, subtopic, style)."""
    return Counter((record.topic, record.subtopic, record.style) for record in records)
