"""Marked texts: Spanish sentences that are also the ids of their translations. Pure, so that a domain can use them."""

from __future__ import annotations

from typing import Any, Self


def N_(text: str) -> str:  # noqa: N802 - gettext's usual name for "mark, translate later"
    """Mark a text for translation where there is no reader yet."""
    return text


class Phrase(str):
    """A marked text with `%(name)s` places that are filled after it is translated.

    It reads as the filled Spanish text wherever a plain string is expected, such as in a validation message.
    """

    __slots__ = ("template", "values")

    def __new__(cls, template: str, **values: Any) -> Self:
        """Mark `template` and keep the values of its places."""
        phrase = super().__new__(cls, template % values)
        phrase.template, phrase.values = template, values
        return phrase

    template: str
    values: dict[str, Any]
