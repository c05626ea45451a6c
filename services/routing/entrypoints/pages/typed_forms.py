"""What people type into forms, as the API would send it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_DIGITS = 10


def typed(form: Mapping[str, str], *numbers: str) -> dict[str, Any]:
    """A form's values: what was left blank left out, and the fields named in `numbers` as numbers."""
    values: dict[str, Any] = {name: value for name, value in form.items() if value.strip()}
    for name in numbers:
        if values.get(name, "").isascii() and values.get(name, "").isdigit():
            values[name] = int(values[name][:_DIGITS])
    return values
