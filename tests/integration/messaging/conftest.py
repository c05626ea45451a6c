"""Fixtures of the delivery tests: a producer (intake) and a receiver (routing) on databases of their own."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from shared.messaging.processes import Parts
from tests.support.delivery import Producer, Receiver
from tests.support.servers import Servers


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "integration/messaging" in item.nodeid:
            item.add_marker(pytest.mark.integration)


@pytest.fixture
def producer(messaging_parts: Callable[..., Parts]) -> Producer:
    """Every tick looks for losses, so that tests need not wait a second for it."""
    return Producer(messaging_parts("intake", loss_check_seconds=0.0))


@pytest.fixture
def receiver(messaging_parts: Callable[..., Parts], servers: Servers) -> Receiver:
    return Receiver(messaging_parts("routing"), servers)
