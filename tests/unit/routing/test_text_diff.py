"""How two texts are compared for who must join them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.routing.domain.text_diff import compare, newer_side, older_side

words = st.lists(st.sampled_from(["la", "ley", "32069 ", "\n", "rige", " ", "desde", "2025."]), max_size=60).map(
    " ".join
)


@given(words, words)
def test_each_side_of_a_comparison_is_its_text_to_the_letter(older: str, newer: str) -> None:
    pieces = compare(older, newer)
    assert "".join(piece.text for piece in older_side(pieces)) == older
    assert "".join(piece.text for piece in newer_side(pieces)) == newer


@given(words)
def test_a_text_compared_with_itself_has_nothing_to_mark(text: str) -> None:
    assert {piece.kind for piece in compare(text, text)} <= {"same"}


def test_only_the_changed_words_are_marked() -> None:
    pieces = compare("La aprueba el alcalde por resolución.", "La aprueba el concejo por acuerdo.")
    assert [(piece.kind, piece.text.strip()) for piece in pieces] == [
        ("same", "La aprueba el"), ("removed", "alcalde"), ("added", "concejo"), ("same", "por"),
        ("removed", "resolución."), ("added", "acuerdo."),
    ]  # fmt: skip
