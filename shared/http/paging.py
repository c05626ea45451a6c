"""Keyset pages: the cursor is the sort key of the last row seen, so the last page is as fast as the first."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from shared.http.languages import N_
from shared.http.problems import INVALID, Problem

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows, and the cursor of the rows after them; None on the last page."""

    rows: Sequence[T]
    next_cursor: str | None


def page_of(rows: Sequence[T], limit: int, key: Callable[[T], list[Any]]) -> Page[T]:
    """A page of `limit` rows out of the `limit` + 1 that were asked of the database."""
    shown = rows[:limit]
    return Page(shown, write_cursor(key(shown[-1])) if len(rows) > limit else None)


def write_cursor(values: list[Any]) -> str:
    """A sort key as an opaque, URL-safe text."""
    return base64.urlsafe_b64encode(json.dumps(values, default=str).encode()).decode().rstrip("=")


def read_cursor(cursor: str, length: int) -> list[str]:
    """The sort key of a cursor, as texts.

    :raises Problem: it is not one of ours.
    """
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, TypeError):
        values = None
    if not isinstance(values, list) or len(values) != length or not all(isinstance(v, str | int) for v in values):
        raise Problem(INVALID, fields={"cursor": [N_("El cursor no es válido; pida la primera página otra vez.")]})
    return [str(value) for value in values]
