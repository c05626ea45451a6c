"""Citing norms: what people type is read as what they mean, or refused naming what was not understood."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from string import ascii_lowercase, ascii_uppercase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.domain.citation_reading import Reference, is_name, read_citation, read_partly
from services.routing.domain.citations import CitationSyntaxError, Place, Section, citation_text
from services.routing.domain.norms import KINDS, Force, Validity, fold, identity, norm_name, number_key

NAMES = {"lom": "LOM", "ley organica de municipalidades": "LOM", "tuo de la ley 27444": "LPAG", "constitucion": "C"}


@pytest.mark.parametrize(
    ("typed", "norms", "place"),
    [
        ("art. 41 numeral 3 de la Ley 27972", ["ley 27972"], "art. 41, num. 3"),
        ("Ley N.° 27972, art. 41, num. 3", ["ley 27972"], "art. 41, num. 3"),
        ("LEY Nº 27.972 ARTÍCULO 41°", ["ley 27972"], "art. 41"),
        ("LOM, art. 9 inc. 8", ["LOM"], "art. 9, num. 8"),
        ("inciso b) del art. 9 de la LOM", ["LOM"], "art. 9, lit. b"),
        ("artículo 10.2 de la Ley 32069", ["ley 32069"], "art. 10, num. 10.2"),
        ("segundo párrafo del artículo 39 de la LOM", ["LOM"], "art. 39, párr. 2"),
        ("Ley 27972, Ley Orgánica de Municipalidades, artículo 20", ["LOM", "ley 27972"], "art. 20"),
        ("D.L. 1440 art 47", ["decreto_legislativo 1440"], "art. 47"),
        ("DL 25593", ["decreto_ley 25593"], ""),
        ("D. Leg. N° 1252, art. 4-A", ["decreto_legislativo 1252"], "art. 4-A"),
        ("DS 004-2019-JUS", ["decreto_supremo 4-2019-jus"], ""),
        ("art. 41 del TUO de la Ley 27444", ["LPAG"], "art. 41"),
        ("TUO de la Ley 26979, aprobado por D.S. 018-2008-JUS, art. 5", ["decreto_supremo 18-2008-jus"], "art. 5"),
        ("literal b) del num. 8.1, Directiva 001-2019-EF/63.01", ["directiva 1-2019-ef/63.01"], "num. 8.1, lit. b"),
        ("Resolución de Contraloría N.° 267-2022-CG", ["resolucion_contraloria 267-2022-cg"], ""),
        ("art. IV del Título Preliminar de la LOM", ["LOM"], "art. IV del Título Preliminar"),
        ("Tercera Disposición Complementaria Final, Ley 32069", ["ley 32069"], "3.ª disposición complementaria final"),
        ("única DCD del D.Leg. 1440", ["decreto_legislativo 1440"], "única disposición complementaria derogatoria"),
        ("Constitución, art. 194", ["C"], "art. 194"),
    ],
)  # fmt: skip
def test_what_people_type_is_read(typed: str, norms: list[str], place: str) -> None:
    found = read_citation(typed, NAMES)
    assert [_key(one) for one in found.references] == norms
    assert found.place.text == place


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "Falta la norma"),
        ("art. 41", "Falta la norma"),
        ("hola", "No entendimos"),
        ("art. 5 del Reglamento de la Ley 32069", "No entendimos"),
        ("arts. 41 y 42 de la LOM", "un artículo por vez"),
        ("artículos 41 al 45 de la LOM", "un artículo por vez"),
        ("numeral 8 y numeral 9 del art. 9 de la LOM", "cite un lugar por vez"),
        ("art. IV de la LOM", "Título Preliminar"),
        ("art. 0 de la LOM", "El artículo se escribe"),
        ("literal a) de la LOM", "de qué artículo"),
    ],
)
def test_what_is_not_understood_is_told_and_never_passed_over(typed: str, told: str) -> None:
    with pytest.raises(CitationSyntaxError) as refused:
        read_citation(typed, NAMES)
    assert told in refused.value.sentence


_numbers = st.integers(1, 999).map(str)
_numerals = st.lists(_numbers, min_size=1, max_size=3).map(".".join)
_articles = st.one_of(
    _numbers, st.builds(lambda number, letter: f"{number}-{letter}", _numbers, st.sampled_from(ascii_uppercase))
)
_parts = {
    "numeral": st.one_of(st.just(""), _numerals),
    "literal": st.one_of(st.just(""), st.sampled_from(ascii_lowercase + "ñ")),
    "paragraph": st.one_of(st.just(""), st.integers(1, 20).map(str)),
}
_places = st.one_of(
    st.just(Place()),
    st.builds(Place, numeral=_numerals, literal=_parts["literal"], paragraph=_parts["paragraph"]),
    st.builds(Place, article=_articles, **_parts),
    st.builds(Place, section=st.just(Section.PRELIMINARY), article=st.sampled_from(["I", "IV", "XIV", "XX"]), **_parts),
    st.builds(
        Place,
        section=st.sampled_from([Section.FINAL, Section.TRANSITORY, Section.AMENDING, Section.REPEALING]),
        article=st.one_of(st.integers(1, 40).map(str), st.just("única")),
        **_parts,
    ),
)  # fmt: skip
_years = st.integers(1990, 2026)
_norms = st.one_of(
    st.tuples(st.sampled_from(["ley", "decreto_legislativo"]), st.integers(1, 9_999).map(str)),
    st.tuples(
        st.sampled_from([kind for kind in KINDS if kind not in ("ley", "decreto_legislativo", "constitucion")]),
        st.builds(lambda n, year, body: f"{n:03}-{year}-{body}", st.integers(1, 999), _years,
                  st.sampled_from(["JUS", "EF", "PCM", "EF/63.01", "VIVIENDA", "CG"])),
    ),
)  # fmt: skip


@given(_norms, _places)
def test_what_is_written_out_is_read_as_what_it_was(norm: tuple[str, str], place: Place) -> None:
    kind, number = norm
    found = read_citation(citation_text(norm_name(kind, number, ""), place), {})
    assert [_key(one) for one in found.references] == [f"{kind} {number_key(kind, number)}"]
    assert found.place == place


@given(st.text(max_size=120))
def test_whatever_is_typed_is_read_or_refused_in_a_sentence(typed: str) -> None:
    with suppress(CitationSyntaxError):
        assert read_citation(typed, NAMES).references
    read_partly(typed)


def test_a_norm_is_in_force_from_its_first_day_up_to_the_day_it_is_repealed() -> None:
    force = Force(date(2016, 1, 9), date(2025, 4, 22))
    told = {day: force.on(day) for day in (date(2016, 1, 8), date(2016, 1, 9), date(2025, 4, 21), date(2025, 4, 22))}
    assert list(told.values()) == [Validity.NOT_YET, Validity.IN_FORCE, Validity.IN_FORCE, Validity.REPEALED]
    assert Force().on(date(1821, 7, 28)) == Validity.IN_FORCE


def test_one_norm_has_one_identity_however_its_number_is_written() -> None:
    assert identity("decreto_supremo", "004-2019-JUS", "MINJUS", "x") == identity(
        "decreto_supremo", "4-2019-jus", "", ""
    )
    assert identity("ordenanza", "12", "MP de Huanta", "") != identity("ordenanza", "12", "MD de Lircay", "")
    assert identity("constitucion", "", "", "Constitución") == identity("constitucion", "", "", "constitucion")


def test_what_is_being_typed_gives_the_place_and_the_words_to_look_for() -> None:
    place, words = read_partly("art. 41 de la ley 279")
    assert (place.text, words) == ("art. 41", ("ley", "279"))
    assert read_partly("arts. 41 y")[0] == Place()


def test_a_word_for_a_kind_of_norm_names_none() -> None:
    assert [name for name in ("ley", "art", "lom", "", "constitucion", "decreto supremo") if is_name(name)] == [
        "lom", "constitucion",
    ]  # fmt: skip


def test_accents_capitals_and_degree_signs_make_no_difference() -> None:
    assert fold("  LEY  N.º 27972 Ñuñoa Artículo ") == "ley n. 27972 ñuñoa articulo"


def _key(reference: Reference) -> str:
    return reference.known or f"{reference.kind} {number_key(reference.kind, reference.number)}"
