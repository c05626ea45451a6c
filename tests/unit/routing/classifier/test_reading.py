from __future__ import annotations

import pytest

from services.routing.classifier.lexicon import load_lexicon
from services.routing.classifier.reading import ASK_WEIGHT, DISMISSED_WEIGHT, Reading, read


def weight_of(reading: Reading, word: str) -> float:
    return max(segment.weight for segment in reading.segments if word in segment.tokens)


def test_the_question_counts_fully_and_what_is_told_before_it_less() -> None:
    reading = read("", "Tenemos plata del canon en la cuenta. ¿Cómo se certifica el gasto?", load_lexicon())
    assert weight_of(reading, "certifica") == ASK_WEIGHT
    assert weight_of(reading, "canon") < ASK_WEIGHT


@pytest.mark.parametrize(
    "text",
    [
        "La licencia ya está y el presupuesto también. Lo único que falta: ¿cómo notifico al vecino?",
        "No pregunto por la licencia ni por el predial; pregunto cómo notifico al vecino que se mudó.",
        "Dejando aparte la licencia, mi duda es cómo notifico al vecino que se mudó",
    ],
)
def test_what_is_set_aside_hardly_counts(text: str) -> None:
    reading = read("", text, load_lexicon())
    assert weight_of(reading, "licencia") == DISMISSED_WEIGHT
    assert weight_of(reading, "notifico") == ASK_WEIGHT


def test_the_subject_counts_less_than_the_ask_unless_the_body_says_nothing() -> None:
    long_body = read("vacaciones", "¿Cuál es el trámite para una licencia de construcción?", load_lexicon())
    short_body = read("vacaciones", "cómo es", load_lexicon())
    assert weight_of(long_body, "vacaciones") < ASK_WEIGHT
    assert weight_of(short_body, "vacaciones") == ASK_WEIGHT


def test_an_unpunctuated_message_is_all_ask() -> None:
    reading = read("", "sereno puede llevar vara electrica", load_lexicon())
    assert {segment.weight for segment in reading.segments} == {ASK_WEIGHT}


def test_english_and_quechua_words_bring_their_spanish_along() -> None:
    english = read("", "How does the mayor pay the invoice of the contractor?", load_lexicon())
    quechua = read("", "Municipalidadpi llank'aqkuna qullqita mañakunku, imaynata ruwasaq?", load_lexicon())
    assert {"alcalde", "factura", "contratista"} <= set(english.translated)
    assert {"trabajador", "dinero"} <= set(quechua.translated)


def test_spanish_words_that_look_english_or_andean_are_left_alone() -> None:
    assert read("", "el plan de control del can en el manual de la marca", load_lexicon()).translated == ()


@pytest.mark.parametrize("text", ["", "   ", "\x00\x01\x02", "😀", "????", "¿", "<><>", "\n\n\n", "-", "...."])
def test_texts_without_words_are_read_without_error(text: str) -> None:
    assert read(text, text, load_lexicon()).everything == ()
