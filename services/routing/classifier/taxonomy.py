"""The taxonomy: which topics, kinds and styles exist, read from ``data/taxonomy.yaml`` and checked.

One consultation has exactly one topic, one kind and is urgent or not. Codes are stable: they are stored in cases and
events, so a code is added or marked deprecated, never renamed or reused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from services.routing.classifier.errors import TaxonomyError

DATA_FOLDER = Path(__file__).resolve().parent.parent / "data"
TAXONOMY_FILE = DATA_FOLDER / "taxonomy.yaml"


@dataclass(frozen=True, slots=True)
class Subtopic:
    """A part of a topic; used to count the coverage of the corpus, not predicted."""

    code: str
    name_es: str


@dataclass(frozen=True, slots=True)
class Topic:
    """A matter with its own advisors. ``belongs`` and ``does_not_belong`` are the written borders (Spanish)."""

    code: str
    name_es: str
    name_en: str
    description: str
    belongs: tuple[str, ...]
    does_not_belong: tuple[str, ...]
    subtopics: tuple[Subtopic, ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """What sort of answer is asked for."""

    code: str
    name_es: str
    name_en: str
    definition: str


@dataclass(frozen=True, slots=True)
class OutOfScope:
    """The class of messages that no advisor handles, with the polite reply proposed to a person (never sent alone)."""

    code: str
    name_es: str
    name_en: str
    kind: str
    description: str
    reply_es: str
    reply_en: str


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """The whole taxonomy of one version. Topic order is the order of the file."""

    version: str
    topics: tuple[Topic, ...]
    out_of_scope: OutOfScope
    kinds: tuple[Kind, ...]
    kind_order: tuple[str, ...]
    topic_tie_order: tuple[str, ...]
    urgency_rules: Mapping[str, str]
    styles: tuple[str, ...]

    @property
    def topic_codes(self) -> tuple[str, ...]:
        """Codes of every topic, ``fuera_de_alcance`` last."""
        return (*(topic.code for topic in self.topics), self.out_of_scope.code)

    @property
    def kind_codes(self) -> tuple[str, ...]:
        """Codes of every kind, ``no_aplica`` (out of scope) last."""
        return (*(kind.code for kind in self.kinds), self.out_of_scope.kind)

    def subtopic_codes(self, topic: str) -> frozenset[str]:
        """Subtopic codes of ``topic``; empty for out of scope."""
        return frozenset(sub.code for entry in self.topics if entry.code == topic for sub in entry.subtopics)

    def name_es(self, topic: str) -> str:
        """Spanish name of a topic code. Raises TaxonomyError for an unknown code."""
        if topic == self.out_of_scope.code:
            return self.out_of_scope.name_es
        for entry in self.topics:
            if entry.code == topic:
                return entry.name_es
        raise TaxonomyError(f"unknown topic {topic!r}")


def _topic(raw: Mapping[str, Any]) -> Topic:
    return Topic(
        code=raw["code"],
        name_es=raw["name_es"],
        name_en=raw["name_en"],
        description=raw["description"],
        belongs=tuple(raw["belongs"]),
        does_not_belong=tuple(raw["does_not_belong"]),
        subtopics=tuple(Subtopic(sub["code"], sub["name_es"]) for sub in raw["subtopics"]),
    )


def _check(taxonomy: Taxonomy) -> None:
    codes = taxonomy.topic_codes
    if len(set(codes)) != len(codes):
        raise TaxonomyError("a topic code appears twice")
    if set(taxonomy.topic_tie_order) != {topic.code for topic in taxonomy.topics}:
        raise TaxonomyError("topic_tie_order must name every topic exactly once")
    if set(taxonomy.kind_order) != {kind.code for kind in taxonomy.kinds}:
        raise TaxonomyError("kinds.decision_order must name every kind exactly once")
    if set(taxonomy.urgency_rules) != {"U1", "U2", "U3", "U4"}:
        raise TaxonomyError("urgency rules must be U1 to U4")


def parse_taxonomy(raw: Mapping[str, Any]) -> Taxonomy:
    """Build a checked Taxonomy from the parsed YAML. Raises TaxonomyError when a part is missing or contradictory."""
    try:
        outside = raw["out_of_scope"]
        taxonomy = Taxonomy(
            version=str(raw["version"]),
            topics=tuple(_topic(topic) for topic in raw["topics"]),
            out_of_scope=OutOfScope(
                code=outside["code"],
                name_es=outside["name_es"],
                name_en=outside["name_en"],
                kind=outside["kind"],
                description=outside["description"],
                reply_es=outside["reply"]["es"].strip(),
                reply_en=outside["reply"]["en"].strip(),
            ),
            kinds=tuple(
                Kind(kind["code"], kind["name_es"], kind["name_en"], kind["definition"])
                for kind in raw["kinds"]["values"]
            ),
            kind_order=tuple(raw["kinds"]["decision_order"]),
            topic_tie_order=tuple(raw["topic_tie_order"]),
            urgency_rules={rule[:2]: rule[2:].strip() for rule in raw["urgency"]["urgent_true_if_any"]},
            styles=tuple(raw["styles"]),
        )
    except (KeyError, TypeError) as error:
        raise TaxonomyError(f"taxonomy is incomplete: {error}") from error
    _check(taxonomy)
    return taxonomy


@cache
def load_taxonomy(path: Path = TAXONOMY_FILE) -> Taxonomy:
    """Read and check the taxonomy file (once per path and process)."""
    return parse_taxonomy(yaml.safe_load(path.read_text(encoding="utf-8")))
