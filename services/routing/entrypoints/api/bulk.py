"""One act on many cases."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from marshmallow import Schema, ValidationError, validates_schema
from marshmallow import fields as mm
from marshmallow.validate import Length, OneOf, Range

from services.routing.domain.case_filter import VIEWS
from services.routing.domain.roles import Right, who_may
from services.routing.entrypoints.api.queue_schemas import CaseFilterSchema
from services.routing.entrypoints.bulk import running as bulk_running
from services.routing.entrypoints.doing import parts
from services.routing.entrypoints.queue_requests import filter_of
from services.routing.entrypoints.refusals.cases import refusals
from services.routing.use_cases import bulk, queues
from services.routing.use_cases.queues import Wanted
from shared.accounts.access import signed_in, the_person
from shared.http.api import ApiBlueprint
from shared.http.fields import Line
from shared.http.idempotency import key_from_header
from shared.http.languages import N_, current_locale
from shared.http.problems import CONFLICT, INVALID, Problem

blueprint = ApiBlueprint("bulk_acts", "/bulk-acts", "Un acto sobre muchos casos")

_COUNT_CHANGED = N_("La cola ya no tiene los casos que usted contó: mírela de nuevo y confirme.")
_ONE_OF_BOTH = N_("Indique los casos, o el filtro con la cuenta esperada.")


class SeenCaseSchema(Schema):
    """A case and the version that was seen."""

    code = Line(longest=20, required=True)
    version = mm.Integer(required=True, strict=True, validate=Range(1, 2**31 - 1))


class BulkFilterSchema(CaseFilterSchema):
    """A queue, narrowed as its page is."""

    view = mm.String(required=True, validate=OneOf(VIEWS))


class BulkSchema(Schema):
    """An act with its values, and on which cases: named, or all of a queue, counted beforehand."""

    act = mm.String(required=True, validate=OneOf(list(bulk.ACTS)))
    values = mm.Dict(keys=mm.String(), load_default=dict)
    cases = mm.List(mm.Nested(SeenCaseSchema), validate=Length(1, bulk.MOST))
    filter = mm.Nested(BulkFilterSchema)
    expected_count = mm.Integer(strict=True, validate=Range(1, bulk.MOST))

    @validates_schema
    def _require_one(self, data: dict[str, Any], **_: Any) -> None:
        if ("cases" in data) == ("filter" in data) or ("filter" in data) != ("expected_count" in data):
            raise ValidationError({"cases": [_ONE_OF_BOTH]})


class BulkItemSchema(Schema):
    """What became of a case: done, refused (with the sentence), or pending."""

    code = mm.String(required=True)
    outcome = mm.String(required=True)
    sentence = mm.String(required=True)


class BulkRunSchema(Schema):
    """A run. What is pending the clock does by itself (`is_going_on`, for an hour); `POST …/continue` does it now."""

    id = mm.UUID(required=True)
    act = mm.String(required=True)
    made_at = mm.AwareDateTime(required=True)
    done = mm.Integer(required=True)
    refused = mm.Integer(required=True)
    pending = mm.Integer(required=True)
    is_going_on = mm.Boolean(required=True)
    cases = mm.List(mm.Nested(BulkItemSchema), required=True)


@blueprint.post("")
@blueprint.arguments(BulkSchema)
@blueprint.response(HTTPStatus.OK, BulkRunSchema)
@signed_in(*who_may(Right.WORK))
def begin(sent: dict[str, Any]) -> dict[str, Any]:
    """Begin a run and do its first cases; the same Idempotency-Key is the same run."""
    person, token = the_person(), key_from_header()
    try:
        values = bulk_running.schema_of(sent["act"]).load(sent["values"])
    except ValidationError as error:
        raise Problem(INVALID, fields={"values": error.messages}) from None
    with refusals(), parts().units.begin() as work:
        seen = [(one["code"], one["version"]) for one in sent["cases"]] if "cases" in sent else _matching(work, sent)
        run_id = bulk.start_run(work, person, token=token, act=sent["act"], values=values, cases=seen)
    bulk_running.carry_on(person, run_id)
    return bulk_running.read(person, run_id)


@blueprint.get("/<uuid:run_id>")
@blueprint.response(HTTPStatus.OK, BulkRunSchema)
@signed_in(*who_may(Right.WORK))
def show(run_id: UUID) -> dict[str, Any]:
    """What became of each case of a run."""
    return bulk_running.read(the_person(), run_id)


@blueprint.post("/<uuid:run_id>/continue")
@blueprint.response(HTTPStatus.OK, BulkRunSchema)
@signed_in(*who_may(Right.WORK))
def carry_on(run_id: UUID) -> dict[str, Any]:
    """Do the next cases of a run; when none is pending, nothing happens."""
    person = the_person()
    bulk_running.carry_on(person, run_id)
    return bulk_running.read(person, run_id)


def _matching(work: Any, sent: dict[str, Any]) -> list[tuple[str, int]]:
    wanted = dict(sent["filter"])
    view = wanted.pop("view")
    shown = queues.read_queue(
        work.session, the_person(), Wanted(view, filter_of(wanted), limit=bulk.MOST), current_locale()
    )
    if len(shown.lines) != sent["expected_count"] or shown.next is not None:
        raise Problem(CONFLICT, _COUNT_CHANGED, count=len(shown.lines))
    return [(line["code"], line["version"]) for line in shown.lines]
