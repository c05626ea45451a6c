"""Whom notes call."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from services.routing.domain.roles import Right, who_may
from services.routing.entrypoints.api.composing_schemas import ColleagueSchema, MentionSchema
from services.routing.entrypoints.doing import parts
from services.routing.entrypoints.refusals.cases import refusals
from services.routing.use_cases import notes
from shared.accounts.access import signed_in, the_person
from shared.http.api import ApiBlueprint

blueprint = ApiBlueprint("mentions", "", "Notas que llaman a alguien")


@blueprint.get("/cases/<code>/colleagues")
@blueprint.response(HTTPStatus.OK, ColleagueSchema(many=True))  # type: ignore[arg-type]  # apispec takes an instance too
@signed_in(*who_may(Right.WORK))
def list_colleagues(code: str) -> list[dict[str, Any]]:
    """Whom a note on this case may call: everybody who may see it."""
    with refusals(), parts().database.transaction() as session:
        return notes.colleagues(session, code, the_person())


@blueprint.get("/mentions")
@blueprint.response(HTTPStatus.OK, MentionSchema(many=True))  # type: ignore[arg-type]  # apispec takes an instance too
@signed_in(*who_may(Right.WORK))
def list_mentions() -> list[dict[str, Any]]:
    """Notes that call oneself, unread ones first."""
    with parts().database.transaction() as session:
        return notes.list_mentions(session, the_person())
