"""The public code survives dictation, and notices the mistakes that people make."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.code import ALPHABET, CodeError, check_symbol, format_code, new_code, parse_code

payloads = st.text(alphabet=ALPHABET, min_size=7, max_size=7)
codes = payloads.map(lambda payload: format_code(payload + check_symbol(payload)))


def symbols_of(code: str) -> str:
    return code.removeprefix("V-").replace("-", "")


def test_a_new_code_looks_like_the_example_and_is_understood() -> None:
    code = new_code()
    assert re.fullmatch(r"V-[0-9A-Z]{4}-[0-9A-Z]{4}", code)
    assert parse_code(code) == code


def test_the_example_of_the_documents_is_a_right_code() -> None:
    assert parse_code("V-7K3M-92QX") == "V-7K3M-92QX"


def test_the_alphabet_has_no_two_symbols_that_are_taken_for_each_other() -> None:
    assert not set("OILBU") & set(ALPHABET)
    assert len(ALPHABET) == len(set(ALPHABET)) == 31, "a prime: only then does the check catch every exchange"


@given(codes, st.integers(0, 7), st.sampled_from(ALPHABET))
def test_any_single_wrong_symbol_is_noticed(code: str, position: int, wrong: str) -> None:
    symbols = symbols_of(code)
    if symbols[position] == wrong:
        return
    with pytest.raises(CodeError):
        parse_code(format_code(symbols[:position] + wrong + symbols[position + 1 :]))


@given(codes, st.integers(0, 7), st.integers(0, 7))
def test_any_two_exchanged_symbols_are_noticed_neighbours_or_not(code: str, one: int, other: int) -> None:
    symbols = list(symbols_of(code))
    if symbols[one] == symbols[other]:
        return
    symbols[one], symbols[other] = symbols[other], symbols[one]
    with pytest.raises(CodeError):
        parse_code(format_code("".join(symbols)))


@given(codes)
def test_capitals_spaces_and_dashes_do_not_matter(code: str) -> None:
    symbols = symbols_of(code)
    for typed in (
        code.lower(),
        f"  {code} ",
        symbols,
        f"v {symbols[:4]} {symbols[4:]}",
        f"V–{symbols[:4]}.{symbols[4:]}",
    ):
        assert parse_code(typed) == code


@given(codes)
def test_look_alikes_are_read_as_what_they_stand_for(code: str) -> None:
    typed = code
    for symbol, look_alike in (("0", "o"), ("1", "l"), ("8", "B")):
        typed = typed.replace(symbol, look_alike)
    assert parse_code(typed) == code
    assert parse_code(typed.replace("l", "I")) == code


@given(codes)
def test_a_first_letter_heard_as_b_is_forgiven(code: str) -> None:
    assert parse_code("B" + code[1:]) == code


@given(st.text())
def test_any_other_text_is_refused_or_read_as_a_right_code_but_never_fails(text: str) -> None:
    try:
        code = parse_code(text)
    except CodeError:
        return
    assert parse_code(code) == code


@pytest.mark.parametrize("text", ["", "V-", "V-7K3M-92Q", "V-7K3M-92QXX", "V-7K3M-92Q*", "hola", "١٢٣٤٥٦٧٨"])
def test_what_cannot_be_a_code_is_refused(text: str) -> None:
    with pytest.raises(CodeError):
        parse_code(text)
