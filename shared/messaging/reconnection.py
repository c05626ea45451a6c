"""How a worker looks for a broker that is away: soon and steadily.

kombu waits 2, 4, 6 … 30 seconds between its attempts and has no setting for it, so after an outage of a minute a worker
would stay away for up to half a minute more, with everything that waits for it. An attempt costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from celery.app.amqp import AMQP
from kombu import Connection

_FIRST_SECONDS, _STEP_SECONDS, _LONGEST_SECONDS = 0.25, 0.25, 1.0


class SteadyConnection(Connection):  # type: ignore[misc]  # kombu ships no types
    """A connection whose attempts are at most a second apart."""

    def ensure_connection(
        self,
        errback: Callable[..., Any] | None = None,
        max_retries: int | None = None,
        *_: float,
        callback: Callable[[], Any] | None = None,
        **others: Any,
    ) -> SteadyConnection:
        """As kombu's, with our intervals whatever the caller's."""
        for name in ("interval_start", "interval_step", "interval_max"):
            others.pop(name, None)
        super().ensure_connection(
            errback, max_retries, _FIRST_SECONDS, _STEP_SECONDS, _LONGEST_SECONDS, callback=callback, **others
        )
        return self


class SteadyAmqp(AMQP):  # type: ignore[misc]  # Celery ships no types
    """Celery's way to the broker, over such connections."""

    Connection = SteadyConnection
    BrokerConnection = SteadyConnection
