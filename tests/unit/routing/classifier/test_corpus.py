from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path

import pytest

from services.routing.classifier.corpus import (
    HELD_BACK_FOLDER,
    Record,
    corpus_hash,
    coverage,
    label_errors,
    read_folder,
    read_lines,
)
from services.routing.classifier.errors import CorpusError
from services.routing.classifier.likeness import near_copies, shared_moulds
from services.routing.classifier.taxonomy import load_taxonomy

TAXONOMY = load_taxonomy()
SAMPLE = Record(
    "a-1", "", "como doy de baja un vehiculo malogrado del inventario", "tesoreria_contabilidad", "tramite", False
)


@pytest.fixture(scope="module")
def held_back() -> list[Record]:
    return read_folder(HELD_BACK_FOLDER)


def test_every_label_of_the_corpus_is_in_the_taxonomy(corpus: list[Record], held_back: list[Record]) -> None:
    assert label_errors([*corpus, *held_back], TAXONOMY) == []


def test_no_two_texts_are_near_copies_also_across_the_split(corpus: list[Record], held_back: list[Record]) -> None:
    assert near_copies([*corpus, *held_back]) == []


def test_no_sentence_mould_is_shared(corpus: list[Record], held_back: list[Record]) -> None:
    assert shared_moulds([*corpus, *held_back]) == {}


def test_each_topic_has_three_hundred_texts_of_four_authors(corpus: list[Record]) -> None:
    by_topic = Counter(record.topic for record in corpus)
    authors = defaultdict(set)
    for record in corpus:
        authors[record.topic].add(record.author)
    assert set(by_topic) == set(TAXONOMY.topic_codes)
    assert min(by_topic.values()) >= 300
    assert min(len(names) for names in authors.values()) >= 4


def test_the_held_back_author_wrote_nothing_in_the_corpus(corpus: list[Record], held_back: list[Record]) -> None:
    assert not {record.author for record in corpus} & {record.author for record in held_back}


def test_every_subtopic_is_written_in_at_least_eight_styles(corpus: list[Record]) -> None:
    styles = defaultdict(set)
    for topic, subtopic, style in coverage(corpus):
        styles[topic, subtopic].add(style)
    wanted = {(topic.code, sub.code) for topic in TAXONOMY.topics for sub in topic.subtopics}
    assert wanted <= set(styles)
    assert min(len(found) for found in styles.values()) >= 8


def test_a_near_copy_is_found_and_a_new_text_is_not() -> None:
    copy = replace(SAMPLE, id="a-2", body="como doy de baja el vehiculo malogrado del inventario??")
    other = replace(SAMPLE, id="a-3", body="se perdió la laptop de rentas, qué informe hago para el seguro")
    assert [(pair.first, pair.second) for pair in near_copies([SAMPLE, copy, other])] == [("a-1", "a-2")]


def test_a_mould_filled_with_other_nouns_is_found() -> None:
    first = replace(SAMPLE, id="a-1", body="¿Cómo se hace para que la obra no se quede sin supervisor en el puente?")
    second = replace(SAMPLE, id="a-2", body="¿Cómo se hace para que la leche no se quede sin comité en el barrio?")
    assert list(shared_moulds([first, second]).values()) == [["a-1", "a-2"]]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"topic": "otra_cosa"}, "unknown topic"),
        ({"kind": "pregunta"}, "unknown kind"),
        ({"subtopic": "predial_alcabala"}, "not a subtopic"),
        ({"style": "poema"}, "unknown style"),
        ({"topic": "fuera_de_alcance"}, "out of scope is always"),
        ({"body": ""}, "no text"),
    ],
)
def test_a_wrong_label_is_named(change: dict[str, str], complaint: str) -> None:
    [error] = label_errors([replace(SAMPLE, **change)], TAXONOMY)
    assert complaint in error


@pytest.mark.parametrize(
    "line", ["{", '{"id": "x"}', "[]", '{"id":"x","subject":"","body":1,"topic":"","kind":"","urgent":true}']
)
def test_a_malformed_line_is_refused_with_its_place(tmp_path: Path, line: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(line, encoding="utf-8")
    with pytest.raises(CorpusError, match=r"bad\.jsonl:1"):
        list(read_lines(path))


def test_the_corpus_hash_ignores_order_and_sees_every_word(corpus: list[Record]) -> None:
    few = corpus[:20]
    assert corpus_hash(few) == corpus_hash(few[::-1])
    assert corpus_hash(few) != corpus_hash([replace(few[0], body=few[0].body + "."), *few[1:]])


def test_a_folder_without_examples_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=str(tmp_path)):
        read_folder(tmp_path)
