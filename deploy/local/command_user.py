"""Who types a command, for logs that say who did what."""

from __future__ import annotations

import getpass


def user_name() -> str:
    """The account of the operating system, marked as a person at a terminal."""
    try:
        return f"{getpass.getuser()} (terminal)"
    except (KeyError, OSError):  # a container whose user has no name
        return "terminal"
