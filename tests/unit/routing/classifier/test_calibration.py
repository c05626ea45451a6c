from __future__ import annotations

import numpy as np

from services.routing.classifier.calibration import (
    best_f1_threshold,
    coverage_threshold,
    expected_calibration_error,
    fit_scaling,
)


def drawn(seed: int, texts: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    """Scores whose true probabilities are softmax(2 * scores)."""
    random = np.random.default_rng(seed)
    scores = random.normal(size=(texts, 4))
    chances = np.exp(2 * scores)
    chances /= chances.sum(axis=1, keepdims=True)
    labels = np.array([random.choice(4, p=row) for row in chances])
    return scores, labels


def test_the_slope_of_known_probabilities_is_found_again() -> None:
    scaling = fit_scaling(*drawn(1))
    assert abs(scaling.slope - 2.0) < 0.2
    assert max(map(abs, scaling.offsets)) < 0.2


def test_fitted_probabilities_are_calibrated_on_other_texts() -> None:
    scaling = fit_scaling(*drawn(2))
    scores, labels = drawn(3)
    likely = scaling.probabilities(scores)
    assert expected_calibration_error(likely.max(axis=1), likely.argmax(axis=1) == labels) < 0.03


def test_overconfidence_is_measured() -> None:
    confidence, is_right = np.full(100, 0.95), np.arange(100) < 50
    assert abs(expected_calibration_error(confidence, is_right) - 0.45) < 1e-9


def test_the_threshold_is_the_lowest_that_keeps_the_precision() -> None:
    confidence = np.array([0.9, 0.8, 0.7, 0.6])
    is_right = np.array([True, True, False, True])
    assert coverage_threshold(confidence, is_right, 0.95) == (0.8, 0.5)


def test_without_any_good_threshold_everything_goes_to_a_person() -> None:
    assert coverage_threshold(np.array([0.9, 0.8]), np.array([False, False]), 0.95) == (1.0, 0.0)


def test_the_urgency_threshold_stays_near_even_odds() -> None:
    assert 0.35 <= best_f1_threshold(np.array([0.9, 0.1, 0.05]), np.array([True, True, False])) <= 0.65
