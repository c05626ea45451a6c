"""The relay: `python -m services.intake.entrypoints.relay`."""

from __future__ import annotations

from services.intake.settings import read
from shared.messaging.processes import read_or_exit, run_relay


def main() -> None:
    """Publish what the outbox holds, until SIGTERM."""
    run_relay(read_or_exit(read).service)


if __name__ == "__main__":
    main()
