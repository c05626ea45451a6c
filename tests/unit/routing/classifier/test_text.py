from __future__ import annotations

import pytest

from services.routing.classifier.lexicon import load_lexicon
from services.routing.classifier.text import MAX_TOKEN_CHARS, clean, phonetic, sentences, stem, tokens


def words(text: str) -> list[str]:
    return [word for sentence in sentences(clean(text)) for word in tokens(sentence, load_lexicon().spelling)]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("¿CÓMO SE HACE?", ["como", "se", "hace"]),
        ("q hago x favor", ["que", "hago", "por", "favor"]),
        ("holaaaa, grax", ["hola", "gracias"]),
        ("xq no paga la muni??", ["porque", "no", "paga", "la", "municipalidad"]),
        ("El D.Leg. N° 1252 y la Ley N.º 27444", ["el", "dleg", "1252", "y", "la", "ley", "27444"]),
        ("decreto legislativo 276", ["dleg", "276"]),
        ("art. 20 del D.S. 009-2025-EF", ["articulo", "20", "del", "ds", "009", "2025", "ef"]),
        ("Formato 12-B y 7 - C", ["formato", "12b", "y", "7c"]),
        ("S.I.A.F. y T-Registro, CAP-P", ["siaf", "y", "tregistro", "capp"]),
        ("S/ 30,000.00", ["s", "30000", "00"]),
        ("llank'aq ñawpaq", ["llankaq", "nawpaq"]),
        ("el biernes bense", ["el", "viernes", "vence"]),
        (
            "salu2 a to2 desde la municipalidad 100pre",
            ["saludos", "a", "todos", "desde", "la", "municipalidad", "siempre"],
        ),
    ],
)
def test_shorthand_accents_and_norms_are_read_in_one_way(written: str, read: list[str]) -> None:
    assert words(written) == read


@pytest.mark.parametrize(
    ("misspelt", "right"),
    [
        ("conprar", "comprar"),
        ("lisensia", "licencia"),
        ("espediente", "expediente"),
        ("kanon", "canon"),
        ("rregalias", "regalias"),
        ("baca", "vaca"),
        ("yuvia", "lluvia"),
        ("jerente", "gerente"),
        ("orario", "horario"),
        ("aser", "hacer"),
    ],
)
def test_words_that_sound_alike_are_one_word(misspelt: str, right: str) -> None:
    assert phonetic(misspelt) == phonetic(right)


@pytest.mark.parametrize(
    ("one", "other"),
    [("regidoras", "regidor"), ("obras", "obra"), ("trabajadores", "trabajador"), ("viáticos", "viático")],
)
def test_plural_and_gender_do_not_matter(one: str, other: str) -> None:
    assert stem(clean(one)) == stem(clean(other))


def test_markup_links_mail_and_control_characters_leave_no_trace() -> None:
    text = clean('<script>alert("x")</script><b>Hola</b>&nbsp;mundo\x00\x07 <a href="https://a.pe/x">ver</a> a@b.pe')
    assert "script" not in text
    assert "alert" not in text
    assert "\x00" not in text
    assert words("<b>Hola</b>&nbsp;mundo\x00\x07") == ["hola", "mundo"]
    assert "correoweb" in text


def test_comparison_signs_are_not_taken_for_markup() -> None:
    assert "menor" in clean("si el monto es < 8 UIT y > 1 UIT, es menor?")


def test_emoji_only_text_has_no_words() -> None:
    assert words("😀😀🔥🇵🇪👍🏽") == []


def test_a_huge_text_keeps_its_head_and_its_tail_and_little_else() -> None:
    text = clean("inicio " + "relleno " * 20_000 + " final")
    assert len(text) < 6_000
    assert text.startswith("inicio")
    assert text.rstrip().endswith("final")


def test_a_word_without_end_is_cut() -> None:
    assert max(map(len, words("x" + "ab" * 5_000))) <= MAX_TOKEN_CHARS


def test_sentences_end_at_marks_lines_and_opening_questions() -> None:
    assert sentences(clean("Ya está. Duda: ¿se puede?\n- uno\n- dos")) == [
        "ya esta.",
        "duda:",
        "¿se puede?",
        "uno",
        "dos",
    ]
