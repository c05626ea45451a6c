"""Everything that happened to a case."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from marshmallow import Schema
from marshmallow import fields as mm
from marshmallow.validate import OneOf

from services.routing.domain.roles import Right, who_may
from services.routing.entrypoints.doing import parts
from services.routing.entrypoints.refusals.cases import refusals
from services.routing.use_cases import audit
from shared.accounts.access import signed_in, the_person
from shared.http.api import ApiBlueprint
from shared.http.languages import current_locale

blueprint = ApiBlueprint("case_timeline", "/cases", "Qué ha pasado con un caso")


class TimelineQuerySchema(Schema):
    """Which lines."""

    group = mm.String(load_default=None, validate=OneOf(list(audit.GROUPS)))


class TimelineEntrySchema(Schema):
    """One thing that happened: who, when, what, from what to what, why, and by which rule."""

    type = mm.String(required=True)
    group = mm.String(required=True)
    at = mm.AwareDateTime(required=True)
    by = mm.String(required=True)
    before = mm.String(required=True)
    after = mm.String(required=True)
    reason = mm.String(allow_none=True)
    note = mm.String(required=True)
    rule = mm.String(required=True)
    details = mm.Dict()


class CaseTimelineSchema(Schema):
    """Everything that happened to a case, oldest first."""

    code = mm.String(required=True)
    lines = mm.List(mm.Nested(TimelineEntrySchema), required=True)


@blueprint.get("/<code>/timeline")
@blueprint.arguments(TimelineQuerySchema, location="query")
@blueprint.response(HTTPStatus.OK, CaseTimelineSchema)
@signed_in(*who_may(Right.WORK))
def show(query: dict[str, Any], code: str) -> dict[str, Any]:
    """Everything that happened to a case, or one group of it."""
    with refusals(), parts().database.transaction() as session:
        return audit.read_timeline(session, code, the_person(), current_locale(), group=query["group"])
