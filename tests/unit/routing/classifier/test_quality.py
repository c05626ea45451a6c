from __future__ import annotations

import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from services.routing.classifier.corpus import HELD_BACK_FOLDER, read_folder
from services.routing.classifier.evaluation import Evaluation, Share, evaluate
from services.routing.classifier.model import Classifier

CHECKOUT = Path(__file__).resolve().parents[4]


@pytest.fixture(scope="module")
def measured(classifier: Classifier) -> Evaluation:
    return evaluate(classifier, read_folder(HELD_BACK_FOLDER), now=datetime.fromisoformat("2026-11-23T10:00:00-05:00"))


def test_an_unseen_author_is_understood_as_well_as_promised(measured: Evaluation) -> None:
    assert measured.topic.value >= 0.88
    assert measured.macro_f1 >= 0.87
    assert measured.kind.value >= 0.88
    assert measured.urgency_f1 >= 0.80


def test_confidence_means_what_it_says(measured: Evaluation) -> None:
    assert measured.topic_calibration_error <= 0.05
    assert measured.kind_calibration_error <= 0.05
    assert measured.coverage_at_precision >= 0.70


def test_most_cases_need_no_triage_and_those_are_right(measured: Evaluation) -> None:
    assert measured.handled.value >= 0.70
    assert measured.precision_of_handled.value >= 0.94


def test_the_interval_of_a_share_holds_its_value_and_narrows_with_more_texts() -> None:
    few, many = Share("few", 9, 10), Share("many", 900, 1000)
    assert few.interval[0] < few.value < few.interval[1]
    assert many.interval[1] - many.interval[0] < few.interval[1] - few.interval[0]
    assert Share("none", 0, 0).interval == (0.0, 1.0)


def test_predicting_needs_neither_scikit_learn_nor_scipy(model_folder: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from datetime import UTC, datetime;"
        "from services.routing.classifier.model import Classifier;"
        "Classifier.load(Path(sys.argv[1])).classify('', 'como pago', now=datetime.now(UTC));"
        "print([name for name in ('sklearn', 'scipy') if name in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, str(model_folder)], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"
