"""`python -m services.notifications.entrypoints.relay`: message.* events out."""

from __future__ import annotations

from services.notifications.settings import read
from shared.messaging.processes import read_or_exit, run_relay


def main() -> None:
    """Run until SIGTERM."""
    run_relay(read_or_exit(read).service)


if __name__ == "__main__":
    main()
