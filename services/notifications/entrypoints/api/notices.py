"""`/api/v1/notices`: what staff are told of deadlines, gathered into letters."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from marshmallow import RAISE

from services.notifications.entrypoints import showing
from services.notifications.entrypoints.access import for_operators
from services.notifications.entrypoints.api.schemas import NoticeQuerySchema, NoticesSchema
from shared.http.api import ApiBlueprint

blueprint = ApiBlueprint("notices", "/notices", "Avisos de plazo: los que esperan su resumen y los ya enviados en uno")


@blueprint.get("")
@blueprint.arguments(NoticeQuerySchema, location="query", unknown=RAISE)
@blueprint.response(HTTPStatus.OK, NoticesSchema)
@for_operators
def list_notices(query: dict[str, Any]) -> dict[str, Any]:
    """Notices, newest first: of one consultation (`subject` is its code), waiting for their letter or told in one."""
    page = showing.read_notices(query)
    return {"notices": [showing.notice_as_json(one) for one in page.rows], "next_cursor": page.next_cursor}
