"""The clock beside `tests.support.worker_app`: it tries again what failed there, with the same handlers."""

from __future__ import annotations

from shared.contracts.catalog import subscriptions_of
from shared.messaging.handlers import Handlers
from shared.messaging.processes import run_clock
from shared.messaging.timers import TimerHandlers
from tests.support.worker_app import act, settings

if __name__ == "__main__":
    handlers = Handlers("routing")
    handlers.on(*[contract.event for contract in subscriptions_of("routing")])(act)
    run_clock(settings, handlers, TimerHandlers())
