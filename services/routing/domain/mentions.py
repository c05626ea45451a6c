"""Names called in a note: `@rosa.huaman` is whoever enters with that name before the @ of their address."""

from __future__ import annotations

import re

_HANDLE = re.compile(r"(?<![\w@./])@([a-z0-9][a-z0-9._+-]{0,62}[a-z0-9]|[a-z0-9])(?![\w@])", re.IGNORECASE)


def handles(text: str) -> tuple[str, ...]:
    """The handles a text calls, in small letters, each once, in order. An e-mail address calls nobody."""
    return tuple(dict.fromkeys(found[1].lower() for found in _HANDLE.finditer(text)))


def handle_of(email: str) -> str:
    """How a member of staff is called."""
    return email.partition("@")[0].lower()
