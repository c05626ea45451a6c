"""Queues and search, similar answered cases, and saved views."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from services.routing.entrypoints.api.queue_schemas import (
    NewViewSchema,
    QueueQuerySchema,
    QueueSchema,
    ViewChangeSchema,
    ViewSchema,
)
from services.routing.entrypoints.api.similar_schemas import SimilarCasesSchema
from services.routing.entrypoints.doing import parts
from services.routing.entrypoints.queue_requests import (
    cursor_of,
    default_view,
    filter_of,
    saved_query,
    wanted_from_saved,
    written,
)
from services.routing.entrypoints.refusals.cases import refusals
from services.routing.entrypoints.refusals.views import view_refusals
from services.routing.store import saved_views as stored
from services.routing.use_cases import queues, saved_views, similar
from services.routing.use_cases.queues import Wanted
from services.routing.use_cases.saved_views import ViewNotFoundError
from services.routing.use_cases.staff import ROLES
from shared.accounts.access import signed_in, the_person
from shared.http.api import ApiBlueprint
from shared.http.idempotency import key_from_header, once
from shared.http.languages import current_locale

blueprint = ApiBlueprint("case_queues", "/cases", "Casos: colas, búsqueda y casos parecidos")
views_blueprint = ApiBlueprint("saved_views", "/views", "Vistas guardadas")


@blueprint.get("")
@blueprint.arguments(QueueQuerySchema, location="query")
@blueprint.response(HTTPStatus.OK, QueueSchema)
@signed_in(*ROLES)
def list_cases(query: dict[str, Any]) -> dict[str, Any]:
    """A queue, least time left first (the ended one: newest first), or a search in it."""
    person, chosen = the_person(), filter_of(query)
    with view_refusals(), parts().database.transaction() as session:
        wanted = Wanted(query["view"] or default_view(chosen), chosen, query["sort"])
        if query["saved"] is not None:
            saved = stored.find_visible(session, query["saved"], person)
            if saved is None:
                raise ViewNotFoundError(query["saved"])
            wanted = wanted_from_saved(saved.query)
        wanted = Wanted(wanted.view, wanted.chosen, wanted.sort, cursor_of(query["cursor"]), query["limit"])
        shown = queues.read_queue(session, person, wanted, current_locale())
    return {
        "view": wanted.view,
        "sort": shown.order,
        "cases": shown.lines,
        "counts": shown.counts,
        "first_cursor": written(shown.first),
        "previous_cursor": written(shown.previous),
        "next_cursor": written(shown.next),
        "last_cursor": written(shown.last),
        "also_searched": list(shown.also),
        "is_ranked": shown.is_ranked,
    }


@blueprint.get("/<code>/similar")
@blueprint.response(HTTPStatus.OK, SimilarCasesSchema)
@signed_in(*ROLES)
def similar_cases(code: str) -> dict[str, Any]:
    """Answered cases like this one, among those the person may see; who asked them is not told."""
    with refusals(), parts().database.transaction() as session:
        return {"similar": similar.similar_to(session, code, the_person(), current_locale())}


@views_blueprint.get("")
@views_blueprint.response(HTTPStatus.OK, ViewSchema(many=True))  # type: ignore[arg-type]  # apispec takes an instance too
@signed_in(*ROLES)
def list_views() -> list[dict[str, Any]]:
    """One's own saved views, and those shared with everybody."""
    with parts().database.transaction() as session:
        return [row._asdict() for row in stored.visible_to(session, the_person())]


@views_blueprint.post("")
@views_blueprint.arguments(NewViewSchema)
@views_blueprint.response(HTTPStatus.CREATED, ViewSchema)
@signed_in(*ROLES)
def add_view(sent: dict[str, Any]) -> dict[str, Any]:
    """Save a view."""
    person, query = the_person(), sent["query"]
    kept = {**sent, "query": saved_query(query["view"], query["sort"], filter_of(query))}
    with view_refusals(), parts().units.begin() as work:

        def act() -> tuple[int, dict[str, Any]]:
            return HTTPStatus.CREATED, {"id": str(saved_views.save(work, person, **kept))}

        answer = once(work, actor=person.id, key=key_from_header(), content=kept, act=act)
        return _view(work.session, UUID(answer.body["id"]))


@views_blueprint.patch("/<uuid:view_id>")
@views_blueprint.arguments(ViewChangeSchema)
@views_blueprint.response(HTTPStatus.OK, ViewSchema)
@signed_in(*ROLES)
def change_view(sent: dict[str, Any], view_id: UUID) -> dict[str, Any]:
    """Rename a view, share it or take it back, or replace what it shows."""
    if (query := sent.get("query")) is not None:
        sent["query"] = saved_query(query["view"], query["sort"], filter_of(query))
    with view_refusals(), parts().units.begin() as work:
        saved_views.change(work, the_person(), view_id, **sent)
        return _view(work.session, view_id)


@views_blueprint.delete("/<uuid:view_id>")
@views_blueprint.response(HTTPStatus.NO_CONTENT)
@signed_in(*ROLES)
def remove_view(view_id: UUID) -> None:
    """Delete a view."""
    with view_refusals(), parts().units.begin() as work:
        saved_views.remove(work, the_person(), view_id)


def _view(session: Any, view_id: UUID) -> dict[str, Any]:
    found = stored.find_visible(session, view_id, the_person())
    if found is None:
        raise ViewNotFoundError(view_id)
    return found._asdict()
