"""The model every classifier test asks: the one the product would build, kept where the product keeps it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.routing.classifier.build import ensure_model
from services.routing.classifier.corpus import Record, read_folder
from services.routing.classifier.model import Classifier

CHECKOUT = Path(__file__).resolve().parents[4]


@pytest.fixture(scope="session")
def model_folder() -> Path:
    return ensure_model(CHECKOUT / "var" / "models")


@pytest.fixture(scope="session")
def classifier(model_folder: Path) -> Classifier:
    return Classifier.load(model_folder)


@pytest.fixture(scope="session")
def corpus() -> list[Record]:
    return read_folder()


@pytest.fixture
def now() -> datetime:
    """A Monday morning in Lima."""
    return datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
