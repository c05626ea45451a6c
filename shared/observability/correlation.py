"""The correlation id: one per request of a person, carried by every log line and event that follows from it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from shared.ids import new_id


def current_correlation_id() -> str:
    """The id of the request or event being worked on; a new one when there is none."""
    bound: str | None = structlog.contextvars.get_contextvars().get("correlation_id")
    return bound or str(new_id())


def current_traceparent() -> str | None:
    """The W3C trace context being worked in, when tracing is on."""
    bound: str | None = structlog.contextvars.get_contextvars().get("traceparent")
    return bound


@contextmanager
def correlated(correlation_id: str, **values: str | None) -> Iterator[None]:
    """Bind ids to every log line of the block."""
    present = {key: value for key, value in values.items() if value is not None}
    with structlog.contextvars.bound_contextvars(correlation_id=correlation_id, **present):
        yield
