"""The library of canned texts and macros, and using it on a case."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import jsonify
from flask.typing import ResponseReturnValue

from services.routing.domain.roles import Right, who_may
from services.routing.entrypoints.api.library_schemas import (
    CONTENT,
    FilledSchema,
    ItemChangeSchema,
    ItemHistorySchema,
    ItemSchema,
    MacroRunSchema,
)
from services.routing.entrypoints.api.schemas import ActedSchema
from services.routing.entrypoints.doing import do, optional_key, parts
from services.routing.entrypoints.refusals.cases import refusals
from services.routing.store import library as store
from services.routing.use_cases import library
from shared.accounts.access import signed_in, the_person
from shared.http.api import ApiBlueprint
from shared.http.idempotency import key_from_header, once
from shared.http.problems import NOT_FOUND, Problem
from shared.messaging.work import Work

blueprint = ApiBlueprint("library", "", "Biblioteca: textos modelo y macros")

_STAFF, _EDITORS = who_may(Right.WORK), who_may(Right.SHARE_TEXTS)


@blueprint.get("/library")
@blueprint.response(HTTPStatus.OK, ItemSchema(many=True))  # type: ignore[arg-type]  # apispec takes an instance too
@signed_in(*_STAFF)
def list_items() -> list[dict[str, Any]]:
    """The whole library, those in use first."""
    with parts().database.transaction() as session:
        return [library.shown(item) for item in store.everything(session)]


@blueprint.post("/library")
@blueprint.arguments(ItemChangeSchema)
@blueprint.response(HTTPStatus.CREATED, ItemSchema)
@signed_in(*_EDITORS)
def add(sent: dict[str, Any]) -> dict[str, Any]:
    """Add a canned text or a macro."""
    return read_item(save_item(key_from_header(), None, sent))


@blueprint.get("/library/<uuid:item_id>")
@blueprint.response(HTTPStatus.OK, ItemHistorySchema)
@signed_in(*_STAFF)
def show(item_id: UUID) -> dict[str, Any]:
    """One item with its versions."""
    return read_item(item_id)


@blueprint.put("/library/<uuid:item_id>")
@blueprint.arguments(ItemChangeSchema)
@blueprint.response(HTTPStatus.OK, ItemSchema)
@signed_in(*_EDITORS)
def change(sent: dict[str, Any], item_id: UUID) -> dict[str, Any]:
    """Make the next version of an item; a stale `version` is refused with the item as it is."""
    return read_item(save_item(optional_key(), item_id, sent))


@blueprint.get("/cases/<code>/texts/<uuid:item_id>")
@blueprint.response(HTTPStatus.OK, FilledSchema)
@signed_in(*_STAFF)
def fill(code: str, item_id: UUID) -> dict[str, Any]:
    """A canned text, filled in for a case."""
    with refusals(), parts().database.transaction() as session:
        return library.text_for(session, code, the_person(), item_id)


@blueprint.post("/cases/<code>/macro")
@blueprint.arguments(MacroRunSchema)
@blueprint.response(HTTPStatus.OK, ActedSchema)
@signed_in(*_STAFF)
def run_macro(sent: dict[str, Any], code: str) -> ResponseReturnValue:
    """Do everything a macro says on a case, or nothing."""
    person = the_person()
    return jsonify(do(optional_key(), sent, lambda work: library.run(work, code, person, **sent)))


def save_item(key: str | None, item_id: UUID | None, sent: dict[str, Any]) -> UUID:
    """Keep what a form or a program sent, once per key; returns the item's identifier.

    :raises Problem: it was refused.
    """
    person = the_person()
    content = {name: sent[name] for name in CONTENT if sent[name]}

    def act(work: Work) -> tuple[int, dict[str, Any]]:
        item = library.keep(
            work, person, item_id=item_id, version=sent["version"], kind=sent["kind"], topic=sent["topic"],
            name=sent["name"], content=content, is_active=sent["is_active"],
        )  # fmt: skip
        return HTTPStatus.OK, {"id": str(item.item_id)}

    with refusals({"name": sent["name"], "content": content}), parts().units.begin() as work:
        if key is None:
            return UUID(act(work)[1]["id"])
        content_of_key = [str(item_id), {**sent}]
        answer = once(work, actor=person.id, key=key, content=content_of_key, act=lambda: act(work))
    return UUID(answer.body["id"])


def read_item(item_id: UUID) -> dict[str, Any]:
    """One item with its versions, newest first.

    :raises Problem: there is none.
    """
    with parts().database.transaction() as session:
        item = store.find(session, item_id)
        if item is None:
            raise Problem(NOT_FOUND)
        versions = [library.shown(one) for one in store.versions_of(session, item_id)]
        return library.shown(item) | {"versions": versions}
