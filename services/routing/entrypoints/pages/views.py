"""Saving a view of the queues, and a page to rename, share and delete one's views."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from services.routing.domain.roles import Right, may
from services.routing.entrypoints.api.queue_schemas import NewViewSchema, ViewChangeSchema
from services.routing.entrypoints.doing import form_key, parts
from services.routing.entrypoints.pages.queues import OWN, address, wanted_of
from services.routing.entrypoints.queue_requests import saved_query, wanted_from_saved
from services.routing.entrypoints.refusals.views import view_refusals
from services.routing.store import saved_views as stored
from services.routing.use_cases import saved_views
from services.routing.use_cases.staff import ROLES
from shared.accounts.access import signed_in, the_person
from shared.http.application import see_other
from shared.http.fields import read_form
from shared.http.idempotency import once
from shared.http.problems import CONFLICT, FORBIDDEN, INVALID, Problem, translate_messages
from shared.messaging.work import Work

views = Blueprint("views_pages", __name__)

_PAGE = "/casos/vistas"
_SHOWN_AGAIN = (INVALID, CONFLICT, FORBIDDEN)


@views.get(_PAGE)
@signed_in(*ROLES)
def show() -> ResponseReturnValue:
    """One's views and the shared ones."""
    return _page()


@views.post(_PAGE)
@signed_in(*ROLES)
def save() -> ResponseReturnValue:
    """Keep the queue that the form was on, with its filters and order."""
    person = the_person()
    here = dict(parse_qsl(urlsplit(request.form.get("address", "")).query))
    wanted = wanted_of(here, OWN)
    query = saved_query(wanted.view, wanted.sort, wanted.chosen)
    name = {"name": request.form.get("name", "")}
    sent, errors = read_form(NewViewSchema(only=("name",)), name)
    if errors:
        return _page(errors, HTTPStatus.UNPROCESSABLE_ENTITY)
    sent |= {"is_shared": request.form.get("is_shared") == "yes", "query": query}

    def run(work: Work) -> tuple[int, dict[str, Any]]:
        return HTTPStatus.CREATED, {"id": str(saved_views.save(work, person, **sent))}

    made: dict[str, Any] = {}

    def act() -> None:
        with parts().units.begin() as work:
            made.update(once(work, actor=person.id, key=form_key(), content=sent, act=lambda: run(work)).body)

    return _refused(act) or see_other(f"/casos?guardada={made['id']}", "vista")


@views.post(f"{_PAGE}/<uuid:view_id>")
@signed_in(*ROLES)
def change(view_id: UUID) -> ResponseReturnValue:
    """Rename a view, share it or take it back."""
    person = the_person()
    sent, errors = read_form(ViewChangeSchema(only=("name",)), {"name": request.form.get("name", "")})
    if errors:
        return _page(errors, HTTPStatus.UNPROCESSABLE_ENTITY)
    if may(person.role, Right.SUPERVISE):
        sent["is_shared"] = request.form.get("is_shared") == "yes"

    def act() -> None:
        with parts().units.begin() as work:
            saved_views.change(work, person, view_id, **sent)

    return _refused(act) or see_other(_PAGE, "vista-cambiada")


@views.post(f"{_PAGE}/<uuid:view_id>/borrar")
@signed_in(*ROLES)
def remove(view_id: UUID) -> ResponseReturnValue:
    """Delete a view."""
    person = the_person()

    def act() -> None:
        with parts().units.begin() as work:
            saved_views.remove(work, person, view_id)

    return _refused(act) or see_other(_PAGE, "vista-borrada")


@views.get(f"{_PAGE}/<uuid:view_id>")
@views.get(f"{_PAGE}/<uuid:view_id>/borrar", endpoint="back_from_removing")
@signed_in(*ROLES)
def back(view_id: UUID) -> ResponseReturnValue:
    """A form's own address, reached by a reload or after signing in again."""
    del view_id
    return see_other(_PAGE)


def _refused(act: Callable[[], None]) -> ResponseReturnValue | None:
    """Do it; what is refused is explained on the page of views, None where nothing was."""
    try:
        with view_refusals():
            act()
    except Problem as problem:
        if problem.kind not in _SHOWN_AGAIN:
            raise
        return _page(problem.fields or {"name": [problem.to_dict()["detail"]]}, problem.kind.status)
    return None


def _page(errors: Mapping[str, Any] | None = None, status: int = HTTPStatus.OK) -> ResponseReturnValue:
    person = the_person()
    with parts().database.transaction() as session:
        saved = stored.visible_to(session, person)
    page = render_template(
        "views.html",
        saved=[(one, address(wanted_from_saved(one.query))) for one in saved],
        may_share=may(person.role, Right.SUPERVISE),
        errors=translate_messages(errors or {}),
        tried=request.form,
    )
    return page, status
