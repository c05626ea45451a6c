"""The web applications of all services."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from shared.messaging.processes import Parts
from tests.support.service_apps import ServiceApp, service_app


@pytest.fixture
def application(parts: Callable[..., Parts]) -> Iterator[Callable[[str], ServiceApp]]:
    """Builds the application of a service on a fresh database, with people and things in it."""
    with ExitStack() as stack:
        yield lambda service: stack.enter_context(service_app(service, parts))
