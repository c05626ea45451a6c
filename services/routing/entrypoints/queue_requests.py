"""From what the address says to the page of a queue that is wanted, and cursors as texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.routing.domain.case_filter import ALL_VIEW, FILTER_NAMES, CaseFilter
from services.routing.entrypoints.api.queue_schemas import SavedQuerySchema
from services.routing.use_cases.queues import START, Cursor, Wanted
from shared.http.paging import read_cursor, write_cursor

_OWN = "mine"


def cursor_of(given: str | None) -> Cursor:
    """A cursor as the address has it.

    :raises Problem: it is not one of ours.
    """
    if not given:
        return START
    where, key, case_id = read_cursor(given, 3)
    return where, key, case_id


def written(cursor: Cursor | None) -> str | None:
    """A cursor for an address."""
    return None if cursor is None else write_cursor(list(cursor))


def filter_of(values: Mapping[str, Any]) -> CaseFilter:
    """The filters among loaded values."""
    return CaseFilter(**{name: values[name] for name in FILTER_NAMES if values.get(name) is not None})


def default_view(chosen: CaseFilter) -> str:
    """Where a person looks who does not say: a search looks everywhere."""
    return ALL_VIEW if chosen.q is not None else _OWN


def saved_query(view: str, sort: str | None, chosen: CaseFilter) -> dict[str, Any]:
    """What a saved view keeps of a request."""
    return {"view": view, **({"sort": sort} if sort else {}), **chosen.values()}


def wanted_from_saved(query: Mapping[str, Any]) -> Wanted:
    """A saved view as a page of a queue; what a later release no longer knows is left out, not an error."""
    schema = SavedQuerySchema()
    errors = schema.validate({**query})
    values = schema.load({name: value for name, value in query.items() if name not in errors} | _view_of(query, errors))
    return Wanted(values["view"], filter_of(values), values["sort"])


def _view_of(query: Mapping[str, Any], errors: Mapping[str, Any]) -> dict[str, str]:
    return {"view": ALL_VIEW if "view" in errors else str(query["view"])}
