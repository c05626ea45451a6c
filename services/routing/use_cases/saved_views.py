"""Saving a view, and who may do what with it: one's own freely, shared ones only who may supervise."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.routing.domain.roles import Right, may
from services.routing.store import saved_views
from shared.accounts.people import Person
from shared.ids import new_id
from shared.messaging.work import Work

MOST_VIEWS = 30
LONGEST_NAME = 60


class ViewNotFoundError(LookupError):
    """There is no such view, or it is somebody else's own; the two are not told apart."""


class ViewForbiddenError(Exception):
    """Only who supervises may share a view, or change one that is shared."""


class ViewNameTakenError(ValueError):
    """The person has a view of this name already."""


class TooManyViewsError(ValueError):
    """The person has as many views as one may have."""


def save(work: Work, person: Person, *, name: str, is_shared: bool, query: dict[str, Any]) -> UUID:
    """Keep a view under a name; returns its identifier.

    :raises ViewForbiddenError, ViewNameTakenError, TooManyViewsError: nothing was kept.
    """
    if is_shared and not may(person.role, Right.SUPERVISE):
        raise ViewForbiddenError
    if saved_views.count_of(work.session, person) >= MOST_VIEWS:
        raise TooManyViewsError
    view_id = new_id()
    if not saved_views.add(work.session, view_id, person, name=name, is_shared=is_shared, query=query):
        raise ViewNameTakenError(name)
    return view_id


def change(
    work: Work,
    person: Person,
    view_id: UUID,
    *,
    name: str | None = None,
    is_shared: bool | None = None,
    query: dict[str, Any] | None = None,
) -> None:
    """Rename a view, share it or take it back, or replace what it shows; None leaves a value as it is.

    :raises ViewNotFoundError, ViewForbiddenError, ViewNameTakenError: nothing changed.
    """
    view = _changeable(work, person, view_id)
    wanted_name = view.name if name is None else name
    wanted_shared = view.is_shared if is_shared is None else is_shared
    if wanted_shared and not may(person.role, Right.SUPERVISE):
        raise ViewForbiddenError
    if saved_views.is_name_taken(work.session, view.owner_id, wanted_name, but=view_id):
        raise ViewNameTakenError(wanted_name)
    saved_views.change(
        work.session, view_id, name=wanted_name, is_shared=wanted_shared, query=view.query if query is None else query
    )


def remove(work: Work, person: Person, view_id: UUID) -> None:
    """Delete a view.

    :raises ViewNotFoundError, ViewForbiddenError: it is still there.
    """
    _changeable(work, person, view_id)
    saved_views.remove(work.session, view_id)


def _changeable(work: Work, person: Person, view_id: UUID) -> Row[Any]:
    view = saved_views.find_visible(work.session, view_id, person, is_locked=True)
    if view is None:
        raise ViewNotFoundError(view_id)
    if not view.is_own and not may(person.role, Right.SUPERVISE):
        raise ViewForbiddenError
    return view
