"""The rules of learning without any I/O: who is promoted, what judges, what is kept of a text, when drift is drift."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from services.routing.domain.drift import histogram, mix_distance, population_stability
from services.routing.domain.learning import is_held_back, text_digest
from services.routing.domain.masking import masked
from services.routing.domain.promotion import (
    CODES,
    Comparison,
    Paired,
    Standing,
    exact_p,
    objections,
    praise,
)
from services.routing.entrypoints.wording.models import REASONS, figure, reason_text

EVEN = Paired(600, 540, 10, 10)
GOOD = Standing(0.91, 0.90, 0.03, {"presupuesto": (38, 40), "canon_regalias": (9, 10)})
WON = Comparison(
    desk=Paired(40, 30, 0, 8), fixed=EVEN, fixed_kind=EVEN, fixed_urgency=EVEN, champion=GOOD, candidate=GOOD
)


@given(st.integers(0, 60), st.integers(0, 60))
def test_the_exact_test_is_the_one_of_the_books(first: int, second: int) -> None:
    expected = binomtest(first, first + second, 0.5).pvalue if first + second else 1.0
    assert exact_p(first, second) == pytest.approx(expected, abs=1e-9)


def test_a_candidate_with_both_proofs_has_no_objection() -> None:
    assert objections(WON) == []
    assert praise(WON).values["only_candidate"] == 8


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("no_desk_cases", {"desk": Paired(0, 0, 0, 0)}),
        ("not_better_on_desk", {"desk": Paired(40, 35, 0, 5)}),  # five more right: chance does that once in sixteen
        ("not_better_on_desk", {"desk": Paired(40, 20, 10, 0)}),
        ("worse_on_fixed", {"fixed": Paired(600, 540, 20, 4)}),
        ("kind_worse", {"fixed_kind": Paired(600, 540, 20, 4)}),
        ("urgency_worse", {"fixed_urgency": Paired(600, 540, 20, 4)}),
        ("accuracy_lost", {"candidate": replace(GOOD, accuracy=0.895)}),
        ("macro_f1_lost", {"candidate": replace(GOOD, macro_f1=0.88)}),
        ("recall_lost", {"candidate": replace(GOOD, recall={"presupuesto": (30, 40), "canon_regalias": (9, 10)})}),
        ("calibration_lost", {"candidate": replace(GOOD, calibration_error=0.08)}),
    ],
)
def test_each_loss_is_an_objection_with_its_figures(code: str, change: dict[str, object]) -> None:
    found = objections(replace(WON, **change))
    assert [reason.code for reason in found] == [code]
    assert reason_text({"code": code, **found[0].values})


def test_a_topic_with_few_texts_and_an_error_within_the_promise_are_no_objection() -> None:
    few = replace(GOOD, recall={"presupuesto": (38, 40), "canon_regalias": (2, 10)}, calibration_error=0.049)
    assert objections(replace(WON, candidate=few)) == []


def test_every_code_has_its_sentence() -> None:
    assert set(CODES) == set(REASONS)


def test_pairs_are_counted_by_who_was_right() -> None:
    found = Paired.of([True, True, False, False], [True, False, True, False])
    assert (found.texts, found.both_right, found.only_champion, found.only_candidate) == (4, 1, 1, 1)


def test_the_split_hangs_on_the_text_alone_and_takes_a_quarter() -> None:
    assert text_digest("Nota", "¿Qué  norma?") == text_digest("nota", "¿qué norma? ")
    assert text_digest("a", "b") != text_digest("a", "c")
    shares = [is_held_back(text_digest("", f"consulta {number}")) for number in range(2000)]
    assert 0.22 < sum(shares) / len(shares) < 0.28


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("DNI 40112233 y RUC 20131370645", "DNI … y RUC …"),
        ("escriba a ana.diaz@muni.gob.pe o 987 654 321", "escriba a … o …"),
        ("cuenta 0011-0130-0100012345-67", "cuenta …"),
        ("vea https://muni.gob.pe/x?y=1 hoy", "vea … hoy"),
        ("la Ley 27444 y el DS 008-2024-EF de 2026", "la Ley 27444 y el DS 008-2024-EF de 2026"),
        ("soy Rosa HUAMÁN de presupuesto", "soy … … de presupuesto"),
        ("el ing. Juan Pérez pide", "el ing. … pide"),
        ("el Señor Alcalde pregunta", "el Señor Alcalde pregunta"),
        ("la señora pregunta por su pago", "la señora pregunta por su pago"),
        ("ING. RESIDENTE DE OBRA OBSERVA", "ING. RESIDENTE DE OBRA OBSERVA"),
    ],
)
def test_people_are_taken_out_of_a_text_and_norms_stay(text: str, kept: str) -> None:
    assert masked(text, names=("Rosa Huamán",)) == kept


@given(st.text(max_size=300))
def test_masking_takes_any_text(text: str) -> None:
    assert isinstance(masked(text, names=("Ana Díaz", "")), str)


def test_the_same_population_has_no_distance_and_another_a_large_one() -> None:
    usual = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256]
    assert population_stability(usual, [2 * one for one in usual]) < 0.01
    assert population_stability(usual, usual[::-1]) > 1
    assert population_stability([], []) == 0.0
    assert population_stability([0, 0], [1, 2]) == 0.0
    assert mix_distance({"a": 100, "b": 100}, {"a": 100, "c": 100}) > 0.25
    assert mix_distance({"a": 500, "b": 500}, {"a": 50, "b": 52}) < 0.1


@given(st.lists(st.floats(0, 1), max_size=50))
def test_a_histogram_counts_everything(confidences: list[float]) -> None:
    assert sum(histogram(confidences)) == len(confidences)


def test_shares_are_said_as_people_read_them() -> None:
    assert figure(0.9096) == "91,0\u00a0%"
    assert figure(None) == "—"
