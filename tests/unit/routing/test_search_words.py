"""What people type in the search box, and where it is shown to stand."""

from __future__ import annotations

from services.routing.domain.search_words import Piece, excerpt, fold, marked, pieces_of


def test_words_phrases_exclusions_and_codes_are_told_apart() -> None:
    assert pieces_of('canon "ampliación de plazo" -obra V-7K3M-92QX') == [
        Piece("canon"),
        Piece("ampliación de plazo"),
        Piece("obra", is_excluded=True),
        Piece("V-7K3M-92QX", is_code=True),
    ]


def test_signs_alone_are_no_words() -> None:
    assert pieces_of("¿? -- \"\" '…' &|!:*") == []


def test_a_hyphen_inside_a_word_excludes_nothing() -> None:
    assert pieces_of("054-2018-PCM") == [Piece("054-2018-PCM")]


def test_no_more_than_a_dozen_pieces_are_looked_at() -> None:
    assert len(pieces_of("uno " * 200)) == 12


def test_words_are_compared_without_accents_and_with_the_accent_of_action() -> None:
    assert fold("Certificación") == fold("CERTIFICACION") == "certificación"
    assert fold("Ñahui") == "nahui"


def test_hits_are_cut_out_and_neighbours_joined() -> None:
    found = marked("La Certificación presupuestal del año", {"certificación", "presupuestal"})
    assert [(one.text, one.is_hit) for one in found] == [
        ("La ", False),
        ("Certificación presupuestal", True),
        (" del año", False),
    ]


def test_no_text_is_lost_by_marking() -> None:
    text = "<b>canon</b> & «canon» <script>"
    assert "".join(one.text for one in marked(text, {"canon"})) == text


def test_the_excerpt_is_around_the_place_where_most_hits_stand() -> None:
    text = "canon " + "relleno " * 100 + "canon minero del canon " + "relleno " * 100
    found = "".join(one.text for one in excerpt([text], {"canon", "minero"}))
    assert "canon minero del canon" in found
    assert len(found) < 400


def test_the_excerpt_is_of_the_first_text_that_has_a_hit() -> None:
    found = excerpt(["nada que ver", "aquí está el canon"], {"canon"})
    assert [one.text for one in found if one.is_hit] == ["canon"]
    assert excerpt([], {"canon"}) == []
