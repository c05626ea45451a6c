"""What is left to fill in a text: `{{variable}}` that nothing resolved, and `[[place]]` for a person to complete."""

from __future__ import annotations

import re
from dataclasses import dataclass

_LEFT = re.compile(r"\{\{[^{}]{0,80}\}\}|\[\[[^\[\]]{0,80}\]\]|\{\{|\}\}|\[\[|\]\]")


@dataclass(eq=False)
class UnresolvedTextError(Exception):
    """A text cannot go out while these `places` stand in it, as they are written there."""

    places: tuple[str, ...]


def unresolved(text: str) -> tuple[str, ...]:
    """The places still to fill, each once, in order."""
    return tuple(dict.fromkeys(found.group() for found in _LEFT.finditer(text)))


def require_finished(text: str) -> None:
    """Refuse a text with something left to fill.

    :raises UnresolvedTextError: names the places.
    """
    if places := unresolved(text):
        raise UnresolvedTextError(places)
