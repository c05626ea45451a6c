"""Policies and calendars: what is in force, trials, publication, and the recalculation of open cases."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from uuid import UUID

from services.routing.domain.roles import Right, who_may
from services.routing.entrypoints.api.rule_schemas import (
    CasesQuerySchema,
    ChangedCasesSchema,
    EditionSchema,
    PublicationSchema,
    RuleReasonSchema,
    RulesSchema,
    RunSchema,
)
from services.routing.entrypoints.doing import parts
from services.routing.entrypoints.refusals.rules import do_rules, rule_refusals
from services.routing.store.rule_models import SlaRun
from services.routing.use_cases import recalculating, rule_reading, rule_trials, rules
from shared.accounts.access import signed_in, the_person
from shared.http.api import ApiBlueprint
from shared.http.idempotency import key_from_header
from shared.http.languages import N_, current_locale
from shared.http.paging import page_of, read_cursor
from shared.http.problems import INVALID, Problem
from shared.messaging.work import Work

blueprint = ApiBlueprint("rules", "/rules", "Plazos y calendario: ediciones, ensayos y recálculos")

_ROLES = who_may(Right.SET_RULES)
_NOT_A_CURSOR = N_("El cursor no es válido; pida la primera página otra vez.")


@blueprint.get("")
@blueprint.response(HTTPStatus.OK, RulesSchema)
@signed_in(*_ROLES)
def show_rules() -> dict[str, Any]:
    """What is promised now, what is being prepared, and what was decided before."""
    with parts().database.transaction() as session:
        return rule_reading.read_overview(session, current_locale())


@blueprint.get("/<any(policy, calendar):kind>/editions/<int:number>")
@blueprint.response(HTTPStatus.OK, EditionSchema)
@signed_in(*_ROLES)
def show_edition(kind: str, number: int) -> dict[str, Any]:
    """An edition, whole. Published ones never change; number 1 is what the service is delivered with."""
    return _edition(kind, number)


@blueprint.post("/<any(policy, calendar):kind>/editions")
@blueprint.arguments(PublicationSchema)
@blueprint.response(HTTPStatus.CREATED, EditionSchema)
@signed_in(*_ROLES)
def publish(sent: dict[str, Any], kind: str) -> dict[str, Any]:
    """Put a draft in force as it was tried. It counts for what is received from now on; open cases keep their rules."""
    person = the_person()

    def act(work: Work) -> dict[str, Any]:
        return {"number": rules.put_in_force(work, person, kind, **sent).number}

    number = do_rules(key_from_header(), [kind, sent], act, status=HTTPStatus.CREATED)["number"]
    return _edition(kind, number)


@blueprint.post("/<any(policy, calendar):kind>/trials")
@blueprint.response(HTTPStatus.ACCEPTED, RunSchema)
@signed_in(*_ROLES)
def start_trial(kind: str) -> dict[str, Any]:
    """Try the draft on every open case and on those of the last 92 days; no case is touched. Ask for the run again."""
    person = the_person()
    return _start([kind], lambda work: rule_trials.start_trial(work, person, kind))


@blueprint.post("/<any(policy, calendar):kind>/editions/<int:number>/previews")
@blueprint.response(HTTPStatus.ACCEPTED, RunSchema)
@signed_in(*_ROLES)
def start_preview(kind: str, number: int) -> dict[str, Any]:
    """See which promises a recalculation would move today; no case is touched. Ask for the run again."""
    person = the_person()
    return _start([kind, number], lambda work: rule_trials.start_preview(work, person, kind, number))


@blueprint.post("/<any(policy, calendar):kind>/editions/<int:number>/recalculations")
@blueprint.arguments(RuleReasonSchema)
@blueprint.response(HTTPStatus.ACCEPTED, RunSchema)
@signed_in(*_ROLES)
def start_recalculation(sent: dict[str, Any], kind: str, number: int) -> dict[str, Any]:
    """Let every open case adopt the edition in force; officials whose date moves are told why. One at a time."""
    person, reason = the_person(), sent["reason"]
    return _start(
        [kind, number, reason], lambda work: recalculating.start_recalculation(work, person, kind, number, reason)
    )


@blueprint.get("/runs/<uuid:run_id>")
@blueprint.response(HTTPStatus.OK, RunSchema)
@signed_in(*_ROLES)
def show_run(run_id: UUID) -> dict[str, Any]:
    """How far a trial, a preview or a recalculation is, and what came of it when it is done."""
    return _run(run_id)


@blueprint.get("/runs/<uuid:run_id>/cases")
@blueprint.arguments(CasesQuerySchema, location="query")
@blueprint.response(HTTPStatus.OK, ChangedCasesSchema)
@signed_in(*_ROLES)
def changed_cases(query: dict[str, Any], run_id: UUID) -> dict[str, Any]:
    """The cases that a run that is done moves, or would move."""
    limit, after, locale = query["limit"], _position(query["cursor"]), current_locale()
    with rule_refusals(), parts().database.transaction() as session:
        rows = rule_reading.read_changed_cases(session, run_id, limit=limit, after=after)
    page = page_of(rows, limit, lambda row: [str(row.case_id)])
    return {
        "cases": [rule_reading.changed_case(row, locale) for row in page.rows],
        "next_cursor": page.next_cursor,
    }


def _start(content: list[Any], begin: Callable[[Work], SlaRun]) -> dict[str, Any]:
    def act(work: Work) -> dict[str, Any]:
        return {"id": str(begin(work).run_id)}

    return _run(UUID(do_rules(key_from_header(), content, act, status=HTTPStatus.ACCEPTED)["id"]))


def _run(run_id: UUID) -> dict[str, Any]:
    with rule_refusals(), parts().database.transaction() as session:
        return rule_reading.read_run(session, run_id)


def _edition(kind: str, number: int) -> dict[str, Any]:
    with rule_refusals(), parts().database.transaction() as session:
        return rule_reading.read_edition(session, kind, number, current_locale())


def _position(cursor: str | None) -> UUID | None:
    if not cursor:
        return None
    try:
        return UUID(read_cursor(cursor, 1)[0])
    except ValueError:
        raise Problem(INVALID, fields={"cursor": [_NOT_A_CURSOR]}) from None
