from __future__ import annotations

from collections.abc import Callable

import pytest

from services.routing.entrypoints.learning.models import load_classifier
from shared.messaging.processes import Parts
from tests.support.routing_desk import MODELS, Desk


@pytest.fixture(scope="session", autouse=True)
def _model() -> None:
    """Loaded before any test, as a worker does before it takes events: building it takes longer than a transaction."""
    load_classifier(MODELS)


@pytest.fixture
def desk(parts: Callable[..., Parts]) -> Desk:
    return Desk(parts("routing"))
