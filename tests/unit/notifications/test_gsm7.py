"""What fits into an SMS, and what Spanish becomes there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain import gsm7

SPANISH = "abcdefghijklmnñopqrstuvwxyzABCDEFGHIJKLMNÑOPQRSTUVWXYZáéíóúüÁÉÍÓÚÜ¿¡?!.,;:()/-0123456789 \n"
spanish_texts = st.text(alphabet=SPANISH, max_size=700)


def test_only_the_four_letters_the_alphabet_lacks_lose_their_accent():
    assert gsm7.transliterate("áéíóú ÁÉÍÓÚ ñÑ üÜ ¿¡") == "aéiou AÉIOU ñÑ üÜ ¿¡"


def test_typographic_signs_become_their_plain_twins():
    assert gsm7.transliterate("“N.º 5” – ‘así’…\u00a0fin") == "\"N.o 5\" - 'asi'... fin"


@given(spanish_texts)
def test_spanish_always_fits_the_short_alphabet(text):
    assert not gsm7.measure(gsm7.transliterate(text)).is_unicode


@pytest.mark.parametrize(
    ("text", "is_unicode", "units", "segments"),
    [
        ("", False, 0, 1),
        ("a" * 160, False, 160, 1),
        ("a" * 161, False, 161, 2),
        ("a" * 306, False, 306, 2),
        ("a" * 307, False, 307, 3),
        ("€" * 80, False, 160, 1),
        ("€" * 81, False, 162, 2),
        ("[ok]", False, 6, 1),
        ("á" * 70, True, 70, 1),
        ("á" * 71, True, 71, 2),
        ("á" * 134, True, 134, 2),
        ("á" * 135, True, 135, 3),
        ("😀" * 35, True, 70, 1),
        ("😀" * 36, True, 72, 2),
    ],
)
def test_sizes_are_those_of_the_standard(text, is_unicode, units, segments):
    assert gsm7.measure(text) == gsm7.Sized(is_unicode, units, segments)


def test_an_extension_character_is_not_split_over_two_parts():
    # 152 places are full and the euro needs two: it begins the second part, which then overflows into a third.
    assert gsm7.measure("a" * 152 + "€" + "a" * 152).segments == 3


@given(st.text(max_size=400))
def test_a_longer_text_never_takes_fewer_messages(text):
    sizes = [gsm7.measure(text[:length]).segments for length in range(0, len(text) + 1, 7)]
    assert sizes == sorted(sizes)


@given(before=st.text(alphabet=SPANISH, max_size=60), text=st.text(max_size=500), after=st.text(SPANISH, max_size=30))
def test_an_excerpt_always_leaves_one_message(before, text, after):
    excerpt = gsm7.excerpt_that_fits(before, text, after)
    whole = gsm7.transliterate(before) + excerpt + gsm7.transliterate(after)
    if excerpt:
        assert gsm7.measure(whole).segments == 1


def test_a_short_text_is_quoted_whole():
    assert gsm7.excerpt_that_fits("V: ", "Sí, puede\nhacerlo.", " Fin.") == "Si, puede hacerlo."


def test_a_long_text_is_cut_at_a_word_and_marked():
    excerpt = gsm7.excerpt_that_fits("", "palabra " * 40, "")
    assert excerpt.endswith("palabra...")
    assert 150 <= len(excerpt) <= 160


def test_a_text_without_spaces_is_cut_anywhere():
    excerpt = gsm7.excerpt_that_fits("", "x" * 500, "")
    assert excerpt == "x" * 157 + "..."


def test_nothing_is_quoted_when_nothing_fits():
    assert gsm7.excerpt_that_fits("x" * 160, "palabra", "") == ""
