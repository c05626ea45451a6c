"""The relay: publishes what routing has to say."""

from __future__ import annotations

from services.routing.settings import read
from shared.messaging.processes import read_or_exit, run_relay


def main() -> None:
    """Run until told to stop."""
    run_relay(read_or_exit(read).service)


if __name__ == "__main__":
    main()
